import Phrases

/// The state in which another session begins.
extension DashboardState {
    /// Returns a new state that keeps what belongs to the screen and to the home: size, theme, words,
    /// keys, view settings, and the table of runs.
    package func forNextSession() -> DashboardState {
        var next = DashboardState(
            size: size, themes: themes.names, theme: themes.chosen, language: strings.language, keys: keys,
            preferences: preferences)
        (next.now, next.timeOfDay, next.home, next.runs) = (now, timeOfDay, home, runs)
        (next.charts.runs, next.charts.ghosts) = (charts.runs, charts.ghosts)
        next.departure.opensRuns = departure.opensRuns
        next.toast = toast
        return next
    }
}
