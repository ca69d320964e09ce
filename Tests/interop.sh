#!/bin/sh
# Exports a run in every format, opens the files with the programs that they are for, and compares
# their probabilities with this program's on 64 photos. Prints a row per program: version, what was
# read, largest difference. Fails if any is too large.
#
# PROGRAM: the built program. DATA: photos to train on (default: the demo's, which are generated).
# The programs come from PyPI, with the versions in Tests/interop/requirements.txt, into the cache.
set -eu
cd "$(dirname "$0")/.."
program=${PROGRAM:-.build/release/flowers-tui}
cache=${FLOWERS_TUI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/flowers-tui}
requirements=Tests/interop/requirements.txt
venv=$cache/interop
# Made anew when the versions have changed.
if ! cmp -s "$requirements" "$venv/requirements.txt"; then
    rm -rf "$venv"
    mkdir -p "$cache"
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q -r "$requirements"
    cp "$requirements" "$venv/requirements.txt"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
"$venv/bin/python" Tests/interop/interop.py "$program" "$work" "${DATA:-}"
"$venv/bin/python" Tests/interop/logs.py "$program" "$work/logs"
"$venv/bin/python" Tests/interop/python_page.py "$program" "$work/page"
