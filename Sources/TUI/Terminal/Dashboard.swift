import Core
import Foundation
import Plots

/// What the dashboard's loop needs besides the session.
public struct DashboardOptions: Sendable {
    /// Folder of the runs, where what the person chose is kept.
    public var home: String
    /// Of a process that takes over the run.
    public var threads = 1
    /// Nil: the one that was chosen last.
    public var theme: String?
    /// Nil: what the environment asks for.
    public var language: Language?
    public var keys = KeyMap()
    public var colors = ColorChoice.auto
    /// Whether the mouse is the dashboard's; with it the terminal's own selection needs Shift.
    public var mouse = true
    public var pictures = PictureChoice.auto

    public init(home: String) { self.home = home }
}

/// How the dashboard was left.
public enum DashboardEnd: Sendable {
    /// The session has ended, and says how.
    case ended
    /// A run that another process trains goes on there.
    case left
    /// The run goes on in a process of its own.
    case detached(process: Int)
    /// It was saved, but does not go on.
    case notDetached(UserError)
}

/// Shows a session, one of this process or one that it is attached to, until the person leaves or, after `q`, until the
/// session has saved. When the terminal goes away, a session of this process goes on without a screen.
///
/// Call it on the main thread; it is the only one that talks to the terminal, and never waits for the trainer
/// longer than a frame.
///
/// - Throws: `UserError` for an unknown theme or terminal.
public func runDashboard(_ session: any TrainingSession, _ options: DashboardOptions) throws -> DashboardEnd {
    try DashboardLoop(session, options).run()
}

/// Keys, events and time in; frames and commands out. Belongs to the main thread.
final class DashboardLoop {
    private let session: any TrainingSession
    private let errands: Errands
    private let dataErrands: DataErrands
    private let home: String
    private let threads: Int
    /// Takes the run over, once this process has saved it.
    private var background: BackgroundTrainer?
    /// Looks into the network for the screens that ask; there is none before the photos are ready.
    private var inspector: Inspector?
    private let preferences: PreferencesFile
    private let driver: TerminalDriver
    private var library: ThemeLibrary
    private var view: DashboardView
    private var state: DashboardState
    private var sampler = ResourceSampler()
    private let opened = ContinuousClock.now
    private var leaves = false
    /// Left without waiting for the session.
    private var hasLeft = false
    private var hasScreen = true
    private var isDirty = true
    private var lastFrame = -1.0
    private var lastSecond = -1

    // What the trainer changes moves slowly; more frames would take its cores.
    private static let frameSeconds = 0.08
    // A page of new pictures comes over some frames, so that keys are answered between them.
    private static let newPictures = 12

    init(_ session: any TrainingSession, _ options: DashboardOptions) throws {
        self.session = session
        (errands, dataErrands, home, threads) = (
            Errands(home: options.home), DataErrands(), options.home, options.threads
        )
        preferences = PreferencesFile(home: options.home)
        let library = try ThemeLibrary()
        let kept = preferences.load()
        // A theme that was chosen last time may be gone; one that was asked for must be there.
        let theme =
            try options.theme.map(library.theme(named:))
            ?? kept.theme.flatMap { try? library.theme(named: $0) } ?? library.themes[0]
        self.library = library
        driver = try TerminalDriver(colors: options.colors, mouse: options.mouse, pictures: options.pictures)
        view = DashboardView(theme: theme, depth: driver.depth, thumbnails: ThumbnailCache())
        state = DashboardState(
            size: driver.size, themes: library.themes.map(\.name), theme: theme.name,
            language: options.language ?? Language(environment: ProcessInfo.processInfo.environment),
            keys: options.keys,
            preferences: kept)
        state.home = options.home
        view.thumbnails.mostNew = Self.newPictures
        (state.isAttached, state.isReplay) = (session is RemoteSession, session is ReplaySession)
        followTerminal()
        if let problem = library.problems.first {
            _ = state.reduce(.themesChanged(state.themes, problem: problem))
        }
    }

    func run() throws -> DashboardEnd {
        defer {
            driver.close()
            inspector?.close()
            dataErrands.close()
        }
        EndSignals.install()
        session.start()
        while true {
            if hasScreen { turn() } else { waitWithoutScreen() }
            if let end { return end }
        }
    }

    /// How the dashboard is left, once it is.
    private var end: DashboardEnd? {
        if hasLeft { return .left }
        switch background?.state {
        case .starting: return nil
        case .live(let process): return .detached(process: process)
        case .failed(let error): return .notDetached(error)
        case nil: break
        }
        guard let result = session.result else { return nil }
        if state.isDetaching, !leaves, case .success(.interrupted) = result, let run = state.context?.run,
            let folder = try? RunFolder.find(home: home, id: run)
        {
            background = BackgroundTrainer(folder, home: home, threads: threads, isPaused: state.isPaused)
            background?.start()
            return nil
        }
        return leaves || !hasScreen ? .ended : nil
    }

    /// A round of the loop: input, events, a frame when one is due.
    private func turn() {
        // What a key changes is shown at once, what the trainer changes with the next frame.
        var isUrgent = lastFrame < 0
        if readInput() { isUrgent = true }
        if driver.isGone || EndSignals.wasHungUp { return leaveScreen() }
        if EndSignals.wasAsked, !leaves { reduce(.key(.interrupt)) }
        let events = session.drainEvents()
        if !events.isEmpty {
            let clock = Clock.text(Date().timeIntervalSince1970)
            for event in events {
                if case .ready(let context) = event { openInspector(context) }
                reduce(.session(event, clock: clock))
            }
        }
        for answer in inspector?.drainAnswers() ?? [] { reduce(.inspectorAnswered(answer)) }
        for answer in errands.takeAnswers() { reduce(answer) }
        for answer in dataErrands.takeAnswers() { reduce(.data(answer)) }
        passTime()
        if isDirty, isUrgent || seconds - lastFrame >= Self.frameSeconds {
            let isWhole = driver.show(view.render(state))
            (lastFrame, isDirty) = (seconds, !isWhole || view.thumbnails.lacksSome)
        }
    }

    // MARK: Without a terminal

    /// Gives up the terminal, which has gone or is about to. Another process' run is left alone; one of this process is
    /// trained on, and can be attached to.
    private func leaveScreen() {
        driver.close()
        inspector?.close()
        (inspector, hasScreen) = (nil, false)
        guard let session = session as? RunSession else {
            hasLeft = true
            return
        }
        if let run = state.context?.run, !leaves, !state.status.isLast {
            // Where only the signal came, somebody may still read this.
            TerminalModes.write(
                "flowers-tui: run \(run) is trained on without a screen; flowers-tui attach \(run) shows it.\r\n"
            )
        }
        StandardStreams.leaveTerminal()
        session.stopQueueing()
    }

    private func waitWithoutScreen() {
        usleep(200_000)
        if EndSignals.wasAsked, !leaves {
            leaves = true
            session.interrupt()
        }
    }

    private func openInspector(_ context: SessionContext) {
        inspector?.close()
        // Without one its questions stay without an answer; the run itself does not need it.
        inspector = try? Inspector(run: context.run, home: home, dataset: context.dataset)
    }

    private var seconds: Double { opened.duration(to: .now).seconds }

    /// Waits for input until the next frame is due; whether there was any.
    private func readInput() -> Bool {
        let wait = isDirty ? lastFrame + Self.frameSeconds - seconds : Self.frameSeconds
        let inputs = driver.read(milliseconds: Int32(max(0, min(wait, Self.frameSeconds)) * 1000))
        for input in inputs {
            switch input {
            case .key(let key): reduce(.key(key))
            case .mouse(let event):
                reduce(.mouse(event, on: view.targets.target(column: event.column, row: event.row)))
            case .paste(let text): reduce(.paste(text))
            case .resize:
                followTerminal()
                reduce(.resize(driver.size))
            case .report:
                followTerminal()
                isDirty = true
            case .suspend: break
            }
        }
        return !inputs.isEmpty
    }

    /// Takes over what the terminal says of pictures and of its cells.
    private func followTerminal() {
        view.thumbnails.keepsPictures = driver.pictures != .cells
        view.cellAspect = driver.cellAspect
    }

    private func reduce(_ action: DashboardAction) {
        for effect in state.reduce(action) { perform(effect) }
        isDirty = true
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .send(let command): session.send(command)
        case .interrupt: session.interrupt()
        case .quit: leaves = true
        case .leave: hasLeft = true
        case .detach: (session as? RunSession)?.handOver()
        case .setTheme(let name): show(theme: name)
        case .redraw: driver.invalidate()
        case .listRuns: errands.listRuns()
        case .loadGhost(let run): errands.loadGhost(run, classes: state.context?.dataset.classes)
        case .ask(let request): inspector?.ask(request)
        case .loadNotes(let run): errands.loadNotes(run: run)
        case .keepNote(let note, let file, let run): errands.keep(note, file: file, run: run)
        case .loadPhoto(let path, let side): errands.loadPhoto(path, side: side)
        case .askData(let request): dataErrands.perform(request, state.context)
        case .inspect(let set, let classes): errands.inspect(set, classes: classes)
        case .remember(let chosen): preferences.save(chosen)
        }
    }

    private func show(theme name: String) {
        if let theme = try? library.theme(named: name) {
            view = DashboardView(theme: theme, depth: driver.depth, thumbnails: view.thumbnails)
            followTerminal()
        }
    }

    /// What the clock brings: toasts end, resources are sampled, a theme that is being written is seen once it is saved.
    private func passTime() {
        let now = seconds
        let hadToast = state.toast != nil
        _ = state.reduce(.tick(now))
        if hadToast != (state.toast != nil) { isDirty = true }
        guard Int(now) != lastSecond else { return }
        lastSecond = Int(now)
        isDirty = true
        // The process that trains, wherever that is.
        reduce(.resources(sampler.sample((session as? RemoteSession)?.process ?? Int(getpid()))))
        if library.reloadIfChanged() {
            reduce(.themesChanged(library.themes.map(\.name), problem: library.problems.first))
            show(theme: state.theme)
        }
    }
}

/// The time of day for the log.
enum Clock {
    /// Hours and minutes here of a time in seconds since 1970.
    static func text(_ seconds: Double) -> String {
        var time = time_t(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        return String(format: "%02d:%02d", parts.tm_hour, parts.tm_min)
    }
}
