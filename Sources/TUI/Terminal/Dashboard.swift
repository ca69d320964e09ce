import Core
import Foundation
import Plots

/// What the dashboard's loop needs besides the session.
public struct DashboardOptions: Sendable {
    public var theme: String?
    public var colors: ColorChoice
    /// Whether the mouse is the dashboard's; with it the terminal's own selection needs Shift.
    public var mouse: Bool

    public init(theme: String? = nil, colors: ColorChoice = .auto, mouse: Bool = true) {
        (self.theme, self.colors, self.mouse) = (theme, colors, mouse)
    }
}

/// Shows a running session until the person leaves or, after `q`, until the session has saved.
///
/// Call it on the main thread; it is the only one that talks to the terminal, and never waits for the trainer
/// longer than a frame.
///
/// - Throws: `UserError` for an unknown theme or terminal.
public func runDashboard(_ session: RunSession, _ options: DashboardOptions) throws {
    var library = try ThemeLibrary()
    var theme = try options.theme.map(library.theme(named:)) ?? library.themes[0]
    let driver = try TerminalDriver(colors: options.colors, mouse: options.mouse)
    defer { driver.close() }
    EndSignals.install()
    session.start()
    var state = DashboardState(size: driver.size, themes: library.themes.map(\.name), theme: theme.name)
    if let problem = library.problems.first { _ = state.reduce(.themesChanged(state.themes, problem: problem)) }
    let thumbnails = ThumbnailCache()
    let opened = ContinuousClock.now
    var leaves = false
    var isDirty = true
    var lastFrame = -1.0
    var lastSecond = -1

    func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .send(let command): session.send(command)
            case .interrupt: session.interrupt()
            case .quit: leaves = true
            case .setTheme(let name): if let chosen = try? library.theme(named: name) { theme = chosen }
            case .redraw: driver.invalidate()
            }
        }
        isDirty = true
    }

    // What the trainer changes moves slowly; more frames would take its cores.
    let frameSeconds = 0.08
    while !(leaves && session.result != nil) {
        // What a key changes is shown at once, what the trainer changes with the next frame.
        var isUrgent = lastFrame < 0
        let wait = isDirty ? lastFrame + frameSeconds - opened.duration(to: .now).seconds : frameSeconds
        for input in driver.read(milliseconds: Int32(max(0, min(wait, frameSeconds)) * 1000)) {
            switch input {
            case .key(let key): perform(state.reduce(.key(key)))
            case .mouse(let event): perform(state.reduce(.mouse(event)))
            case .paste(let text): perform(state.reduce(.paste(text)))
            case .resize: perform(state.reduce(.resize(driver.size)))
            case .suspend: break
            }
            isUrgent = true
        }
        if EndSignals.wasAsked, !leaves { perform(state.reduce(.key(.interrupt))) }
        let events = session.drainEvents()
        if !events.isEmpty {
            let clock = Clock.now()
            for event in events { perform(state.reduce(.session(event, clock: clock))) }
        }
        let now = opened.duration(to: .now).seconds
        let hadToast = state.toast != nil
        _ = state.reduce(.tick(now))
        if Int(now) != lastSecond {
            // A theme that is being written is seen as soon as it is saved.
            if library.reloadIfChanged() {
                _ = state.reduce(.themesChanged(library.themes.map(\.name), problem: library.problems.first))
                theme = (try? library.theme(named: state.theme)) ?? library.themes[0]
                isDirty = true
            }
        }
        if Int(now) != lastSecond || hadToast != (state.toast != nil) { isDirty = true }
        lastSecond = Int(now)
        if isDirty, isUrgent || now - lastFrame >= frameSeconds {
            driver.show(DashboardView(theme: theme, depth: driver.depth, thumbnails: thumbnails).render(state))
            lastFrame = now
            isDirty = false
        }
    }
}

/// The time of day for the log.
enum Clock {
    static func now() -> String {
        var time = time(nil)
        var parts = tm()
        localtime_r(&time, &parts)
        return String(format: "%02d:%02d", parts.tm_hour, parts.tm_min)
    }
}
