import Core
import Plots

/// One frame of a recorded run's screen, without a terminal.
public enum StillFrame {
    /// - Parameters:
    ///   - events: a whole run, as `RunReplay` loads it.
    ///   - theme: a theme's name; nil for the built-in one.
    /// - Throws: `UserError` for an unknown theme.
    public static func draw(
        _ screen: Screen, of events: [SessionEvent], size: Size, theme name: String?, depth: ColorDepth
    ) throws -> CellBuffer {
        let library = try ThemeLibrary()
        let theme = try name.map(library.theme(named:)) ?? library.themes[0]
        var state = DashboardState(size: size, themes: library.themes.map(\.name), theme: theme.name)
        state.screen = screen
        var seconds = 0.0
        for event in events {
            if case .training(.epochEnded(let epoch)) = event { seconds += epoch.trainSeconds + epoch.validationSeconds }
            // A recorded event does not say at what time of the day it was.
            _ = state.reduce(.tick(seconds))
            _ = state.reduce(.session(event, clock: "·"))
        }
        // What a person would have closed or waited for.
        _ = state.reduce(.tick(seconds + 60))
        return DashboardView(theme: theme, depth: depth, thumbnails: ThumbnailCache()).render(state)
    }
}
