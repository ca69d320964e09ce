import ArgumentParser
import Basics
import Foundation
import Phrases
import Recipes
import Runs
import Sessions
import Terminal
import Training

struct DashboardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "Train in the dashboard (the default); without a terminal, as train does.")

    @OptionGroup var options: RunOptions
    @Option(name: .customLong("run"), help: "Id of a run to continue where it was saved.")
    var resumedRun: String?
    @OptionGroup var screen: ScreenOptions
    @Flag(help: "Print the configuration file with its defaults, commented out, and end.")
    var printConfig = false

    func run() throws {
        if printConfig { return Console.line(ConfigFile.template) }
        var session = options.place.session
        session.resuming = resumedRun
        if let resumedRun {
            let folder = try RunFolder.find(home: session.home, id: resumedRun)
            try ResumedOptions.check(options.recipe, against: folder)
            session.movedData = options.data.map(UserPath.absolute)
        }
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            return try HeadlessRun.run(options.recipe, session, json: false)
        }
        session.isInteractive = true
        let summary = RunSummary()
        session.observer = { summary.note($0) }
        let running = RunSession(options.recipe, session)
        var dashboard = try screen.dashboard(home: session.home)
        dashboard.threads = session.threads
        CrashGuard.install()
        switch try runDashboard(running, dashboard) {
        case .detached(let process): Console.goesOn(run: summary.run ?? "", process: process)
        case .notDetached(let error):
            summary.print()
            throw error
        case .ended, .left:
            let reason = try running.wait()
            summary.print()
            if reason == .interrupted { throw ExitCode.interrupted }
        }
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
            case .runStarted(let started): id = started.run
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
            if let best = timeline.bestEpoch {
                Console.line(
                    String(
                        format: "best: epoch %d, validation accuracy %.4f, loss %.4f", best.epoch + 1,
                        best.validationAccuracy, best.validationLoss))
            }
            if let saved { Console.say("saved: \(saved)") }
            if let end, end.reason != .finished { Console.line("go on with: flowers-tui --run \(run)") }
        }
    }
}
