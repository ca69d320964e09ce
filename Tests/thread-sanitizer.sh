#!/bin/sh
# Looks for data races in the tests of all targets. Makes its own build, which takes minutes.
#
# Skipped, because they would take hours under the sanitizer: the end-to-end tests, whose program is
# another process (`RunTests` and `LiveScreensTests` run the same threads), and suites that compute
# at length on one thread or compare numbers.
set -eu
cd "$(dirname "$0")/.."
export FLOWERS_TUI_SANITIZE=thread
flags="-c release -Xswiftc -enable-testing --scratch-path .build-tsan"
one_thread='ExplanationTests|KerasAgreementTests|DoctorTests|DoctorProofTests|PictureFitTests|ColorScience|SymbolTests|GraphicsTests'
one_thread="$one_thread|HostileFilesTests|ReadersTests|GradientTests|FastKernelTests|CrashGuardTests|ColorPairTableTests"

# shellcheck disable=SC2086 – a list of options
swift build $flags --build-tests
# shellcheck disable=SC2086
TSAN_OPTIONS="halt_on_error=0 exitcode=66 suppressions=$PWD/Tests/thread-sanitizer.suppressions" \
    swift test $flags --skip-build --skip EndToEndTests --skip "$one_thread"
echo "no data races in the tests of Core, Plots and TUI"
