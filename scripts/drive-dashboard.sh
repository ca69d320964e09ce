# shellcheck shell=bash
# Drives a dashboard in a root file system through a pipe; sourced by check-deb.sh and fresh.sh.
#
# The caller has `inside`, which runs a command line in the root, and sets
#   logs    the folder for logs
#   screen  the file that holds what the terminal showed, which `inside` knows as $2 of `dashboard`

seconds_since() { awk -v a="$1" -v b="$(date +%s%N)" 'BEGIN { printf "%.1f", (b - a) / 1e9 }'; }

# Starts a command line in a terminal of 120×40, whose bytes go to a file of the root: dashboard COMMAND FILE.
dashboard() {
    rm -f "$logs/keys" "$screen"
    mkfifo "$logs/keys"
    inside "script -qefc 'stty cols 120 rows 40; $1' $2 >/dev/null" <"$logs/keys" >"$logs/run.log" 2>&1 &
    run=$!
    exec 3>"$logs/keys"
}

shows() { [ -f "$screen" ] && LC_ALL=C grep -aq "$1" "$screen"; }

# Waits for what the terminal shows, at most an hour; ends early with the command.
until_shown() {
    for _ in $(seq 36000); do
        shows "$1" && return
        kill -0 "$run" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

# Keeps the screen and ends, with its last lines: broken "make run" "opened no dashboard".
broken() {
    cp "$screen" "$logs/screen" 2>/dev/null || true
    tail -n 20 "$screen" >&2 2>/dev/null || tail -n 20 "$logs/run.log" >&2
    fail "$1 $2; see $logs/screen."
}

# Leaves the dashboard with q; a key that comes too early is pressed again, and enter answers the question
# whether to quit: leave_dashboard COMMAND.
leave_dashboard() {
    for _ in $(seq 30); do
        kill -0 "$run" 2>/dev/null || break
        printf 'q\r' >&3
        sleep 1
    done
    kill -0 "$run" 2>/dev/null && broken "$1" "does not quit"
    exec 3>&-
    local status=0
    wait "$run" || status=$?
    cp "$screen" "$logs/screen"
    case "$status" in 0 | 130) ;; *) fail "$1 ended with status $status; see $logs/screen." ;; esac
}
