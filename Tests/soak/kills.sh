#!/bin/sh
# Kills a training run with -9 at random moments, resumes it until it finishes, and compares its
# losses bit by bit with those of an uninterrupted run. The run is saved after every batch, so that
# many kills hit a save. KILLS: how many kills in all (default 100). Needs a built program.
set -eu
cd "$(dirname "$0")/../.."
. Tests/soak/common.sh
kills=${KILLS:-100}
options="--data $(photos) --epochs 3 --fine-tune-epochs 3 --seed 11 --json $(same_weights) --save-every 1 --image-size 96"

# shellcheck disable=SC2086 – a list of options
"$program" train $options >"$work/whole" 2>"$work/errors" || fail "The unbroken run failed: $(cat "$work/errors")"
losses "$work/home/runs/0001/events.jsonl" >"$work/expected"
[ -s "$work/expected" ] || fail "The unbroken run gave no losses."

done=0
inside=0
run=1
while [ "$done" -lt "$kills" ]; do
    run=$((run + 1))
    id=$(printf '%04d' "$run")
    # shellcheck disable=SC2086
    "$program" train $options >/dev/null 2>&1 &
    while :; do
        process=$!
        # A random delay from 0 to 3 s.
        sleep "$(od -An -N2 -tu2 /dev/urandom | awk '{ printf "%.3f", $1 / 65536 * 3 }')"
        if [ "$done" -lt "$kills" ] && kill -9 "$process" 2>/dev/null; then
            wait "$process" 2>/dev/null || true
            done=$((done + 1))
            # Partly written files have temporary names.
            if find "$work/home/runs/$id" -name '.*.tmp' 2>/dev/null | grep -q .; then inside=$((inside + 1)); fi
        else
            wait "$process" || fail "Run $id could not be resumed after $done kills: $(cat "$work/errors")"
            break
        fi
        if [ -e "$work/home/runs/$id/last.safetensors" ]; then
            "$program" runs resume "$run" --json >/dev/null 2>"$work/errors" &
        else
            # Killed before its first checkpoint: there is nothing to resume, so a new run begins.
            if [ -d "$work/home/runs/$id" ]; then run=$((run + 1)); id=$(printf '%04d' "$run"); fi
            # shellcheck disable=SC2086
            "$program" train $options >/dev/null 2>"$work/errors" &
        fi
    done
    losses "$work/home/runs/$id/events.jsonl" >"$work/found"
    cmp -s "$work/expected" "$work/found" || fail "Run $id differs from the unbroken one."
    [ -z "$(find "$work/home/runs/$id" -name '.*.tmp')" ] || fail "Run $id keeps what was half written."
    echo "run $id equals the unbroken one after $done of $kills kills"
done
"$program" runs list >/dev/null
if command -v sqlite3 >/dev/null; then
    [ "$(sqlite3 "$work/home/runs.sqlite" 'PRAGMA integrity_check')" = ok ] || fail "The store is damaged."
fi
echo "$done of $done kills survived, $inside of them inside a checkpoint's write; all runs equal the unbroken one to the bit"
