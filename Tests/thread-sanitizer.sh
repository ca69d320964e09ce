#!/bin/sh
# Watches the reducer and the screens beside a trainer that trains for data races. Builds on its own, which takes minutes.
set -eu
cd "$(dirname "$0")/.."
flags="-c release -Xswiftc -enable-testing --sanitize=thread --scratch-path .build-tsan"

# shellcheck disable=SC2086 – a list of options
swift build $flags --build-tests
# shellcheck disable=SC2086
TSAN_OPTIONS="halt_on_error=0 exitcode=66" \
    swift test $flags --skip-build --filter 'TUITests\.(LiveScreensTests|ReducerTests|SnapshotTests)|CoreTests\.ControlTests'
echo "No data races."
