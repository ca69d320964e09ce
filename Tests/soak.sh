#!/bin/sh
# Runs the soak test's parts, all or those that are named, each in a process of its own, and prints a table of what was
# tried and survived. Ends with 1 when a part failed. Needs a built program; DATA: a photo folder (default: the flowers).
set -u
cd "$(dirname "$0")/.."

# The script of a part.
script() {
    case "$1" in
    kills | write-failures | faults | planted) echo "sh Tests/soak/$1.sh" ;;
    long-run) echo "sh Tests/soak/long-run.sh" ;;
    fuzz | address-sanitizer | thread-sanitizer) echo "sh Tests/$1.sh" ;;
    *) return 1 ;;
    esac
}

parts=${*:-kills write-failures faults planted long-run fuzz address-sanitizer thread-sanitizer}
for part in $parts; do
    script "$part" >/dev/null || {
        echo "There is no part $part: kills, write-failures, faults, planted, long-run, fuzz, address-sanitizer or thread-sanitizer." >&2
        exit 2
    }
done

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
trap 'exit 1' INT TERM HUP
result=0
for part in $parts; do
    command=$(script "$part")
    file=${command#sh }
    if [ ! -e "$file" ]; then
        printf '%s\tmissing\t–\t%s is not there\n' "$part" "$file" >>"$logs/table"
        result=1
        continue
    fi
    printf '\n=== %s\n' "$part"
    start=$(date +%s)
    { $command 2>&1; echo $? >"$logs/status"; } | tee "$logs/$part"
    seconds=$(($(date +%s) - start))
    if [ "$(cat "$logs/status")" = 0 ]; then verdict=survived; else verdict=FAILED result=1; fi
    printf '%s\t%s\t%d:%02d\t%s\n' "$part" "$verdict" $((seconds / 60)) $((seconds % 60)) "$(grep . "$logs/$part" | tail -1)" >>"$logs/table"
done
printf '\n%-18s %-9s %8s  %s\n' part result min:s 'what was tried'
while IFS="$(printf '\t')" read -r part verdict time what; do printf '%-18s %-9s %8s  %s\n' "$part" "$verdict" "$time" "$what"; done <"$logs/table"
exit $result
