#!/bin/sh
# Installs what scripts/stage.sh made, and the themes and texts, or removes them again:
# scripts/install.sh install|uninstall. PREFIX (default /usr/local) is where they will be used, DESTDIR (default none)
# a folder in front of it. ZSH names the folder of completions for zsh below the prefix.
set -eu
cd "$(dirname "$0")/.."
prefix=${PREFIX:-/usr/local}
zsh=${ZSH:-share/zsh/site-functions}
target=${DESTDIR:-}$prefix
files=.build-package/files

case "$prefix" in /*) ;; *) echo "PREFIX must be an absolute path, not $prefix." >&2; exit 2 ;; esac

# What is installed: mode, file here, path below the prefix.
list() {
    echo 755 $files/flowers-tui bin/flowers-tui
    echo 644 $files/flowers-tui.1.gz share/man/man1/flowers-tui.1.gz
    echo 644 $files/flowers-tui.bash share/bash-completion/completions/flowers-tui
    echo 644 $files/flowers-tui.zsh "$zsh/_flowers-tui"
    echo 644 $files/flowers-tui.fish share/fish/vendor_completions.d/flowers-tui.fish
    for theme in themes/*.toml; do echo 644 "$theme" "share/flowers-tui/$theme"; done
    echo 644 README.md share/doc/flowers-tui/README.md
    for text in docs/*.md docs/pictures/*.svg; do echo 644 "$text" "share/doc/flowers-tui/$text"; done
}

case "${1:-}" in
install)
    [ -e $files/flowers-tui.1.gz ] || { echo "There is nothing to install yet: run make install." >&2; exit 1; }
    list | while read -r mode file path; do install -D -m "$mode" "$file" "$target/$path"; done
    echo "Installed flowers-tui in $target." >&2
    ;;
uninstall)
    list | while read -r _ _ path; do rm -f "$target/$path"; done
    # Folders that are the program's own; those that hold something else stay.
    for folder in share/flowers-tui/themes share/flowers-tui share/doc/flowers-tui/docs/pictures \
        share/doc/flowers-tui/docs share/doc/flowers-tui; do
        rmdir "$target/$folder" 2>/dev/null || true
    done
    echo "Removed flowers-tui from $target; runs and settings of users stay." >&2
    ;;
*)
    echo "Say what to do: scripts/install.sh install or scripts/install.sh uninstall." >&2
    exit 2
    ;;
esac
