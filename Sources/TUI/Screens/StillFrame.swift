import Core
import Plots

/// One frame of a recorded run's screen, without a terminal.
public struct StillFrame: Sendable {
    public var screen = Screen.train
    public var size = Size(columns: 120, rows: 40)
    /// A theme's name; nil for the built-in one.
    public var theme: String?
    public var language = Language.english
    public var depth = ColorDepth.trueColor
    /// The chart that takes the whole train screen.
    public var openChart: ChartKind?
    public var layout: ChartLayout?
    /// Another run behind the charts.
    public var ghost: (name: String, events: [TrainerEvent])?

    public init() {}

    /// - Parameter events: a whole run, as `RunReplay` loads it.
    /// - Throws: `UserError` for an unknown theme.
    public func draw(_ events: [SessionEvent]) throws -> CellBuffer {
        let library = try ThemeLibrary()
        let theme = try theme.map(library.theme(named:)) ?? library.themes[0]
        var state = DashboardState(
            size: size, themes: library.themes.map(\.name), theme: theme.name, language: language)
        state.screen = screen
        if let layout { state.charts.layout = layout }
        var seconds = 0.0
        for event in events {
            if case .training(.epochEnded(let epoch)) = event {
                seconds += epoch.trainSeconds + epoch.validationSeconds
            }
            // A recorded event does not say at what time of the day it was.
            _ = state.reduce(.tick(seconds))
            for case .inspect(let set, let classes) in state.reduce(.session(event, clock: "·")) {
                _ = state.reduce(.inspected(PredictionInspection(set, classes: classes)))
            }
        }
        if let openChart { _ = state.perform(.chart(.open(openChart))) }
        state.ghost = ghost.map { GhostRun(name: $0.name, events: $0.events) }
        // What a person would have closed or waited for.
        _ = state.reduce(.tick(seconds + 60))
        return DashboardView(theme: theme, depth: depth, thumbnails: ThumbnailCache()).render(state)
    }
}
