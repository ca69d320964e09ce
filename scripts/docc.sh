#!/bin/sh
# Checks the libraries' documentation, and writes it as a web site: .build-docc/FlowersTraining, .build-docc/Plots.
# A link that leads nowhere, or a parameter that is not described, is an error.
set -eu
cd "$(dirname "$0")/.."
command -v docc >/dev/null || { echo "make docs needs docc, which is part of Swift's toolchain." >&2; exit 1; }
triple=$(swift -print-target-info | sed -n 's/.*"triple": "\(.*\)",/\1/p' | head -n 1)
for library in FlowersTraining Plots; do
    swift build --target $library --no-color-diagnostics >&2
    products=$(swift build --show-bin-path)
    # The C modules behind the library, as its build found them.
    set -- -I "$products/Modules"
    for map in Sources/C*/module.modulemap; do set -- "$@" -I "$(dirname "$map")"; done
    for map in "$products"/C*.build/module.modulemap; do set -- "$@" -Xcc "-fmodule-map-file=$map"; done
    for flag in $(pkg-config --cflags-only-I hdf5 openblas libpng libturbojpeg zlib); do set -- "$@" -Xcc "$flag"; done
    graphs=.build-docc/graphs/$library
    rm -rf "$graphs" ".build-docc/$library"
    mkdir -p "$graphs"
    swift symbolgraph-extract -module-name $library -target "$triple" "$@" -minimum-access-level public \
        -output-dir "$graphs"
    docc convert "$(find Sources -name $library.docc)" --additional-symbol-graph-dir "$graphs" \
        --fallback-display-name $library --fallback-bundle-identifier flowers-tui.$library \
        --warnings-as-errors --output-path ".build-docc/$library"
done
