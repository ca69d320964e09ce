#!/bin/sh
# Fuzzes the readers of untrusted bytes with libFuzzer, from the seeds and guided by coverage, under
# AddressSanitizer. Prints a line per target: runs, runs a second, memory, edges, findings. A
# finding is a trap, a memory error, a run that takes more than a second, or a process beyond the
# memory limit below; its input is kept in .build-fuzz/findings.
#
# RUNS: runs per target (default 1000000). SECONDS_EACH: most seconds per target (default 240).
# TARGETS: targets to fuzz (default all). JOBS: targets at a time (default one per core).
# Makes its own build, which takes minutes.
set -eu
cd "$(dirname "$0")/.."
driver=.build-fuzz/release/Fuzz
runs=${RUNS:-1000000}
seconds=${SECONDS_EACH:-240}
# Limit of the whole process in MiB, including AddressSanitizer's own memory.
memory=2048

if [ "${1:-}" != --one ]; then
    # TOML's C++ is instrumented as well; the system's C libraries are not, so only their use of
    # memory is checked.
    FLOWERS_TUI_SANITIZE=fuzzer,address swift build -c release --scratch-path .build-fuzz --product Fuzz -Xswiftc -enable-testing \
        -Xcxx -fsanitize=fuzzer-no-link,address >&2
    # shellcheck disable=SC2086 – a list of names
    printf '%s\n' ${TARGETS:-$(ASAN_OPTIONS=detect_leaks=0 $driver)} | xargs -n 1 -P "${JOBS:-$(nproc)}" "$0" --one
    exit
fi

target=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/found" "$work/seeds" .build-fuzz/findings
# The other seeds are files that belong to other tests.
case $target in
    jpeg) cp Tests/Fixtures/photos/*.jpg "$work/seeds" ;;
    png) cp Tests/Fixtures/photos/*.png "$work/seeds" ;;
    logs) cp Tests/Fixtures/logs/*.* Tests/Fixtures/logs/keras/train/* "$work/seeds" ;;
    theme) cp themes/*.toml "$work/seeds" ;;
    torch) cp Tests/Fixtures/torch/types* Tests/Fixtures/torch/checkpoint.pt Tests/Fixtures/torch/model.pt* "$work/seeds" ;;
esac
[ -d "Tests/Fuzz/corpus/$target" ] && cp "Tests/Fuzz/corpus/$target"/* "$work/seeds"
case $target in
    # Longer inputs would announce pictures that take more than a second.
    jpeg | png | bmp | gif | webp | heif | tiff) length=4096 ;;
    hdf5 | keras | tar | torch) length=12288 ;;
    # The whole base is longer than most files.
    model) length=98304 ;;
    store | optimizer) length=16384 ;;
    # Each key goes through the dashboard.
    keys) length=128 ;;
    # Each event goes through the dashboard.
    events) length=2048 ;;
    *) length=4096 ;;
esac
# Leaks are not checked: libhdf5 keeps memory for the next file, and TOMLKit never frees a table.
# Growth shows in the memory of a million runs. Swift's own crash report gets in the sanitizer's
# way.
# Short allocation stacks and a small quarantine of freed memory double the speed; a finding is
# examined with longer ones.
export ASAN_OPTIONS=detect_leaks=0:malloc_context_size=1:quarantine_size_mb=16 SWIFT_BACKTRACE=enable=no
# Files unpacked on the way are kept in memory.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
words="Tests/Fuzz/dictionaries/$target.dict"
[ -e "$words" ] && words="-dict=$words" || words=""
code=0
# shellcheck disable=SC2086 – an option or none
FUZZ_TARGET=$target "$driver" -runs="$runs" -max_total_time="$seconds" -timeout=1 -rss_limit_mb=$memory -max_len=$length \
    -detect_leaks=0 -print_final_stats=1 -artifact_prefix=".build-fuzz/findings/$target-" $words \
    "$work/found" "$work/seeds" >"$work/log" 2>&1 || code=$?
count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log" | tail -n 1)
speed=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$work/log" | tail -n 1)
peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$work/log" | tail -n 1)
reached=$(grep -o 'cov: [0-9]*' "$work/log" | tail -n 1 | cut -c 6-)
[ $code -eq 0 ] && findings="no findings" || findings="a finding"
echo "$target: ${count:-0} runs, ${speed:-0} a second, ${peak:-?} MiB, ${reached:-?} edges, $findings"
if [ $code -ne 0 ]; then
    grep -E 'Fatal error|ERROR:|SUMMARY|Test unit written' "$work/log" >&2 || tail -n 20 "$work/log" >&2
    cp "$work/log" ".build-fuzz/findings/$target.log"
    exit 1
fi
