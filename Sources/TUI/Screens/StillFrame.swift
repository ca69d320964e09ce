package import Canvas
package import Dashboard
package import Keys
package import Phrases
import Recipes
package import Runs
import Themes
package import Training

/// Draws a recorded run without a terminal: a single frame, or its course as an animation.
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
    package var ghosts: [GhostRun] = []
    /// All runs of the home with their validation accuracies, for the screen of runs.
    package var runs: (records: [RunRecord], accuracies: [String: [Double]]) = ([], [:])
    /// Pressed after the last event, step by step; an animation shows the screen after each step.
    package var keys: [[Key]] = []
    /// Writes a time in seconds since 1970 as the time of day where the user is.
    package var timeOfDay: (@Sendable (Double) -> String)?

    package init() {}

    /// Draws the state after the last event and the keys.
    ///
    /// - Parameter events: a whole run, as `RunReplay` loads it.
    /// - Throws: `UserError` for an unknown theme.
    package func draw(_ events: [SessionEvent]) throws -> CellBuffer {
        var scene = try Scene(self)
        for event in events { scene.show(event) }
        scene.end(self)
        for key in keys.joined() { scene.press(key) }
        return scene.frame()
    }

    /// Draws the run from its beginning to its end, and then each step of the keys, as one loop.
    ///
    /// - Parameters:
    ///   - events: as for `draw`.
    ///   - seconds: length of the loop.
    package func animate(_ events: [SessionEvent], seconds: Double) throws -> SVGAnimation {
        var scene = try Scene(self)
        let batches = events.count { if case .batchEnded? = $0.recorded { true } else { false } }
        let replay = seconds * (keys.isEmpty ? 0.85 : 0.6)
        let count = max(1, Int(replay / Self.frameSeconds))
        var frames: [SVGAnimation.Frame] = []
        var batch = 0
        for event in events {
            scene.show(event)
            guard case .batchEnded? = event.recorded else { continue }
            batch += 1
            // The first frame shows the first batch: an animation starts with something to see.
            if batch * count >= frames.count * batches, frames.count < count {
                let start = Double(frames.count) * replay / Double(count)
                frames.append(SVGAnimation.Frame(start: start, cells: scene.frame()))
            }
        }
        scene.end(self)
        let views = Double(keys.count + 1)
        for index in 0...keys.count {
            if index > 0 { for key in keys[index - 1] { scene.press(key) } }
            let start = frames.isEmpty ? 0 : replay
            frames.append(
                SVGAnimation.Frame(
                    start: start + (seconds - start) * Double(index) / views, cells: scene.frame()))
        }
        return SVGAnimation(frames: frames, seconds: seconds)
    }

    /// Time from frame to frame of an animation.
    private static let frameSeconds = 0.4

    /// A dashboard whose time is that of the recorded events.
    private struct Scene {
        private var state: DashboardState
        private let view: DashboardView
        /// Seconds of the epochs that have ended, and of the batches since.
        private var (epochs, batches) = (0.0, 0.0)
        private var batchSize = 0.0

        init(_ still: StillFrame) throws {
            let library = try ThemeLibrary()
            let theme = try still.theme.map(library.theme(named:)) ?? library.themes[0]
            state = DashboardState(
                size: still.size, themes: library.themes.map(\.name), theme: theme.name,
                language: still.language)
            (state.screen, state.timeOfDay) = (still.screen, still.timeOfDay)
            if let layout = still.layout { state.charts.layout = layout }
            view = DashboardView(theme: theme, depth: still.depth, thumbnails: ThumbnailCache())
        }

        mutating func show(_ event: SessionEvent) {
            if case .ready(let context) = event { batchSize = Double(context.recipe.batchSize) }
            // Recorded events carry no time of day.
            switch event.recorded {
            case .runStarted?: _ = state.reduce(.session(.statusChanged(.training), clock: "·"))
            case .epochEnded(let epoch)?:
                (epochs, batches) = (epochs + epoch.trainSeconds + epoch.validationSeconds, 0)
            case .batchEnded(let batch)? where batch.imagesPerSecond > 0:
                batches += batchSize / batch.imagesPerSecond
            default: break
            }
            _ = state.reduce(.tick(epochs + batches))
            perform(state.reduce(.session(event, clock: "·")))
        }

        /// Lets the last toast expire, and opens what the still asks for.
        mutating func end(_ still: StillFrame) {
            if let chart = still.openChart { _ = state.perform(.chart(.open(chart))) }
            if !still.runs.records.isEmpty {
                perform(state.reduce(.runsListed(still.runs.records, problem: nil)))
                perform(state.reduce(.curvesLoaded(still.runs.accuracies)))
            }
            state.charts.ghosts = still.ghosts
            _ = state.reduce(.tick(epochs + 60))
        }

        mutating func press(_ key: Key) { perform(state.reduce(.key(key))) }

        func frame() -> CellBuffer { view.render(state) }

        /// Performs the effects that need nothing but the state.
        private mutating func perform(_ effects: [Effect]) {
            for case .inspect(let set, let classes) in effects {
                _ = state.reduce(.inspected(PredictionInspection(set, classes: classes)))
            }
        }
    }
}
