#!/bin/sh
# Compares our kernels for arm64, under QEMU, with those for AVX2 on this machine: they must give the same bits.
# Needs clang and, on Debian, gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user.
set -eu
cd "$(dirname "$0")/.."
for tool in clang aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v $tool >/dev/null || { echo "This needs $tool: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user." >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
options="-O2 -Wall -Werror -I Sources/CKernels/include"
# Each target's own headers; clang knows neither.
for source in Sources/CKernels/*.c Tests/arm64/kernels.c; do
    # shellcheck disable=SC2086 – a list of words
    clang --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include $options -c "$source" \
        -o "$work/arm-$(basename "$source").o"
    # shellcheck disable=SC2086
    clang $options -c "$source" -o "$work/x86-$(basename "$source").o"
done
aarch64-linux-gnu-gcc -static "$work"/arm-*.o -o "$work/arm"
clang "$work"/x86-*.o -o "$work/x86"
qemu-aarch64 "$work/arm" >"$work/arm.txt"
"$work/x86" >"$work/x86.txt"
diff "$work/x86.txt" "$work/arm.txt" >&2 || { echo "The kernels for arm64 compute other bits." >&2; exit 1; }
echo "$(wc -l <"$work/arm.txt") results are the same to the bit."
