#!/bin/sh
# Faults from outside a run: a clock set back, unreadable photos, a read-only home, a full disk, a
# file system without sockets and locks, and two programs that build one cache. Read-only and full
# disks need mounts and so root; they are skipped for other users.
set -eu
cd "$(dirname "$0")/../.."
. Tests/soak/common.sh
build_faults
few 16 "$work/photos"
options="--data $work/photos $(same_weights) --epochs 2 --fine-tune-epochs 1 --image-size 96 --batch-size 8 --json"
said() { grep -q "$1" "$work/errors" || fail "Not said: $1. But: $(cat "$work/errors")"; }
survived=""

# shellcheck disable=SC2086 – a list of options
"$program" train $options >/dev/null 2>"$work/errors" || fail "The whole run failed: $(cat "$work/errors")"
losses "$FLOWERS_TUI_HOME/runs/0001/events.jsonl" >"$work/expected"

# equals HOME RUN: fails unless the run's losses equal those of the uninterrupted run.
equals() {
    losses "$1/runs/$2/events.jsonl" >"$work/found"
    cmp -s "$work/expected" "$work/found" || fail "Run $2 of $1 differs from the unbroken one."
}

# A day back, after a few readings: before the run, during training, before its end.
reversed=0
for readings in 1 2 3 4 5 6; do
    rm -rf "$work/clock"
    # shellcheck disable=SC2086
    LD_PRELOAD="$faults" FAULTS_CLOCK=$readings "$program" train $options --save-every 1s --home "$work/clock" >/dev/null 2>"$work/errors" ||
        fail "A clock that is set back ends a run: $(cat "$work/errors")"
    equals "$work/clock" 0001
    "$program" runs list --home "$work/clock" --json >"$work/out"
    grep -q '"status":"finished"' "$work/out" || fail "The run that went back in time is not listed as finished."
    created=$(sed 's/.*"created":"\([^"]*\)".*/\1/' "$work/out")
    ended=$(sed 's/.*"ended":"\([^"]*\)".*/\1/' "$work/out")
    if [ "$created" != "$ended" ] && [ "$(printf '%s\n%s\n' "$created" "$ended" | sort | head -1)" = "$ended" ]; then reversed=1; fi
done
[ "$reversed" = 1 ] || fail "No run ended before it began: the clock was not set back while it trained."
survived="$survived, a clock set back by a day"

# Two programs build one cache at the same time.
FLOWERS_TUI_CACHE_BEFORE=$FLOWERS_TUI_CACHE
mkdir -p "$work/both"
export FLOWERS_TUI_CACHE="$work/both"
# shellcheck disable=SC2086
"$program" train $options --home "$work/one" >/dev/null 2>"$work/errors" &
first=$!
# shellcheck disable=SC2086
"$program" train $options --home "$work/two" >/dev/null 2>"$work/errors2" || fail "Two at one cache: $(cat "$work/errors2")"
wait "$first" || fail "Two at one cache: $(cat "$work/errors")"
equals "$work/one" 0001
equals "$work/two" 0001
[ -z "$(find "$work/both" -name '*.tmp')" ] || fail "Two at one cache left files."
export FLOWERS_TUI_CACHE="$FLOWERS_TUI_CACHE_BEFORE"
survived="$survived, two programs at one cache"

# Without sockets and locks a run still trains, no second process may train it, and it can be
# stopped.
bare() { LD_PRELOAD="$faults" FAULTS_BARE=1 "$program" "$@" --home "$work/bare"; }
# shellcheck disable=SC2086
bare train $options >/dev/null 2>"$work/errors" || fail "Without sockets and locks a run ends: $(cat "$work/errors")"
equals "$work/bare" 0001
said 'control.sock'
# shellcheck disable=SC2086
LD_PRELOAD="$faults" FAULTS_BARE=1 "$program" train $options --epochs 5000 --home "$work/bare" >"$work/out-bare" 2>"$work/errors2" &
process=$!
while kill -0 "$process" 2>/dev/null && ! grep -qs checkpoint_saved "$work/out-bare"; do sleep 0.05; done
bare runs list | grep -q 'running (not attachable)' || fail "A run without a socket is not listed as it is: $(bare runs list)"
status=0
bare runs resume 2 --json >/dev/null 2>"$work/errors" || status=$?
[ "$status" = 1 ] || fail "Two processes train a run without locks."
said "is trained by process $process"
bare runs stop 2 >/dev/null 2>"$work/errors" || fail "A run without a socket cannot be stopped: $(cat "$work/errors")"
status=0
wait "$process" || status=$?
[ "$status" = 130 ] || fail "Status $status of a run without a socket that was stopped: $(cat "$work/errors2")"
survived="$survived, no sockets and no locks"

# One photo cannot be read from the start, and all the others only once they are decoded. Root can
# read everything, so another user trains, with a copy of the program that this user can reach.
chmod 755 "$work"
mkdir "$work/other"
cp "$program" "$work/other/flowers-tui"
cp -r "$work/photos" "$work/other/photos"
other="$work/other/flowers-tui"
if [ "$(id -u)" = 0 ]; then
    chown -R 65534:65534 "$work/other"
    other="setpriv --reuid 65534 --regid 65534 --clear-groups $other"
fi
if $other --help >/dev/null 2>&1; then
    photo=$(find "$work/other/photos" -type f | sort | head -1)
    chmod 000 "$photo"
    # shellcheck disable=SC2086
    FLOWERS_TUI_CACHE="$work/other/cache" TMPDIR="$work/other" $other train $options --data "$work/other/photos" \
        --home "$work/other/home" >"$work/out-other" 2>"$work/errors" &
    process=$!
    while kill -0 "$process" 2>/dev/null && ! grep -qs epoch_ended "$work/out-other"; do sleep 0.05; done
    chmod 000 "$work/other/photos"/*
    wait "$process" || fail "Photos that cannot be read end a run: $(cat "$work/errors")"
    said "$(basename "$photo")"
    chmod 755 "$work/other/photos"/*
    rm -f "$photo"
    # shellcheck disable=SC2086
    "$program" train $options --data "$work/other/photos" --home "$work/without" >/dev/null 2>"$work/errors" ||
        fail "The run without the photo failed: $(cat "$work/errors")"
    losses "$work/without/runs/0001/events.jsonl" >"$work/expected2"
    losses "$work/other/home/runs/0001/events.jsonl" >"$work/found"
    cmp -s "$work/expected2" "$work/found" || fail "Photos that cannot be read change a run."
    survived="$survived, photos that cannot be read"
else
    echo "Unreadable photos are skipped: no other user can start the program."
fi

if unshare -m true 2>/dev/null; then
    # A home on a mount that is read-only from the start.
    mkdir -p "$work/mount"
    status=0
    # shellcheck disable=SC2086,SC2016 – expanded inside
    unshare -m sh -c 'mount -t tmpfs -o ro none "$1"; shift; exec "$@"' sh "$work/mount" \
        "$program" train $options --home "$work/mount/home" >/dev/null 2>"$work/errors" || status=$?
    [ "$status" = 1 ] || fail "Status $status with a home on a read-only mount: $(cat "$work/errors")"
    said '^flowers-tui: .*--home'
    survived="$survived, a home on a read-only mount"

    # A disk with room for two checkpoints, although replacing one takes a third.
    status=0
    # shellcheck disable=SC2086,SC2016
    FULL="$work/mount/home" KEPT="$work/kept" unshare -m sh -c \
        'mount -t tmpfs -o size=24m none "$1"; shift; "$@"; status=$?; cp -r "$FULL" "$KEPT"; exit $status' sh "$work/mount" \
        "$program" train $options --home "$work/mount/home" >/dev/null 2>"$work/errors" || status=$?
    [ "$status" = 1 ] || fail "Status $status on a full disk: $(cat "$work/errors")"
    said 'no space is left'
    said '^flowers-tui: The end of run 0001 could not be saved'
    # With room again, the run resumes from its last checkpoint.
    "$program" runs resume 1 --home "$work/kept" --json >/dev/null 2>"$work/errors" || fail "Not resumed after a full disk: $(cat "$work/errors")"
    equals "$work/kept" 0001
    survived="$survived, a disk that is full"
else
    echo "Mounts are skipped: they take root."
fi
echo "survived:${survived#,}"
