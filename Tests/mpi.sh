#!/bin/bash
# Trains on two ranks of this machine with Open MPI, compares with one process, breaks ranks, and looks at what
# they say. Fails at the first thing that is not as it should be. PROGRAM: the built program, with the trait MPI.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${PROGRAM:-.build/release/flowers-tui}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
# A proxy that is not there: photos and weights are those that the program makes itself.
export FLOWERS_TUI_CACHE=$work/cache LANG=C.UTF-8 https_proxy=http://127.0.0.1:9 http_proxy=http://127.0.0.1:9
unset FLOWERS_TUI_HOME

fail() {
    echo "make test-mpi: $1" >&2
    for file in "$work"/*.err; do [ -s "$file" ] && { echo "--- $file" >&2; tail -n 15 "$file" >&2; }; done
    exit 1
}

# Small and quick.
run=(train --demo --epochs 2 --fine-tune-epochs 2 --image-size 96 --threads 1 --json)
# Containers forbid the copies between processes that Open MPI would try.
mpirun=(mpirun --oversubscribe --bind-to none --mca btl_vader_single_copy_mechanism none)
[ "$(id -u)" -eq 0 ] && mpirun+=(--allow-run-as-root)

# ranks N NAME ARGUMENT…: on N ranks, in a home of its own.
ranks() {
    local count=$1 name=$2
    shift 2
    FLOWERS_TUI_HOME=$work/$name timeout 300 "${mpirun[@]}" -n "$count" "$program" "$@" \
        >"$work/$name.out" 2>"$work/$name.err"
}

# says NAME TEXT: what a job has to say, once.
says() {
    [ "$(grep -cF "$2" "$work/$1.err")" -eq 1 ] || fail "$1 does not say once: $2"
}

# metrics NAME: the losses and accuracies of its epochs.
metrics() {
    grep '"epoch_ended"' "$work/$1.out" |
        python3 -c 'import json, sys
for line in sys.stdin:
    e = json.loads(line)
    print(*(e[k] for k in ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")))'
}

# same NAME NAME: whether all four epochs of two runs have the same bits.
same() {
    [ "$(metrics "$1" | wc -l)" -eq 4 ] || fail "$1 has not four epochs"
    cmp -s <(metrics "$1") <(metrics "$2") || fail "$1 and $2 differ: $(paste -d'|' <(metrics "$1") <(metrics "$2"))"
}

FLOWERS_TUI_HOME=$work/alone "$program" "${run[@]}" >"$work/alone.out" 2>"$work/alone.err" || fail "one process failed"
ranks 2 two "${run[@]}" || fail "two ranks failed"
same alone two
echo "two ranks give what one process gives"

# The folds of a cross-validation, one after the other.
parts=(train --demo --epochs 1 --fine-tune-epochs 1 --folds 2 --image-size 96 --threads 1 --json)
FLOWERS_TUI_HOME=$work/parts "$program" "${parts[@]}" >"$work/parts.out" 2>"$work/parts.err" || fail "folds failed"
ranks 2 folds "${parts[@]}" || fail "two ranks did not train folds"
same parts folds
cmp -s <(tail -n 1 "$work/parts.out") <(tail -n 1 "$work/folds.out") || fail "two ranks sum folds up otherwise"
echo "two ranks cross-validate as one process does"

# Stopped after its third epoch, the run goes on on three ranks and on one.
cp -r "$work/two" "$work/whole"
FLOWERS_TUI_HOME=$work/stopped timeout 300 "${mpirun[@]}" -n 2 "$program" "${run[@]}" 2>"$work/stopped.err" |
    while read -r line; do
        echo "$line"
        case $line in *'"epoch":2,'*batch_ended*) "$program" runs stop 1 --home "$work/stopped" >/dev/null 2>&1 || true ;; esac
    done >"$work/stopped.out" || fail "a job did not stop in order"
for count in 1 3; do
    rm -rf "$work/resumed"
    cp -r "$work/stopped" "$work/resumed"
    ranks "$count" resumed runs resume 1 --json --threads 1 || fail "$count ranks did not go on"
    cat "$work/stopped.out" "$work/resumed.out" >"$work/resumed$count.out"
    mv "$work/resumed$count.out" "$work/resumed.out"
    same two resumed
done
echo "a stopped run goes on on one rank and on three"

# broken SIGNAL NAME: sends rank 1 a signal during fine-tuning; the run must end, be saved and go on.
broken() {
    local begun=$SECONDS
    FLOWERS_TUI_HOME=$work/$2 timeout 120 "${mpirun[@]}" --mca odls_base_sigkill_timeout 5 -n 2 \
        "$program" "${run[@]}" 2>"$work/$2.err" |
        while read -r line; do
            echo "$line"
            case $line in
            *'"epoch":2,'*batch_ended*)
                if [ ! -e "$work/$2.sent" ]; then
                    touch "$work/$2.sent"
                    for process in $(pgrep -f "$program train"); do
                        if tr '\0' '\n' <"/proc/$process/environ" 2>/dev/null | grep -qx OMPI_COMM_WORLD_RANK=1 &&
                            tr '\0' '\n' <"/proc/$process/environ" | grep -qx "FLOWERS_TUI_HOME=$work/$2"; then
                            kill -s "$1" "$process"
                        fi
                    done
                fi
                ;;
            esac
        done >"$work/$2.out" && fail "a job whose rank got SIG$1 ended as if nothing had happened"
    [ $((SECONDS - begun)) -lt 90 ] || fail "a job whose rank got SIG$1 took $((SECONDS - begun)) s"
    grep -q "ank 1 on $(uname -n)" "$work/$2.err" || fail "a job whose rank got SIG$1 does not name rank 1"
    FLOWERS_TUI_HOME=$work/$2 "$program" runs resume 1 --json --threads 1 >>"$work/$2.out" 2>>"$work/$2.err" ||
        fail "the run of a job whose rank got SIG$1 does not go on"
    same two "$2"
}
broken KILL killed
broken STOP halted
echo "ranks that die or stop are named, and their run goes on"

ranks 3 crowd "${run[@]}" --batch-size 2 && fail "more ranks than photos were not refused"
says crowd "3 ranks cannot share batches of 2 photos"
FLOWERS_TUI_HOME=$work/other timeout 60 "${mpirun[@]}" -n 1 "$program" "${run[@]}" : -n 1 "$program" "${run[@]}" \
    --seed 7 >"$work/other.out" 2>"$work/other.err" && fail "other options were not refused"
says other "was started with other options than rank 0"
FLOWERS_TUI_HOME=$work/folder timeout 60 "${mpirun[@]}" -n 1 "$program" "${run[@]}" : -n 1 "$program" "${run[@]}" \
    --data "$work/nowhere" >"$work/folder.out" 2>"$work/folder.err" && fail "a missing folder was not refused"
says folder "Rank 1 on $(uname -n) cannot take part"
ranks 2 attached attach && fail "attach was not refused"
says attached "attach shows a run on one screen, and mpirun has started 2 processes"
echo "ranks that cannot share a run say so"

# Built without the trait, the shim needs no MPI; that the program then refuses mpirun is a test of RanksTests.
cc -std=c11 -Wall -Werror -Wno-unused-parameter -ISources/CMPI/include -c Sources/CMPI/mpi.c -o "$work/mpi.o" ||
    fail "the shim does not compile without MPI"
nm -u "$work/mpi.o" | grep -q MPI_ && fail "the shim needs MPI even without it"

# More than eight ranks add their gradients in pairs, which one process can do as well.
ranks 10 ten "${run[@]}" || fail "ten ranks failed"
# Smaller parts of a batch, and so other last bits.
paste <(metrics alone | sed -n 1p) <(metrics ten | sed -n 1p) | awk '{ exit !($1 - $5 < 1e-5 && $5 - $1 < 1e-5 && $2 == $6) }' ||
    fail "ten ranks differ in stage 1: $(metrics ten | sed -n 1p), not $(metrics alone | sed -n 1p)"
[ "$(metrics ten | wc -l)" -eq 4 ] || fail "ten has not four epochs"
cp -r "$work/ten" "$work/less"
"$program" runs restore 1 --from 0003-0000 --home "$work/less" >/dev/null || fail "ten ranks left no third epoch"
FLOWERS_TUI_HOME=$work/less "$program" runs resume 1 --json --threads 1 >"$work/less.out" 2>"$work/less.err" ||
    fail "one process does not go on with the run of ten ranks"
cmp -s <(metrics ten | tail -1) <(metrics less) || fail "one process goes on otherwise than ten ranks"
echo "ten ranks train, and one process goes on with their bits"

# A check of photos finds the same on any number of ranks.
mkdir "$work/photos"
cp -r "$(find "$work/cache" -type d -name daisy | head -1)/.." "$work/photos/flowers"
printf 'no photo' >"$work/photos/flowers/daisy/broken.jpg"
findings() { python3 -c 'import json, sys; print(json.dumps(json.load(open(sys.argv[1])), sort_keys=True))' "$work/$1.out"; }
for count in 1 2 3; do
    FLOWERS_TUI_CACHE=$work/check$count ranks "$count" "check$count" data check --data "$work/photos/flowers" --demo \
        --image-size 96 --threads 1 --json || fail "$count ranks do not check photos"
    cmp -s <(findings check1) <(findings "check$count") || fail "$count ranks find other faults than one process"
done
findings check1 | grep -q broken.jpg || fail "a broken photo is not found"
echo "ranks check photos together"

# What people type, and the screen that the first rank shows.
quick="--demo --image-size 96 --threads 1 --epochs 1 --fine-tune-epochs 1"
FLOWERS_TUI_HOME=$work/make timeout 120 make -s -o packages-mpi -o build run-mpi N=2 BINARY="$program" \
    ARGS="train $quick" >"$work/make.out" 2>"$work/make.err" || fail "make run-mpi failed"
grep -q finished "$work/make.out" || fail "make run-mpi does not train"
if command -v tmux >/dev/null; then
    screen() { tmux -L "ftt$$" "$@"; }
    screen -f /dev/null new-session -d -x 80 -y 24 -s job \
        "FLOWERS_TUI_HOME=$work/screen exec make -s -o packages-mpi -o build run-mpi N=2 BINARY='$program' ARGS='$quick --fine-tune-epochs 100'"
    for ((i = 0; i < 120; i++)); do
        screen capture-pane -p -t job >"$work/screen.out" 2>/dev/null || true
        grep -q '2 ranks .*wait .*B' "$work/screen.out" && break
        sleep 1
    done
    screen new-window -t job "FLOWERS_TUI_HOME=$work/screen exec '$program' attach"
    for ((i = 0; i < 60; i++)); do
        screen capture-pane -p -t job >"$work/attach.out" 2>/dev/null || true
        grep -q '2 ranks .*wait .*B' "$work/attach.out" && break
        sleep 1
    done
    screen kill-server || true
    # A run outlives its terminal, and would go on writing.
    for environment in /proc/[0-9]*/environ; do
        process=${environment#/proc/}
        ! grep -qsz "^FLOWERS_TUI_HOME=$work/screen$" "$environment" || kill -9 "${process%/*}" 2>/dev/null || true
    done
    grep -q '2 ranks .*wait .*B' "$work/screen.out" || { cat "$work/screen.out"; fail "make run-mpi shows no ranks"; }
    grep -q '2 ranks .*wait .*B' "$work/attach.out" || { cat "$work/attach.out"; fail "attach shows no ranks"; }
fi
echo "make run-mpi trains and shows its ranks, and so does attach"

# Machines of their own need namespaces, which only root may make, and not in every container.
if [ "$(id -u)" -eq 0 ] && ip netns add fttprobe 2>/dev/null && ip netns del fttprobe; then
    python3 Tests/mpi_network.py "$program"
else
    echo "ranks on several machines were not tried: network namespaces need root and iproute2"
fi
