#!/bin/sh
# Builds the program for other machines, with Swift's libraries inside, and makes what is installed beside it: man page
# and completions, all in .build-package/files. `make install`, `make deb` and `make tarball` take it from there.
set -eu
cd "$(dirname "$0")/.."
build=.build-package
files=$build/files

swift build -c release --static-swift-stdlib --product flowers-tui --scratch-path $build --no-color-diagnostics >&2
# The tool of swift-argument-parser that writes the man page. Its plugin would build every product once more.
swift build -c release --product generate-manual --package-path $build/checkouts/swift-argument-parser \
    --scratch-path $build/manual --no-color-diagnostics >&2

rm -rf $files
mkdir -p $files
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
strip -o $files/flowers-tui $build/release/flowers-tui
# Nothing of the user's settings gets into what is made here.
ask() { env -i HOME="$home" PATH="$PATH" LANG=C.UTF-8 "$@"; }
for shell in bash zsh fish; do
    ask $files/flowers-tui --generate-completion-script $shell >$files/flowers-tui.$shell
done
# It is loaded, not run.
sed -i '1{/^#!/d}' $files/flowers-tui.bash
date=$(git log -1 --format=%cs 2>/dev/null || date +%Y-%m-%d)
# The tool drops what is not ASCII.
printf '#!/bin/sh\n"%s" "$@" | sed "s/[–−]/-/g; s/…/.../g"\n' "$PWD/$files/flowers-tui" >"$home/flowers-tui"
chmod +x "$home/flowers-tui"
ask $build/manual/release/generate-manual "$home/flowers-tui" --date "$date" --output-directory $files
gzip -9nf $files/flowers-tui.1
