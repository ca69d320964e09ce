#!/bin/sh
# Packs what scripts/stage.sh made as a Debian package for the release of Debian that it was built on, and checks it with
# lintian where that is installed. The maintainer is $DEBFULLNAME <$DEBEMAIL>, or who git says commits here.
set -eu
cd "$(dirname "$0")/.."
person=${DEBFULLNAME:-$(git config user.name || id -un)}
address=${DEBEMAIL:-$(git config user.email || echo "$(id -un)@$(hostname -f)")}
maintainer="$person <$address>"
for tool in dpkg-deb dpkg-shlibdeps; do
    command -v $tool >/dev/null || { echo "make deb needs $tool: apt-get install dpkg-dev." >&2; exit 1; }
done

version=$(scripts/version.sh)-1
architecture=$(dpkg --print-architecture)
name=flowers-tui_${version}_$architecture
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/DEBIAN" "$work/debian"
chmod 755 "$root" "$root/DEBIAN"
umask 022
DESTDIR=$root PREFIX=/usr ZSH=share/zsh/vendor-completions scripts/install.sh install 2>/dev/null
texts=$root/usr/share/doc/flowers-tui
cp packaging/copyright "$texts/copyright"
gzip -9n <CHANGELOG.md >"$texts/changelog.gz"
printf 'flowers-tui (%s) unstable; urgency=medium\n\n  * Built from the sources of this version; changelog.gz has what changed.\n\n -- %s  %s\n' \
    "$version" "$maintainer" "$(date -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$texts/changelog.Debian.gz"
chmod 644 "$texts"/c*

# The libraries that the program is linked with, as packages with versions.
printf 'Source: flowers-tui\n\nPackage: flowers-tui\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O -e"$root/usr/bin/flowers-tui" | sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { echo "dpkg-shlibdeps names no libraries." >&2; exit 1; }
cat >"$root/DEBIAN/control" <<END
Package: flowers-tui
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -k -s --apparent-size "$root/usr" | cut -f 1)
Depends: $depends
Recommends: ncurses-term, libtiff6, libwebp7, libheif1
Suggests: bash-completion
Section: science
Priority: optional
Description: train image classifiers in the terminal
 Fine-tunes a convolutional network on a folder of photos, without a graphics
 card, and shows it while it learns: curves, predictions, class activation maps,
 likely wrong labels. A run can be paused, steered, stopped and resumed to the
 same bits, and exported for Keras, ONNX and TensorFlow Lite.
END
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
chmod 644 "$root"/DEBIAN/*
mkdir -p .build-package/out
dpkg-deb --build --root-owner-group -Zxz "$root" ".build-package/out/$name.deb" >/dev/null
if command -v lintian >/dev/null; then
    lintian --allow-root --tag-display-limit 0 --fail-on error ".build-package/out/$name.deb"
fi
echo ".build-package/out/$name.deb"
