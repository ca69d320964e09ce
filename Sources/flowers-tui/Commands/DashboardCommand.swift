import ArgumentParser
import Core
import Foundation
import TUI

struct DashboardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "Train in the dashboard (the default); without a terminal, as train does.")

    @OptionGroup var options: RunOptions
    @Option(name: .customLong("run"), help: "Id of a run to continue where it was saved.")
    var resumedRun: String?
    @Option(help: "Theme: dark, light, contrast, …, or one of your own; t in the dashboard goes through them.")
    var theme: String?
    @Option(help: "Language: en or zh-Hans (default: the locale's).")
    var lang: Language?
    @Option(
        name: .customLong("key"),
        help: ArgumentHelp("Another key for a binding, such as pause=p; may be given more than once.", valueName: "name=key"))
    var keys: [String] = []
    @Option(help: "Colours: auto, truecolor, 256, 16 or none.")
    var colors: ColorChoice = .auto
    @Flag(inversion: .prefixedNo, help: "Clicks and the wheel for the dashboard; selecting text then needs Shift.")
    var mouse = true
    @Option(help: "Photos: auto (the best that the terminal says it has), cells, sixel or kitty.")
    var pictures: PictureChoice = .auto
    @Flag(help: "Print the configuration file with its defaults, commented out, and end.")
    var printConfig = false

    /// Labels by the names of their bindings.
    private var chosenKeys: [String: [String]] {
        get throws {
            var result: [String: [String]] = [:]
            for text in keys {
                guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
                    throw ValidationError("--key takes a binding's name and its key, such as pause=p, not \(text).")
                }
                let label = String(text[text.index(after: sign)...])
                result[String(text[..<sign]), default: []] += label.isEmpty ? [] : [label]
            }
            return result
        }
    }

    func validate() throws {
        do { _ = try KeyMap(keys: chosenKeys) } catch let error as UserError { throw ValidationError(error.message) }
    }

    func run() throws {
        if printConfig { return Console.line(ConfigFile.template) }
        var session = options.place.session
        session.resuming = resumedRun
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            return try HeadlessRun.run(options.configuration, session, json: false)
        }
        session.isInteractive = true
        let summary = RunSummary()
        session.observer = { summary.note($0) }
        let running = RunSession(options.configuration, session)
        var dashboard = DashboardOptions(home: session.home)
        (dashboard.theme, dashboard.language, dashboard.keys) = (theme, lang, try KeyMap(keys: chosenKeys))
        (dashboard.colors, dashboard.mouse, dashboard.pictures) = (colors, mouse, pictures)
        try runDashboard(running, dashboard)
        let reason = try running.wait()
        summary.print()
        if reason == .interrupted { throw ExitCode.interrupted }
    }
}

/// What is left on the normal screen after the dashboard has gone.
final class RunSummary: @unchecked Sendable {
    // Unchecked: `lock` guards the rest.
    private let lock = NSLock()
    private var run: String?
    private var saved: String?
    private var epochs = 0
    private var best: TrainerEvent.EpochEnded?
    private var end: TrainerEvent.RunEnded?

    func note(_ event: SessionEvent) {
        guard case .training(let event) = event else { return }
        lock.withLock {
            switch event {
            case .runStarted(let started): run = started.run
            case .checkpointSaved(let checkpoint): saved = checkpoint.path
            case .epochEnded(let epoch):
                epochs += 1
                if best.map({ epoch.validationLoss < $0.validationLoss }) ?? true { best = epoch }
            case .runEnded(let ended): end = ended
            default: break
            }
        }
    }

    func print() {
        lock.withLock {
            guard let run else { return Console.line("Nothing was trained.") }
            Console.line("run \(run) \(end?.reason.rawValue ?? "ended") after \(epochs) epoch\(epochs == 1 ? "" : "s") in this session")
            if let best {
                Console.line(
                    String(
                        format: "best: epoch %d, validation accuracy %.4f, loss %.4f", best.epoch + 1,
                        best.validationAccuracy, best.validationLoss))
            }
            if let saved { Console.line("saved: \(saved)") }
            if let end, end.reason != .finished { Console.line("go on with: flowers-tui --run \(run)") }
        }
    }
}

extension ColorChoice: ExpressibleByArgument {}
