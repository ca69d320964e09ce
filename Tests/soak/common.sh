# Shared by the parts of the soak test; source it from the package's root folder.
program=${PROGRAM:-"$PWD/.build/release/flowers-tui"}
[ -x "$program" ] || { echo "There is no $program: make build." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
export FLOWERS_TUI_CACHE="${FLOWERS_TUI_CACHE:-$work/cache}" FLOWERS_TUI_HOME="$work/home"
unset FLOWERS_TUI_CONFIG
export XDG_CONFIG_HOME="$work/config"

fail() {
    echo "$*" >&2
    exit 1
}

# photos: prints the photo folder: $DATA, or the flowers, which are fetched once.
photos() {
    echo "${DATA:-$("$program" data fetch --json 2>/dev/null | sed 's/.*"photos":"\([^"]*\)".*/\1/')}"
}

# few COUNT FOLDER: copies that many photos of each of the first two classes.
few() {
    source=$(photos)
    for class in $(find -L "$source" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort | head -2); do
        mkdir -p "$2/$class"
        find -L "$source/$class" -type f | sort | head -"$1" | while read -r photo; do cp "$photo" "$2/$class/"; done
    done
}

# same_weights: prints options that give all runs the same initial weights: those that a first run
# fetches, or random ones. Otherwise a download that fails once would change the results.
same_weights() {
    few 2 "$work/first"
    "$program" train --data "$work/first" --demo --epochs 1 --fine-tune-epochs 0 --home "$work/first-home" --json >/dev/null 2>&1 || true
    file=$(find -L "$FLOWERS_TUI_CACHE/weights" -name '*.h5' 2>/dev/null | head -1)
    echo "--demo${file:+ --weights $file}"
}

# losses LOG: prints epoch, step and loss of each batch.
losses() { sed -n 's/.*"batch_loss":\([^,}]*\).*"epoch":\([0-9]*\).*"step":\([0-9]*\),.*/\2 \3 \1/p' "$1"; }

# build_faults: builds the preloaded library that makes calls fail, and sets $faults.
build_faults() {
    faults="$work/faults.so"
    cc -Wall -Wextra -shared -fPIC -O1 -o "$faults" Tests/soak/faults.c -ldl
}
