#!/bin/bash
# Builds the packages in Examples, which use this one as a library, runs them, and checks what they print: a second build
# of the libraries, so it takes minutes. DATA: a folder of photos (default: a few of the tests').
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "make examples: $1" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
data=${DATA:-}
if [ -z "$data" ]; then
    data=$work/photos
    mkdir -p "$data/colour" "$data/grey"
    # Numbered copies: a class needs a few photos in both subsets.
    for copy in 1 2 3 4; do
        for photo in baseline_420.jpg progressive.jpg rgb.png; do cp "Tests/Fixtures/photos/$photo" "$data/colour/$copy-$photo"; done
        for photo in grey.jpg grey.png grey_alpha.png; do cp "Tests/Fixtures/photos/$photo" "$data/grey/$copy-$photo"; done
    done
fi
photo=$(find "$data" -name '*.jpg' | LC_ALL=C sort | head -n 1)

swift build -c release --package-path Examples --no-color-diagnostics >&2
programs=$PWD/Examples/.build/release
(cd "$work" && "$programs/Train" "$data" "$photo") | tee "$work/train.txt"
grep -q '^epoch 3: ' "$work/train.txt" || fail "Train did not train three epochs."
grep -q '^accuracy: [01]' "$work/train.txt" || fail "Train printed no accuracy."
grep -qF "$photo: " "$work/train.txt" || fail "Train printed no prediction."
[ -s "$work/flowers.safetensors" ] || fail "Train saved no file."
"$programs/Draw" | tee "$work/draw.txt"
# Braille, and half and quarter blocks, by their bytes.
LC_ALL=C grep -aqP '\xe2[\xa0-\xa3][\x80-\xbf]' "$work/draw.txt" || fail "Draw printed no curve."
LC_ALL=C grep -aqP '38;2;.*\xe2\x96[\x80-\x9f]' "$work/draw.txt" || fail "Draw printed no picture."
