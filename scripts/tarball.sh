#!/bin/sh
# Packs what scripts/stage.sh made as a tarball that can be unpacked anywhere, with the list of packages that it needs.
set -eu
cd "$(dirname "$0")/.."
name=flowers-tui-$(scripts/version.sh)-linux-$(uname -m)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
DESTDIR=$work PREFIX=/$name scripts/install.sh install 2>/dev/null
cp LICENSE packaging/copyright CHANGELOG.md "$work/$name/share/doc/flowers-tui/"
{
    echo "flowers-tui needs these libraries:"
    echo
    readelf -d "$work/$name/bin/flowers-tui" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort
    if command -v dpkg-shlibdeps >/dev/null; then
        mkdir -p "$work/debian"
        printf 'Source: flowers-tui\n\nPackage: flowers-tui\nArchitecture: any\n' >"$work/debian/control"
        echo
        echo "On $(. /etc/os-release; echo "$PRETTY_NAME"):"
        echo
        printf 'apt-get install'
        (cd "$work" && dpkg-shlibdeps -O -e"$name/bin/flowers-tui" 2>/dev/null | sed -n 's/^shlibs:Depends=//p') |
            tr ',' '\n' | sed 's/([^)]*)//; s/|.*//; s/ //g' | grep -v '^libc6$' | while read -r package; do
            printf ' %s' "$package"
        done
        echo
    fi
} >"$work/$name/REQUIREMENTS"
mkdir -p .build-package/out
epoch=$(git log -1 --format=%ct 2>/dev/null || date +%s)
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" -C "$work" -cJf \
    ".build-package/out/$name.tar.xz" "$name"
echo ".build-package/out/$name.tar.xz"
