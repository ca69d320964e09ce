#!/bin/sh
# Makes each call of a small run that changes a file (of checkpoints, cache, event log and store,
# SQLite's included) fail in turn, in another run kills the program in the middle of that call, and
# resumes both. Each call fails in one of three ways, in rotation: a full disk for good, EIO once,
# or EACCES once. ALL=1: each call in all three ways. STRIDE: only every so many calls (default 1).
set -eu
cd "$(dirname "$0")/../.."
. Tests/soak/common.sh
build_faults
few 4 "$work/photos"
options="--data $work/photos $(same_weights) --epochs 1 --fine-tune-epochs 1 --fine-tune-at 150 --batch-size 3 --image-size 96 --save-every 2 --keep 1 --json"

# train HOME ARGUMENTS…: runs the program once, with the faults set in the environment.
train() {
    home=$1
    shift
    mkdir -p "$home/cache"
    FLOWERS_TUI_CACHE="$home/cache" LD_PRELOAD="$faults" "$program" "$@" --home "$home/home" >"$work/out" 2>"$work/errors"
}

# shellcheck disable=SC2086
FAULTS_BELOW="$work/whole/" FAULTS_COUNT="$work/count" train "$work/whole" train $options || fail "The whole run failed: $(cat "$work/errors")"
calls=$(cat "$work/count")
[ "$calls" -gt 0 ] || fail "The whole run changed no file below $work/whole, so no call can fail."
losses "$work/whole/home/runs/0001/events.jsonl" >"$work/expected"
[ -s "$work/expected" ] || fail "The whole run gave no losses."

tried=0
finished=0
stopped=0
resumed=0
number=1
while [ "$number" -le "$calls" ]; do
    # Pairs of an errno and whether it lasts; errno 0 kills.
    case "${ALL:+all}$((number / ${STRIDE:-1} % 3))" in
    all*) here="28:1 5:0 13:0 0:0" ;;
    0) here="28:1 0:0" ;;
    1) here="5:0 0:0" ;;
    *) here="13:0 0:0" ;;
    esac
    for fault in $here; do
        code=${fault%:*}
        lasting=${fault#*:}
        home="$work/broken"
        rm -rf "$home"
        where="call $number of $calls, error $code"
        status=0
        # shellcheck disable=SC2086
        FAULTS_BELOW="$home/" FAULTS_AT=$number FAULTS_ERROR=$code FAULTS_LASTING=$lasting train "$home" train $options || status=$?
        tried=$((tried + 1))
        case "$code/$status" in
        [1-9]*/0) finished=$((finished + 1)) ;;
        [1-9]*/1)
            stopped=$((stopped + 1))
            grep -q '^flowers-tui: .*\.$' "$work/errors" || fail "No sentence at $where: $(cat "$work/errors")"
            ;;
        0/137 | 0/0) ;;
        *) fail "Status $status at $where: $(cat "$work/errors")" ;;
        esac
        if [ -e "$home/home/runs/0001/last.safetensors" ]; then
            train "$home" runs resume 1 --json || fail "Cannot be resumed after $where: $(cat "$work/errors")"
            losses "$home/home/runs/0001/events.jsonl" >"$work/found"
            cmp -s "$work/expected" "$work/found" || fail "Other losses after $where."
            resumed=$((resumed + 1))
        fi
        train "$home" runs list || fail "The store cannot be used after $where: $(cat "$work/errors")"
    done
    number=$((number + ${STRIDE:-1}))
done
[ "$tried" -gt 0 ] && [ "$resumed" -gt 0 ] || fail "$tried faults at $calls calls, and $resumed runs were resumed."
echo "$tried faults at $calls calls: $finished runs went on, $stopped stopped with a sentence, $resumed were resumed and equal to the bit"
