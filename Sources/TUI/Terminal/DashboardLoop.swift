package import Basics
import Canvas
package import Dashboard
import Foundation
package import Keys
import Photos
package import Phrases
import Recipes
import Runs
import Screens
package import Sessions
import Themes
import Training
import Wording

/// Options of the dashboard.
package struct DashboardOptions: Sendable {
    /// The folder that holds the runs and the user's preferences.
    package var home: String
    /// Worker threads of the background process to which the run may be handed over.
    package var threads = 1
    /// More options for that process.
    package var resumeArguments: [String] = []
    /// Logs of other programs and runs to draw behind the charts, and what was wrong with them.
    package var ghosts: [GhostRun] = []
    package var ghostWarnings: [UserError] = []
    /// The theme's name; nil selects the last one used.
    package var theme: String?
    /// The language; nil selects it from the environment.
    package var language: Language?
    package var keys = KeyMap()
    package var colors = ColorChoice.auto
    /// Whether the dashboard handles the mouse. The terminal's own text selection then needs Shift.
    package var mouse = true
    package var pictures = PictureChoice.auto
    package var notices = NoticeChoice()
    /// The program's answers to the dashboard's requests; nil for a dashboard without them.
    package var services: DashboardServices?

    package init(home: String) { self.home = home }
}

/// The program's answers to requests of the dashboard.
package struct DashboardServices: Sendable {
    /// Returns a session that has not started; nil where only one is shown. Called on the main thread.
    package var open: (@Sendable (SessionRequest) throws -> any TrainingSession)?
    /// Writes a report on a run.
    package var writeReport: @Sendable (_ run: String, _ path: String, _ replacing: Bool) throws -> Void

    package init(
        open: (@Sendable (SessionRequest) throws -> any TrainingSession)?,
        writeReport: @escaping @Sendable (_ run: String, _ path: String, _ replacing: Bool) throws -> Void
    ) {
        (self.open, self.writeReport) = (open, writeReport)
    }
}

/// How the dashboard was left.
package enum DashboardEnd: Sendable {
    /// The session has ended; its result says how.
    case ended
    /// The user left a run that another process trains, or a replay.
    case left
    /// The run continues in a background process.
    case detached(process: Int)
    /// The run was saved, but no background process could continue it.
    case notDetached(UserError)
}

/// Shows a session, local or attached, until the user leaves or, after `q`, until the session has
/// saved. A local session continues without a screen if the terminal goes away.
///
/// Call it on the main thread. Only this thread talks to the terminal, and it never waits for the
/// trainer longer than a frame.
///
/// - Returns: how it was left, and the session that it showed last.
/// - Throws: `ThemeFailure` for an unknown theme, `TerminalFailure` for an unknown terminal.
package func runDashboard(_ session: any TrainingSession, _ options: DashboardOptions) throws
    -> (end: DashboardEnd, session: any TrainingSession)
{
    let loop = try DashboardLoop(session, options)
    let end = try loop.run()
    return (end, loop.session)
}

/// The main loop: turns keys, events and time into frames and commands. Main thread only.
final class DashboardLoop {
    private(set) var session: any TrainingSession
    private let services: DashboardServices?
    /// The session to show once the present one needs this process no more.
    private var wanted: SessionRequest?
    private let errands: Errands
    private var dataErrands: DataErrands
    private let home: String
    private let threads: Int
    private let resumeArguments: [String]
    /// The process that continues the run once this one has saved it.
    private var background: BackgroundTrainer?
    /// Answers the screens' questions about the network; nil until the photos are ready.
    private var inspector: Inspector?
    /// The reason why there is no inspector; the run does not need one.
    private var inspectorFailure: UserError?
    /// Answers to requests that no inspector could take.
    private var refusals: [Inspector.Answer] = []
    private let preferences: PreferencesFile
    private let driver: TerminalDriver
    private var library: ThemeLibrary
    /// The theme that was chosen, while another stands in for it that can be read on the terminal's
    /// background; nil while none does. Never in place of one that the command line names.
    private var chosenTheme: Theme?
    private let keepsTheme: Bool
    private var view: DashboardView
    private var state: DashboardState
    private var sampler = ResourceSampler()
    private let opened = ContinuousClock.now
    private var leaves = false
    /// Whether the dashboard was left without waiting for the session.
    private var hasLeft = false
    private var hasScreen = true
    private var isDirty = true
    private var lastFrame = -1.0
    private var lastSecond = -1

    // Training progress changes slowly, and more frames would take CPU time from the trainer.
    private static let frameSeconds = 0.1
    // Spread a page of new pictures over several frames, so that keys are handled in between.
    private static let newPictures = 12

    init(_ session: any TrainingSession, _ options: DashboardOptions) throws {
        (self.session, services) = (session, options.services)
        (errands, dataErrands, home, threads) = (
            Errands(home: options.home), DataErrands(), options.home, options.threads
        )
        resumeArguments = options.resumeArguments
        preferences = PreferencesFile(home: options.home)
        let library = try ThemeLibrary()
        let kept = preferences.load()
        // A remembered theme may be gone; an explicitly requested one must exist.
        let chosen =
            try options.theme.map(library.theme(named:))
            ?? kept.theme.flatMap { try? library.theme(named: $0) } ?? library.themes[0]
        self.library = library
        driver = try TerminalDriver(
            colors: options.colors, mouse: options.mouse, pictures: options.pictures,
            notices: options.notices)
        keepsTheme = options.theme != nil
        var theme = keepsTheme ? chosen : library.readable(chosen, on: driver.background)
        if theme.name != chosen.name { chosenTheme = chosen }
        theme = theme.on(driver.background)
        if !driver.isUnicode { theme.isASCII = true }
        view = DashboardView(theme: theme, depth: driver.depth, thumbnails: ThumbnailCache())
        state = DashboardState(
            size: driver.size, themes: library.themes.map(\.name), theme: theme.name,
            // Chinese cannot be written in ASCII.
            language: driver.isUnicode
                ? options.language ?? Language(environment: ProcessInfo.processInfo.environment) : .english,
            keys: options.keys,
            preferences: kept)
        state.home = options.home
        if VectorKernels.bfloat16IsFaster { state.unusedUnits = Processor.current.bfloat16?.rawValue }
        state.timeOfDay = Clock.text
        view.thumbnails.mostNew = Self.newPictures
        state.departure.abilities = session.abilities
        state.departure.opensRuns = services?.open != nil
        for ghost in options.ghosts { _ = state.reduce(.ghostLoaded(ghost, problem: nil)) }
        for warning in options.ghostWarnings { _ = state.reduce(.errandFailed(warning)) }
        followTerminal()
        if let problem = library.problems.first {
            _ = state.reduce(.themesChanged(state.themes.names, problem: UserError(problem)))
        }
        if !driver.isUnicode { _ = state.reduce(.errandFailed(UserError(state.strings[.noUnicode]))) }
    }

    func run() throws -> DashboardEnd {
        defer {
            driver.close()
            inspector?.close()
            dataErrands.close()
            for error in errands.delete(state.runs.deleted) {
                FileHandle.standardError.write(Data((error.line + "\n").utf8))
            }
        }
        EndSignals.install()
        WorkerThread.answerPromptly()
        session.start()
        while true {
            if hasScreen { turn() } else { waitWithoutScreen() }
            changeSession()
            if let end { return end }
        }
    }

    /// How the dashboard was left; nil while it runs.
    private var end: DashboardEnd? {
        if hasLeft { return .left }
        if wanted != nil, !leaves, hasScreen { return nil }
        switch background?.state {
        case .starting: return nil
        case .live(let process): return .detached(process: process)
        case .failed(let error): return .notDetached(error)
        case nil: break
        }
        guard let result = session.result else { return nil }
        if state.departure.isDetaching, !leaves, case .success(.interrupted) = result,
            let run = state.context?.run,
            let folder = try? RunFolder.find(home: home, id: run)
        {
            startBackground(folder)
            return nil
        }
        return leaves || !hasScreen ? .ended : nil
    }

    /// Starts a process that continues the run that was saved here.
    private func startBackground(_ folder: RunFolder) {
        background = BackgroundTrainer(
            folder,
            arguments: [
                "flowers-tui", "runs", "resume", folder.id, "--home", home, "--threads", "\(threads)",
                "--background",
            ] + resumeArguments + (state.run.isPaused ? ["--paused"] : []))
        background?.start()
    }

    // MARK: Another session

    /// Shows the session that was asked for, once a run that this process trains is in the hands of
    /// another one.
    private func changeSession() {
        guard let request = wanted, !leaves, hasScreen else { return }
        var news: String?
        if session.abilities.trainsHere {
            guard let result = session.result else { return }
            if case .success(.interrupted) = result, let run = state.context?.run {
                switch background?.state {
                case nil:
                    if let folder = try? RunFolder.find(home: home, id: run) {
                        return startBackground(folder)
                    }
                case .starting: return
                case .live: news = state.strings(.goesOnElsewhere, run)
                case .failed(let error): news = state.strings(error)
                }
            }
        } else {
            session.interrupt()
        }
        wanted = nil
        do {
            guard let open = services?.open else { return }
            show(try open(request))
            if let news { reduce(.told(news)) }
        } catch {
            background = nil
            reduce(.sessionRefused(UserError(error)))
        }
    }

    private func show(_ next: any TrainingSession) {
        inspector?.close()
        dataErrands.close()
        (inspector, background, dataErrands, session) = (nil, nil, DataErrands(), next)
        state = state.forNextSession()
        state.departure.abilities = next.abilities
        // Thumbnails are numbered by the photos of one run.
        view = DashboardView(theme: view.theme, depth: driver.depth, thumbnails: ThumbnailCache())
        view.thumbnails.mostNew = Self.newPictures
        followTerminal()
        next.start()
        isDirty = true
    }

    /// One iteration of the loop: handles input and events, and draws a frame if one is due.
    private func turn() {
        // Show the effect of a key at once, the trainer's changes at the frame rate.
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
        let answers = (inspector?.drainAnswers() ?? []) + refusals
        refusals = []
        for answer in answers { reduce(.inspectorAnswered(answer)) }
        for answer in errands.takeAnswers() { reduce(answer) }
        for answer in dataErrands.takeAnswers() { reduce(.data(answer)) }
        passTime()
        if isDirty, isUrgent || seconds - lastFrame >= Self.frameSeconds {
            let isWhole = driver.show(view.render(state))
            (lastFrame, isDirty) = (seconds, !isWhole || view.thumbnails.lacksSome)
        }
    }

    // MARK: Without a terminal

    /// Releases a terminal that has gone or is about to go. A local run trains on and can be
    /// attached to; a run of another process is left alone.
    private func leaveScreen() {
        driver.close()
        inspector?.close()
        (inspector, hasScreen) = (nil, false)
        guard session.abilities.trainsHere else {
            hasLeft = true
            return
        }
        if let run = state.context?.run, !leaves, !state.run.status.isLast {
            // After a mere hang-up signal somebody may still read this.
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
        (inspector, inspectorFailure) = (nil, nil)
        do {
            inspector = try Inspector(run: context.run, home: home, dataset: context.dataset)
        } catch {
            inspectorFailure = UserError(error)
        }
    }

    private var seconds: Double { opened.duration(to: .now).seconds }

    /// Reads and handles input, waiting until the next frame is due. Returns whether there was any.
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
            case .report(let report):
                if case .background = report { followBackground() }
                followTerminal()
                isDirty = true
            case .suspend: break
            }
        }
        return !inputs.isEmpty
    }

    /// Adopts the terminal's picture protocol and cell proportions.
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
        case .detach: session.handOver()
        case .setTheme(let name):
            chosenTheme = nil
            show(theme: name)
        case .saveScreen(let name): saveScreen(named: name)
        case .redraw: driver.invalidate()
        case .listRuns: errands.listRuns()
        case .listCheckpoints(let run): errands.listCheckpoints(run: run)
        case .loadCurves(let runs): errands.loadCurves(runs)
        case .annotate(let run, let note, let tags): errands.annotate(run, note: note, tags: tags)
        case .branch(let run, let choice, let changes): errands.branch(run, from: choice, changes)
        case .exportWeights(let run, let choice, let path, let replacing):
            errands.exportWeights(run, choice, to: path, replacing: replacing)
        case .writeReport(let run, let path, let replacing):
            guard let services else { break }
            errands.perform(
                writing: path, again: .writeReport(run: run, path: path, replacing: true)
            ) { try services.writeReport(run, path, replacing) }
        case .openSession(let request):
            wanted = request
            if session.abilities.trainsHere, session.result == nil { session.handOver() }
        case .loadGhost(let run): errands.loadGhost(run, classes: state.context?.dataset.classes)
        case .ask(let request):
            if let inspectorFailure { refusals.append(.failed(request, inspectorFailure)) }
            inspector?.ask(request)
        case .loadNotes(let run): errands.loadNotes(run: run)
        case .keepNote(let note, let file, let run): errands.keep(note, file: file, run: run)
        case .loadPhoto(let path, let side): errands.loadPhoto(path, side: side)
        case .completePath(let typed): errands.completePath(typed)
        case .notify(let text): driver.tell(text)
        case .askData(let request): dataErrands.perform(request, state.context)
        case .inspect(let set, let classes): errands.inspect(set, classes: classes)
        case .remember(let chosen): remember(chosen)
        }
    }

    /// Saves the frame as it is shown, but in all colours and without a passing message.
    private func saveScreen(named name: String) {
        var shown = state
        shown.toast = nil
        var colored = DashboardView(theme: view.theme, depth: .trueColor, thumbnails: view.thumbnails)
        colored.cellAspect = view.cellAspect
        errands.save(colored.render(shown).svg(), named: name)
    }

    /// Replaces a theme that cannot be read on the background that the terminal has told, as long as
    /// the person has chosen no other since, and mixes its colours with that background.
    private func followBackground() {
        defer { show(theme: state.themes.chosen) }
        guard !keepsTheme, let now = try? library.theme(named: state.themes.chosen) else { return }
        let chosen = chosenTheme ?? now
        let theme = library.readable(chosen, on: driver.background)
        if theme.name == now.name { return }
        chosenTheme = theme.name == chosen.name ? nil : chosen
        state.themes.choose(theme.name)
    }

    /// Saves the settings, without a theme that only stands in.
    private func remember(_ settings: DashboardPreferences) {
        var settings = settings
        if let chosenTheme { settings.theme = chosenTheme.name }
        preferences.save(settings)
    }

    private func show(theme name: String) {
        if var theme = try? library.theme(named: name).on(driver.background) {
            if !driver.isUnicode { theme.isASCII = true }
            view = DashboardView(theme: theme, depth: driver.depth, thumbnails: view.thumbnails)
            followTerminal()
        }
    }

    /// Does timed work: expires toasts; once a second, samples resources and reloads themes.
    private func passTime() {
        let now = seconds
        let hadToast = state.toast != nil
        _ = state.reduce(.tick(now))
        if hadToast != (state.toast != nil) { isDirty = true }
        guard Int(now) != lastSecond else { return }
        lastSecond = Int(now)
        driver.setTitle(state.windowTitle)
        isDirty = true
        // Sample the process that trains, local or remote.
        reduce(.resources(sampler.sample(session.remoteProcess ?? Int(getpid()))))
        if library.reloadIfChanged() {
            reduce(
                .themesChanged(
                    library.themes.map(\.name), problem: library.problems.first.map { UserError($0) }))
            show(theme: state.themes.chosen)
        }
    }
}
