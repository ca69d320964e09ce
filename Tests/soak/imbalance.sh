#!/bin/sh
# Plants an imbalance of 20:1 among real photos, trains as it is and with balanced sampling, and compares
# the recall of the rare class and the accuracy on validation photos of equal number. JOBS runs at a time.
set -eu
cd "$(dirname "$0")/../.."
. Tests/soak/common.sh
source=$(photos)
rare=roses
for class in $(find -L "$source" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort); do
    mkdir -p "$work/flowers/train/$class" "$work/flowers/val/$class"
    find -L "$source/$class" -type f | sort >"$work/list"
    head -80 "$work/list" | while read -r photo; do ln -s "$photo" "$work/flowers/val/$class/"; done
    if [ "$class" = $rare ]; then count=10; else count=200; fi
    tail -n +81 "$work/list" | head -$count | while read -r photo; do ln -s "$photo" "$work/flowers/train/$class/"; done
done
[ -d "$work/flowers/val/$rare" ] || fail "$source has no folder $rare; give DATA the flowers."

# try OPTIONS: trains one run and prints its recall of the rare class and its accuracy, in percent.
try() {
    run=$("$program" train --data "$work/flowers" --given-split --seed 1 --json "$@" 2>"$work/errors" |
        sed -n 's/.*"event":"run_started","run":"\([0-9]*\)".*/\1/p' | head -1)
    [ -n "$run" ] || fail "$(cat "$work/errors")"
    "$program" predict "$run" "$work/flowers/val" --csv "$work/$run.csv" >/dev/null 2>"$work/errors" ||
        fail "$(cat "$work/errors")"
    # Each line begins with the photo's path and the predicted class.
    awk -F, -v rare=$rare 'NR > 1 {
        n = split($1, parts, "/"); truth = parts[n - 1]; all++; right += truth == $2
        if (truth == rare) { of++; found += $2 == truth }
    } END { printf "%.1f %.1f\n", 100 * found / of, 100 * right / all }' "$work/$run.csv"
}

plain=$(try)
balanced=$(try --balanced-sampling)
echo "$plain $balanced" | awk '{
    printf "recall of the rare class %s %% as it is, %s %% balanced; accuracy %s and %s %%\n", $1, $3, $2, $4
    exit !($3 >= $1 + 10 && $4 >= $2 - 1)
}' || fail "Balanced sampling did not add 10 points of recall, or cost more than a point of accuracy."
