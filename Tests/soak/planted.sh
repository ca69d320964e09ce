#!/bin/sh
# Has the data doctor find faults planted among real photos, and makes each file-changing call of a
# run fail through the tests' hook.
set -eu
cd "$(dirname "$0")/../.."
. Tests/soak/common.sh
# shellcheck disable=SC2086 – a list of options
FLOWERS_TUI_SOAK=1 FLOWERS_TUI_PHOTOS="$(photos)" \
    swift test -c release -Xswiftc -enable-testing --filter 'DoctorProofTests|FaultyRunTests' \
    >"$work/out" 2>&1 || fail "$(tail -40 "$work/out")"
grep -E 'calls failed|Test run with' "$work/out" | tail -1
