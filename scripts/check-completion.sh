#!/bin/bash
# Loads a completion script into bash and asks what it offers, as the tab key does: scripts/check-completion.sh FILE.
# The program must be on the PATH.
set -uo pipefail
source "$(realpath "$1")" || exit 1
# The function that the script registers for the program.
registered=$(complete -p flowers-tui) || exit 1
function=$(sed -n 's/.*-F \([^ ]*\).*/\1/p' <<<"$registered")

# Offers for a command line whose last word is to be completed; words are separated by one space.
offers() {
    COMP_LINE=$1
    COMP_POINT=${#COMP_LINE}
    COMP_TYPE=9 COMP_KEY=9
    read -ra COMP_WORDS <<<"$COMP_LINE"
    [[ $COMP_LINE != *" " ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    "$function" flowers-tui "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
    printf '%s\n' "${COMPREPLY[@]}"
}
expect() {
    offers "$1" | sed 's/ *$//' | grep -qx -- "$2" || {
        echo "For \"$1\" bash offers not \"$2\" but: $(offers "$1" | tr '\n' ' ')" >&2
        exit 1
    }
}

expect "flowers-tui pre" predict
expect "flowers-tui doc" doctor
expect "flowers-tui runs com" compare
expect "flowers-tui runs l" list
expect "flowers-tui train --bat" --batch-size
expect "flowers-tui doctor --js" --json
expect "flowers-tui render tr" train
expect "flowers-tui train --data /us" /usr
[ -z "$(offers "flowers-tui nothing-of-this-name")" ] || { echo "bash offers something for nothing." >&2; exit 1; }
