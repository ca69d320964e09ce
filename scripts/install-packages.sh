#!/bin/sh
# Installs the Debian packages that flowers-tui builds on, those that are missing, and any that are named.
set -eu

packages="libncurses-dev libjpeg-dev libturbojpeg0-dev libopenblas-dev libdnnl-dev libhdf5-dev libpng-dev
libwebp-dev libheif-dev libtiff-dev libarchive-dev libsqlite3-dev zlib1g-dev pkg-config ncurses-term tmux python3-pyte
$*"

missing=""
for package in $packages; do
    state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
    case "$state" in ii*) ;; *) missing="$missing $package" ;; esac
done
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "flowers-tui needs these Debian packages, and this system has no apt-get:$missing" >&2
    exit 1
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Install these packages as root, then try again: apt-get install$missing" >&2
        exit 1
    fi
    as_root="sudo"
fi
echo "Installing:$missing" >&2
$as_root apt-get update -qq >&2
# Where libheif has its decoders apart, from Debian 13 on.
for plugin in libheif-plugin-libde265 libheif-plugin-dav1d; do
    if apt-cache show "$plugin" >/dev/null 2>&1; then missing="$missing $plugin"; fi
done
# shellcheck disable=SC2086 – a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
