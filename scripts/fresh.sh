#!/bin/bash
# Tries the README's two commands on a newly installed Debian: scripts/fresh.sh bookworm|trixie.
#
# Makes a clean root with debootstrap, lends it the Swift toolchain (and the copies of packages that git's
# `insteadOf` names on this machine, if any), clones the committed state into the home of an ordinary user with sudo,
# and types what the README says. Ends with a table of what it saw; logs stay in .build-fresh/SUITE.
# Everything is mounted in a mount namespace of its own, so nothing stays mounted, however this ends.
set -euo pipefail
cd "$(dirname "$0")/.."

suite=${1:-}
logs=$PWD/.build-fresh/$suite

fail() { echo "make fresh: $1" >&2; exit "${2:-1}"; }

# MARK: Outside of the namespaces

if [ "${FLOWERS_TUI_FRESH_ROOT:-}" = "" ]; then
    case "$suite" in
    bookworm | trixie) ;;
    "") fail "name a suite: make fresh SUITE=bookworm or SUITE=trixie." 2 ;;
    *) fail "there is no suite $suite to try; SUITE is bookworm or trixie." 2 ;;
    esac
    [ "$(id -u)" -eq 0 ] || fail "needs root, to make a root file system and mount into it: sudo make fresh SUITE=$suite."
    command -v debootstrap >/dev/null || fail "needs debootstrap: apt-get install debootstrap."
    scripts/check-swift.sh

    root=$(mktemp -d)
    chmod 755 "$root"
    # Only what is on the root's own file system: should a mount ever be left, what it shows is not removed.
    trap 'rm -rf --one-file-system "$root"' EXIT
    rm -rf "$logs"
    mkdir -p "$logs"
    echo "Installing Debian $suite into $root …" >&2
    debootstrap --variant=minbase "$suite" "$root" "${MIRROR:-http://deb.debian.org/debian}" >"$logs/debootstrap.log" 2>&1 ||
        { tail -n 5 "$logs/debootstrap.log" >&2; fail "debootstrap failed; see $logs/debootstrap.log."; }
    # The first process of a PID namespace ignores signals; when unshare is killed, all in it end with it.
    FLOWERS_TUI_FRESH_ROOT=$root unshare --mount --propagation private --pid --fork --kill-child \
        "$BASH" "$0" "$suite" &
    inner=$!
    trap 'kill -KILL "$inner"; wait "$inner" 2>/dev/null; exit 130' INT TERM HUP
    status=0
    wait "$inner" || status=$?
    exit "$status"
fi

# MARK: Inside of the namespaces

root=$FLOWERS_TUI_FRESH_ROOT
user=newcomer
place=/home/$user/flowers-tui

# Shows a folder of this machine in the root, read-only.
lend() {
    mkdir -p "$root$1"
    mount --bind "$1" "$root$1"
    mount -o remount,bind,ro "$root$1"
}

# Runs a command line in the root, as the user unless told otherwise, with nothing of this machine's environment.
inside() {
    local as=$user
    if [ "$1" = --root ]; then as=root; shift; fi
    local home=/root
    [ "$as" = root ] || home=/home/$user
    chroot --userspec="$as" "$root" \
        env -i HOME="$home" USER="$as" SHELL=/bin/bash TERM=xterm-256color LANG=C.UTF-8 \
        PATH="$toolchain/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
        bash -c "cd '$place' 2>/dev/null || cd; $1"
}

# shellcheck source=scripts/drive-dashboard.sh
. scripts/drive-dashboard.sh
packages() { dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${db:Status-Abbrev}\n' | grep -c '^ii'; }
version() { dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Version}' "$1" 2>/dev/null || echo none; }

toolchain=$(swift -print-target-info | sed -n 's|.*"runtimeResourcePath": "\(.*\)/usr/lib/swift".*|\1|p')
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
lend "$toolchain"
cp /etc/resolv.conf "$root/etc/resolv.conf"
{
    # Packages that git takes from folders of this machine, as it does here.
    git config --get-regexp '^url\./.*\.insteadof$' || true
} | while read -r key base; do
    folder=${key#url.} folder=${folder%.insteadof}
    mountpoint -q "$root$folder" || lend "${folder%/}"
    git config --file "$root/etc/gitconfig" --add "url.$folder.insteadOf" "$base"
done
git config --file "$root/etc/gitconfig" --add safe.directory '*'
# Certificate authorities that this machine trusts beyond Debian's.
if ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1; then
    mkdir -p "$root/usr/local/share/ca-certificates"
    cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
fi

# A newcomer's account, as Debian's installer leaves it: sudo works.
chroot "$root" useradd --create-home --shell /bin/bash "$user"
inside --root "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends install sudo ca-certificates" \
    >"$logs/account.log" 2>&1 || fail "the account could not be set up; see $logs/account.log."
echo "$user ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/$user"
bare=$(packages)

# The README's commands.
install=$(sed -n 's/^\(sudo apt-get install [^#]*\).*/\1/p' README.md | head -n 1)
[ -n "$install" ] || fail "README.md has no line that begins with sudo apt-get install."
for command in "make run" "make test"; do
    grep -q "^$command " README.md || fail "README.md has no line that begins with $command."
done

echo "$install …" >&2
inside "DEBIAN_FRONTEND=noninteractive ${install/install/install -y}" >"$logs/install.log" 2>&1 ||
    { tail -n 5 "$logs/install.log" >&2; fail "the README's packages cannot be installed; see $logs/install.log."; }
named=$(($(packages) - bare))
commit=$(git rev-parse --short HEAD)
git clone -q --no-hardlinks "$PWD" "$root$place"
chroot "$root" chown -R "$user:$user" "$place"

# The dashboard: from the command to its first frame, and out again with q.
echo "make run …" >&2
screen=$root/home/$user/screen
start=$(date +%s%N)
dashboard "make run" "~/screen"
until_shown 'Build of product .* complete!' || broken "make run" "did not build"
built=$(date +%s%N)
built_after=$(seconds_since "$start")
added=$(($(packages) - bare - named))
until_shown preparing || broken "make run" "opened no dashboard"
first_frame=$(seconds_since "$built")
# The star marks the best epoch: one has been trained and validated.
until_shown ★ || broken "make run" "trained no epoch"
trained=$(seconds_since "$built")
leave_dashboard "make run"
build=$(LC_ALL=C sed -n 's/.*Build of product .* complete! (\([0-9.]*\)s).*/\1/p' "$screen" | head -n 1)

echo "make test …" >&2
start=$(date +%s%N)
inside "make test" </dev/null >"$logs/test.log" 2>&1 ||
    { grep -aE '✘|error:' "$logs/test.log" | tail -n 20 >&2; fail "make test failed; see $logs/test.log."; }
tests=$(sed -n 's/.*Test run with \(.*\) passed after.*/\1/p' "$logs/test.log" | tail -n 1)
tested_after=$(seconds_since "$start")
[ -n "$tests" ] || fail "make test ran no test; see $logs/test.log."

row() { printf '| %s | %s |\n' "$1" "$2"; }
{
    row "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' "$root/etc/os-release")" "$commit"
    row --- ---
    row processor "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
    row Swift "$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)"
    row "oneDNN, HDF5, ncurses" "$(version libdnnl-dev), $(version libhdf5-dev), $(version libncurses-dev)"
    row "OpenBLAS, libarchive, libjpeg-turbo" "$(version libopenblas-dev), $(version libarchive-dev), $(version libturbojpeg0-dev)"
    row "packages: bare system, README, make run" "$bare, +$named, +$added"
    row "make run: installed and built" "$built_after s, of which the build $build s"
    row "make run: first frame, first epoch" "$first_frame s, $trained s after the build"
    row "make test" "$tests passed, $tested_after s with its build"
} | tee "$logs/table.md"
