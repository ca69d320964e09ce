import ArgumentParser
import Basics
import Foundation
import Phrases
import Ranks
import Recipes
import Runs
import Sessions
import Store
import Terminal
import Training

struct DashboardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract:
            "Train in the dashboard (the default); without a terminal, as train does."
    )

    @OptionGroup var options: RunOptions
    @Option(name: .customLong("run"), help: "Id of a run to continue where it was saved.")
    var resumedRun: String?
    @OptionGroup var screen: ScreenOptions
    @Flag(help: "Print the configuration file with its defaults, commented out, and end.")
    var printConfig = false

    func validate() throws {
        if resumedRun == nil { _ = try options.recipe() }
    }

    func run() throws {
        if printConfig { return Console.line(ConfigFile.template) }
        let recipe = try resumedRun == nil ? options.recipe() : nil
        try RankedCommand(recipe, resuming: resumedRun, place: options.place, data: options.data).run {
            try train($0)
        }
    }

    private func train(_ ranks: RankGroup?) throws {
        var session = options.place.session
        (session.resuming, session.ranks) = (resumedRun, ranks)
        let folder = try resumedRun.map { try RunFolder.find(home: session.home, id: $0) }
        let namesLayer = ResumedOptions.isGiven("--fine-tune-at")
        let recipe = try options.recipe(
            of: namesLayer ? folder.map { try ResumedOptions.recorded($0).architecture } : nil)
        if let folder {
            try ResumedOptions.check(recipe, against: folder)
            session.movedData = options.data.map(UserPath.absolute)
        }
        session.logs = try options.logs.open(home: session.home)
        let terminal = ranks.flatMap { _ in JobTerminal() }
        defer { terminal?.leave() }
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            return try HeadlessRun.run(recipe, session, json: false)
        }
        let dashboard = DashboardSessions(
            home: session.home, threads: session.threads, logs: session.logs,
            resumeArguments: options.logs.arguments, ranks: ranks)
        try dashboard.show(RunSession(recipe, dashboard.watched(session)), screen)
    }
}

/// The sessions that a dashboard shows one after the other, and the words after the last.
struct DashboardSessions {
    let home: String
    let threads: Int
    /// Records for other programs of the runs that are trained here, and the options that make a
    /// process in the background keep them.
    private let logs: [any SessionLog]
    private let resumeArguments: [String]
    private let ranks: RankGroup?
    private let summary = RunSummary()

    init(
        home: String, threads: Int, logs: [any SessionLog] = [], resumeArguments: [String] = [],
        ranks: RankGroup? = nil
    ) {
        self.ranks = ranks
        (self.home, self.threads, self.logs) = (home, threads, logs)
        self.resumeArguments = resumeArguments
    }

    /// Returns the options of a session whose events make up the summary.
    func watched(_ options: RunSession.Options) -> RunSession.Options {
        var result = options
        result.isInteractive = true
        result.observer = { [summary] in summary.note($0) }
        return result
    }

    /// Shows a session until the person leaves, and others on request. Prints how the last one ended.
    func show(_ session: any TrainingSession, _ screen: ScreenOptions) throws {
        var options = try screen.dashboard(home: home)
        (options.threads, options.resumeArguments) = (threads, resumeArguments)
        options.services = DashboardServices(open: nil, writeReport: writeReport)
        if session.abilities != .replay { options.services?.open = { try open($0) } }
        CrashGuard.install()
        let (end, last) = try runDashboard(session, options)
        switch end {
        case .detached(let process): Console.goesOn(run: summary.run ?? "", process: process)
        case .notDetached(let error):
            summary.print()
            throw error
        case .ended, .left:
            if let remote = last as? RemoteSession { return try Self.report(remote) }
            guard last.abilities.trainsHere else { return }
            let reason = try last.result?.get()
            summary.print()
            if reason == .interrupted { throw ExitCode.interrupted }
        }
    }

    private func open(_ request: SessionRequest) throws -> any TrainingSession {
        var options = RunSession.Options(home: home, cache: Home.cachePath(), threads: threads)
        options.index = { try RunStore(home: $0) }
        options = watched(options)
        (options.logs, options.ranks) = (logs, ranks)
        switch request {
        case .attach(let run): return try RemoteSession(LiveRuns.choose(home: home, id: run))
        case .show(let run): (options.resuming, options.onlyShows, options.logs) = (run, true, [])
        case .resume(let run, let more): (options.resuming, options.moreEpochs) = (run, more)
        case .new(let recipe): return RunSession(recipe, options)
        }
        return RunSession(Recipe(), options)
    }

    private func writeReport(_ run: String, _ path: String, _ replacing: Bool) throws {
        try ExportFile.check(path, replacing: replacing)
        let report = try RunReport(run: run, home: home, best: false)
        let classifier = try? Classifier(checkpoint: report.checkpoint, home: home, threads: 1)
        _ = try ExportFile.write(
            Data(ReportPage(report: report, classifier: classifier).html().utf8), to: path,
            replacing: replacing)
    }

    private static func report(_ session: RemoteSession) throws {
        let run = session.folder.id
        guard let result = session.result else { return Console.goesOn(run: run, process: session.process) }
        let reason = try result.get()
        Console.line("run \(run) \(reason.rawValue)")
        if reason != .finished { Console.line("go on with: flowers-tui --run \(run)") }
    }
}

extension Console {
    /// Reports that another process trains the run, and how to reach it.
    static func goesOn(run: String, process: Int) {
        line("run \(run) trains on in process \(process)")
        line("watch and steer it with: flowers-tui attach \(run)")
        line("end it with: flowers-tui runs stop \(run)")
    }
}

/// The summary printed on the normal screen after the dashboard has closed.
final class RunSummary: @unchecked Sendable {
    // Unchecked because `lock` guards the rest.
    private let lock = NSLock()
    private var id: String?
    private var saved: String?
    /// The epochs of this session.
    private var timeline = RunTimeline()
    private var end: TrainerEvent.RunEnded?

    func note(_ event: SessionEvent) {
        guard let event = event.recorded else { return }
        lock.withLock {
            timeline.append(event)
            switch event {
            case .runStarted(let started):
                // The summary is on the last run of several.
                if let id, id != started.run { (timeline, saved, end) = (RunTimeline(), nil, nil) }
                id = started.run
            case .checkpointSaved(let checkpoint): saved = checkpoint.path
            case .runEnded(let ended): end = ended
            default: break
            }
        }
    }

    /// The run's id; nil until it has begun.
    var run: String? { lock.withLock { id } }

    func print() {
        lock.withLock {
            guard let run = id else { return Console.line("Nothing was trained.") }
            let epochs = timeline.epochs.count
            Console.line(
                "run \(run) \(end?.reason.rawValue ?? "ended") after \(epochs.of("epoch")) in this session"
            )
            for measure in BestMeasure.allCases.reversed() {
                guard let best = timeline.best(by: measure) else { continue }
                Console.line(
                    String(
                        format: "%@: epoch %d, validation accuracy %.4f, loss %.4f",
                        measure == .loss ? "lowest loss" : "best accuracy", best.epoch + 1,
                        best.validationAccuracy, best.validationLoss))
            }
            if let saved { Console.say("saved: \(saved)") }
            if let end, end.reason != .finished { Console.line("go on with: flowers-tui --run \(run)") }
        }
    }
}
