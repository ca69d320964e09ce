#!/bin/sh
# Runs the tests that call into C (our kernels, oneDNN, OpenBLAS, libjpeg-turbo, libpng, HDF5, zlib,
# libarchive, ncurses and our replacement of one of its functions) under AddressSanitizer. Makes its
# own build, which takes minutes.
set -eu
cd "$(dirname "$0")/.."
export FLOWERS_TUI_SANITIZE=address
flags="-c release -Xswiftc -enable-testing --scratch-path .build-asan"
core="AugmentationTests|DataTests|DecodeTests|DoctorTests|ExplanationTests|FastKernelTests|FusedSectionTests|GradientTests"
core="$core|HostileFilesTests|HostilePhotosTests|KerasAgreementTests|ReadersTests|SourcesTests"
screen="ColorPairTableTests|DirectColorTests|TerminalColorsTests|PictureLayerTests"

# shellcheck disable=SC2086 – a list of options
swift build $flags --build-tests
# Leaks are not checked: Swift's runtime, oneDNN and OpenBLAS keep memory until the process ends.
export ASAN_OPTIONS=detect_leaks=0:strict_string_checks=1
# shellcheck disable=SC2086
swift test $flags --skip-build --filter "(Photos|Network|Runs|Training|Doctor)Tests\.($core)|TerminalTests\.($screen)"
# Frames drawn through ncurses and our replacement of its function.
.build-asan/release/flowers-tui bench --only frame
echo "No errors of memory."
