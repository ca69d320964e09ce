#!/bin/sh
# Runs all parts of the soak test, or those named, each in a process of its own, and prints a table
# of what was tried and survived. Exits with 1 if a part failed. Needs a built program. DATA: a
# photo folder (default: the flowers). JOBS: parts at a time (default 2, for two cores).
set -u
cd "$(dirname "$0")/.."

# script PART: prints the path of its script.
script() {
    case "$1" in
    kills | write-failures | faults | planted | imbalance) echo "Tests/soak/$1.sh" ;;
    long-run) echo "Tests/soak/long-run.sh" ;;
    fuzz | address-sanitizer | thread-sanitizer) echo "Tests/$1.sh" ;;
    *) return 1 ;;
    esac
}

# Runs one part: its name precedes each line of its output, and its row of the table is written
# last.
if [ "${1:-}" = --one ]; then
    part=$2
    start=$(date +%s)
    { sh "$(script "$part")" 2>&1; echo $? >"$logs/$part.status"; } | tee "$logs/$part" | sed -u "s/^/$part: /"
    seconds=$(($(date +%s) - start))
    if [ "$(cat "$logs/$part.status")" = 0 ]; then verdict=survived; else verdict=FAILED; fi
    what=$(grep . "$logs/$part" | tail -1)
    printf '%-18s %-9s %5d:%02d  %s\n' "$part" "$verdict" $((seconds / 60)) $((seconds % 60)) "$what" >"$logs/$part.row"
    exit
fi

# The longest parts first.
parts=${*:-thread-sanitizer long-run fuzz address-sanitizer write-failures kills imbalance planted faults}
for part in $parts; do
    script "$part" >/dev/null || {
        echo "There is no part $part: kills, write-failures, faults, planted, imbalance, long-run, fuzz, address-sanitizer or thread-sanitizer." >&2
        exit 2
    }
done

logs=$(mktemp -d)
export logs
trap 'rm -rf "$logs"' EXIT
trap 'exit 1' INT TERM HUP
start=$(date +%s)
jobs=${JOBS:-2}
# When parts run side by side, each has one core.
case "$parts" in *" "*) export JOBS=1 ;; esac
# shellcheck disable=SC2086 – a list of names
printf '%s\n' $parts | xargs -n 1 -P "$jobs" sh Tests/soak.sh --one
seconds=$(($(date +%s) - start))
printf '\n%-18s %-9s %8s  %s\n' part result min:s 'what was tried'
for part in $parts; do cat "$logs/$part.row" 2>/dev/null || printf '%-18s %-9s\n' "$part" FAILED; done
printf '%-18s %-9s %5d:%02d\n' all '' $((seconds / 60)) $((seconds % 60))
for part in $parts; do [ "$(cat "$logs/$part.status" 2>/dev/null)" = 0 ] || exit 1; done
