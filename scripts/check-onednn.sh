#!/bin/sh
# Compares the installed oneDNN with the versions that Sources/COneDNN/shim.h is written for.
# An older version, or a newer major one, is an error; a newer minor one than was tried is a warning.
set -eu
cd "$(dirname "$0")/.."

limit() { sed -n "s/^#define FLOWERS_ONEDNN_$1 //p" Sources/COneDNN/shim.h; }
number() { echo $(($1 * 1000 + $2)); }

compiler=$(command -v clang || command -v cc)
found=$(printf '#include <oneapi/dnnl/dnnl_version.h>\n%s\n' 'found DNNL_VERSION_MAJOR DNNL_VERSION_MINOR' |
    "$compiler" -E -P -x c - | sed -n 's/^found //p')
found_major=${found% *} found_minor=${found#* }
oldest_major=$(limit OLDEST_MAJOR) oldest_minor=$(limit OLDEST_MINOR)
tried_major=$(limit TRIED_MAJOR) tried_minor=$(limit TRIED_MINOR)

this="this is oneDNN $found_major.$found_minor"
if [ "$(number "$found_major" "$found_minor")" -lt "$(number "$oldest_major" "$oldest_minor")" ]; then
    echo "flowers-tui needs oneDNN $oldest_major.$oldest_minor or later, and $this: install a newer libdnnl-dev." >&2
    exit 1
fi
if [ "$found_major" -gt "$tried_major" ]; then
    echo "flowers-tui is written for oneDNN $oldest_major.$oldest_minor to $tried_major.$tried_minor, and $this:" \
        "install an older libdnnl-dev, or adapt Sources/COneDNN/shim.h." >&2
    exit 1
fi
if [ "$(number "$found_major" "$found_minor")" -gt "$(number "$tried_major" "$tried_minor")" ]; then
    echo "flowers-tui was tried with oneDNN $oldest_major.$oldest_minor to $tried_major.$tried_minor, and $this:" \
        "it should work; make test checks it." >&2
fi
