#!/bin/sh
# Kills a training run with -9 at random moments, resumes it until it is through, and compares its losses with
# those of an unbroken run, bit by bit. KILLS: how many kills in all (default 100). Needs a built program.
set -eu
cd "$(dirname "$0")/.."
program="$PWD/.build/release/flowers-tui"
kills=${KILLS:-100}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export FLOWERS_TUI_CACHE="$work/cache" FLOWERS_TUI_HOME="$work/home"
data=${DATA:-$("$program" data fetch --json 2>/dev/null | sed 's/.*"photos":"\([^"]*\)".*/\1/')}
options="--data $data --epochs 3 --fine-tune-epochs 3 --seed 11 --json --demo"

losses() { sed -n 's/.*"batch_loss":\([^,}]*\).*"epoch":\([0-9]*\).*"step":\([0-9]*\),.*/\2 \3 \1/p' "$1"; }

# shellcheck disable=SC2086 – a list of options
"$program" train $options >"$work/whole" 2>/dev/null
losses "$work/home/runs/0001/events.jsonl" >"$work/expected"
[ -s "$work/expected" ] || { echo "The unbroken run gave no losses." >&2; exit 1; }

done=0
run=1
while [ "$done" -lt "$kills" ]; do
    run=$((run + 1))
    id=$(printf '%04d' "$run")
    # shellcheck disable=SC2086
    "$program" train $options >/dev/null 2>&1 &
    while :; do
        process=$!
        # From 0 to 3 s, from the system's random numbers.
        sleep "$(od -An -N2 -tu2 /dev/urandom | awk '{ printf "%.3f", $1 / 65536 * 3 }')"
        if [ "$done" -lt "$kills" ] && kill -9 "$process" 2>/dev/null; then
            wait "$process" 2>/dev/null || true
            done=$((done + 1))
        else
            wait "$process" || { echo "Run $id could not be resumed after $done kills." >&2; exit 1; }
            break
        fi
        if [ -e "$work/home/runs/$id/last.safetensors" ]; then
            "$program" runs resume "$run" --json >/dev/null 2>"$work/errors" &
        else
            # Killed before its first checkpoint: there is nothing to resume yet, so it begins anew.
            if [ -d "$work/home/runs/$id" ]; then run=$((run + 1)); id=$(printf '%04d' "$run"); fi
            # shellcheck disable=SC2086
            "$program" train $options >/dev/null 2>&1 &
        fi
    done
    losses "$work/home/runs/$id/events.jsonl" >"$work/found"
    cmp -s "$work/expected" "$work/found" || { echo "Run $id differs from the unbroken one." >&2; exit 1; }
    echo "run $id equals the unbroken one after $done of $kills kills"
done
"$program" runs list >/dev/null
echo "All runs survived $done kills and equal the unbroken one to the bit."
