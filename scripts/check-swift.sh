#!/bin/sh
# Says how to get Swift when it is missing or too old.
set -eu

needed="6.1"
if ! command -v swift >/dev/null; then
    echo "flowers-tui is built with Swift $needed or later, and there is no swift on the PATH:" >&2
    echo "get it from https://www.swift.org/install/linux/ and try again." >&2
    exit 1
fi
if ! words=$(swift --version 2>&1); then
    echo "Swift is installed and does not start; README.md names the packages that it needs. It says:" >&2
    printf '%s\n' "$words" >&2
    exit 1
fi
version=$(printf '%s\n' "$words" | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
oldest=$(printf '%s\n%s\n' "$needed" "$version" | sort -V | head -n 1)
if [ "$oldest" != "$needed" ]; then
    echo "flowers-tui needs Swift $needed or later, and this is $version:" >&2
    echo "get a newer one from https://www.swift.org/install/linux/ and try again." >&2
    exit 1
fi
