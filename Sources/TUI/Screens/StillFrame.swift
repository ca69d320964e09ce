package import Canvas
package import Dashboard
package import Keys
package import Phrases
package import Recipes
import Themes
package import Training

/// Draws a single frame of a recorded run without a terminal.
package struct StillFrame: Sendable {
    package var screen = Screen.train
    package var size = Size(columns: 120, rows: 40)
    /// The theme's name; nil for the built-in one.
    package var theme: String?
    package var language = Language.english
    package var depth = ColorDepth.trueColor
    /// The chart that fills the train screen; nil for the normal layout.
    package var openChart: ChartKind?
    package var layout: ChartLayout?
    /// Other runs, drawn behind the charts.
    package var ghosts: [(name: String, events: [TrainerEvent])] = []
    /// Writes a time in seconds since 1970 as the time of day where the user is.
    package var timeOfDay: (@Sendable (Double) -> String)?

    package init() {}

    /// Draws the state after the last event.
    ///
    /// - Parameter events: a whole run, as `RunReplay` loads it.
    /// - Throws: `UserError` for an unknown theme.
    package func draw(_ events: [SessionEvent]) throws -> CellBuffer {
        let library = try ThemeLibrary()
        let theme = try theme.map(library.theme(named:)) ?? library.themes[0]
        var state = DashboardState(
            size: size, themes: library.themes.map(\.name), theme: theme.name, language: language)
        (state.screen, state.timeOfDay) = (screen, timeOfDay)
        if let layout { state.charts.layout = layout }
        var seconds = 0.0
        for event in events {
            if case .epochEnded(let epoch)? = event.recorded {
                seconds += epoch.trainSeconds + epoch.validationSeconds
            }
            // Recorded events carry no time of day.
            _ = state.reduce(.tick(seconds))
            for case .inspect(let set, let classes) in state.reduce(.session(event, clock: "·")) {
                _ = state.reduce(.inspected(PredictionInspection(set, classes: classes)))
            }
        }
        if let openChart { _ = state.perform(.chart(.open(openChart))) }
        state.charts.ghosts = ghosts.map { GhostRun(name: $0.name, events: $0.events) }
        // Let the last toast expire.
        _ = state.reduce(.tick(seconds + 60))
        return DashboardView(theme: theme, depth: depth, thumbnails: ThumbnailCache()).render(state)
    }
}
