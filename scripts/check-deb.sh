#!/bin/bash
# Tries the Debian package on a newly installed system: no Swift, no compiler, no sources.
#
# SUITE: the release to install, bookworm or trixie (default: this machine's own).
#
# Makes a clean root with debootstrap, installs the package as apt does, and looks at what a user would: the version, the
# check-up, the manual, completions, the themes, the dashboard's first frame within a minute; then removes it again. Ends
# with a table of what it saw. Everything is mounted in a namespace of its own, so nothing stays mounted, however this ends.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "make check-deb: $1" >&2; exit 1; }

# MARK: Outside of the namespace

if [ "${FLOWERS_TUI_DEB_ROOT:-}" = "" ]; then
    [ "$(id -u)" -eq 0 ] || fail "needs root, to make a root file system and mount into it: sudo make check-deb."
    command -v debootstrap >/dev/null || fail "needs debootstrap: apt-get install debootstrap."
    package=$(ls -t .build-package/out/*.deb 2>/dev/null | head -n 1)
    [ -n "$package" ] || fail "there is no package yet: run make deb."
    suite=${SUITE:-$(. /etc/os-release; echo "$VERSION_CODENAME")}
    root=$(mktemp -d)
    chmod 755 "$root"
    # Only what is on the root's own file system: should a mount ever be left, what it shows is not removed.
    trap 'rm -rf --one-file-system "$root"' EXIT
    mkdir -p .build-package/check
    echo "Installing Debian $suite into $root …" >&2
    debootstrap --variant=minbase "$suite" "$root" "${MIRROR:-http://deb.debian.org/debian}" \
        >.build-package/check/debootstrap.log 2>&1 ||
        fail "debootstrap failed; see .build-package/check/debootstrap.log."
    status=0
    FLOWERS_TUI_DEB_ROOT=$root FLOWERS_TUI_DEB=$package \
        unshare --mount --propagation private --pid --fork --kill-child "$BASH" "$0" || status=$?
    exit "$status"
fi

# MARK: Inside of it

root=$FLOWERS_TUI_DEB_ROOT
package=$FLOWERS_TUI_DEB
logs=$PWD/.build-package/check
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
cp "$package" "$root/root/flowers-tui.deb"

# Runs a command line in the root, with nothing of this machine's environment.
inside() {
    chroot "$root" env -i HOME=/root USER=root SHELL=/bin/bash TERM=xterm-256color LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -c "cd /root; $1"
}
# shellcheck source=scripts/drive-dashboard.sh
. scripts/drive-dashboard.sh
packages() { inside "dpkg-query -W -f '\${db:Status-Abbrev}\n'" | grep -c '^ii'; }

bare=$(packages)
inside "DEBIAN_FRONTEND=noninteractive apt-get -q update" >"$logs/update.log" 2>&1 || fail "apt-get update failed; see $logs/update.log."
start=$(date +%s%N)
inside "DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends install ./flowers-tui.deb" \
    >"$logs/install.log" 2>&1 || { tail -n 5 "$logs/install.log" >&2; fail "the package cannot be installed; see $logs/install.log."; }
installed=$(seconds_since "$start")
added=$(($(packages) - bare - 1))
inside "! command -v swift && ! command -v cc && ! command -v git" >/dev/null || fail "the system is not bare: it has a compiler."
inside "ldd /usr/bin/flowers-tui" >"$logs/ldd.log"
! grep "not found" "$logs/ldd.log" || fail "libraries are missing; see $logs/ldd.log."
! grep -i swift "$logs/ldd.log" || fail "Swift's libraries are not in the program; see $logs/ldd.log."

version=$(inside "flowers-tui --version")
case "$version" in "flowers-tui "[0-9]*" (build "*) ;; *) fail "the version is: $version" ;; esac
inside "flowers-tui doctor --json" </dev/null >"$logs/doctor.json" || fail "the check-up has a problem; see $logs/doctor.json."
grep -q '"midnight' "$logs/doctor.json" || grep -q 'midnight' "$logs/doctor.json" || fail "the themes were not found; see $logs/doctor.json."
inside "dpkg -V flowers-tui" || fail "installed files differ from the package's."

# minbase leaves out manuals unless dpkg is told otherwise; the package has them all the same.
contents=$(dpkg-deb --contents "$package")
for file in ./usr/share/man/man1/flowers-tui.1.gz ./usr/share/doc/flowers-tui/copyright \
    ./usr/share/doc/flowers-tui/changelog.Debian.gz ./usr/share/bash-completion/completions/flowers-tui \
    ./usr/share/zsh/vendor-completions/_flowers-tui ./usr/share/fish/vendor_completions.d/flowers-tui.fish; do
    grep -q " $file\$" <<<"$contents" || fail "the package has no $file."
done
cp scripts/check-completion.sh "$root/root/"
inside "bash check-completion.sh /usr/share/bash-completion/completions/flowers-tui" || fail "bash does not complete."

# The dashboard: from the command to its first frame, and out again with q.
screen=$root/root/screen
start=$(date +%s%N)
dashboard "flowers-tui --demo" screen
until_shown preparing || broken "flowers-tui --demo" "opened no dashboard"
first_frame=$(seconds_since "$start")
# The star marks the best epoch: one has been trained and validated.
until_shown ★ || broken "flowers-tui --demo" "trained no epoch"
trained=$(seconds_since "$start")
leave_dashboard "flowers-tui --demo"
awk -v s="$first_frame" 'BEGIN { exit !(s <= 60) }' || fail "the first frame took $first_frame s."

inside "DEBIAN_FRONTEND=noninteractive apt-get -qy purge flowers-tui" >"$logs/purge.log" 2>&1 || fail "the package cannot be removed; see $logs/purge.log."
left=$(find "$root/usr" -name '*flowers*' | head -n 5)
[ -z "$left" ] || fail "the package leaves behind $left."

row() { printf '| %s | %s |\n' "$1" "$2"; }
{
    row "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' "$root/etc/os-release")" "$version"
    row --- ---
    row processor "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
    row "package, installed" "$(du -k "$package" | cut -f 1) KiB, $(dpkg-deb -f "$package" Installed-Size) KiB"
    row "packages: bare system, added" "$bare, +$added with the libraries"
    row "apt-get install" "$installed s"
    row "dashboard: first frame, first epoch" "$first_frame s, $trained s after the command"
} | tee "$logs/table.md"
