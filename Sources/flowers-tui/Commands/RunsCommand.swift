import ArgumentParser
import Core
import Foundation

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List, inspect, resume, export and delete runs.",
        subcommands: [List.self, Show.self, Compare.self, Resume.self, Stop.self, Export.self, Delete.self],
        defaultSubcommand: List.self)

    struct HomeOptions: ParsableArguments {
        @Option(help: "Folder of the runs (default: $FLOWERS_TUI_HOME, else ~/.local/share/flowers-tui).")
        var home: String?
        @Flag(help: "Print JSON, one object a line.")
        var json = false
        var path: String { Home.path(option: home) }
    }

    private static func line(_ run: RunRecord) -> String {
        let score = run.bestValidationAccuracy.map { String(format: "best accuracy %.4f", $0) } ?? "no epoch done"
        return "\(run.run)  \(status(run))  epoch \(run.epochsDone)/\(run.epochs)  \(score)  seed \(run.seed)  \(run.data)"
    }

    /// How it stands, and whether a dashboard can show it while it is trained.
    private static func status(_ run: RunRecord) -> String {
        switch run.attachable {
        case true: "running (attachable)"
        case false: "running (not attachable)"
        case nil: run.status.rawValue
        }
    }

    private static func line(_ epoch: TrainerEvent.EpochEnded) -> String {
        String(
            format: "epoch %2d  %@  loss %.4f  accuracy %.4f  validation loss %.4f  accuracy %.4f  %.0f photos/s",
            epoch.epoch + 1, epoch.stage == .head ? "head     " : "fine-tune", epoch.trainLoss, epoch.trainAccuracy,
            epoch.validationLoss, epoch.validationAccuracy, epoch.imagesPerSecond)
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All runs, oldest first.")
        @OptionGroup var options: HomeOptions
        func run() throws {
            let runs = try RunStore(home: options.path).list().map { LiveRuns.noted($0, home: options.path) }
            for run in runs { Console.line(options.json ? try run.jsonLine() : RunsCommand.line(run)) }
            if runs.isEmpty && !options.json { print("no runs in \(options.path)") }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A run and its epochs.")
        @Argument(help: "The run's id.") var id: String
        @OptionGroup var options: HomeOptions
        func run() throws {
            let (run, epochs) = try RunStore(home: options.path).show(id)
            if options.json {
                Console.line(try run.jsonLine())
                for epoch in epochs { Console.line(try TrainerEvent.epochEnded(epoch).jsonLine()) }
            } else {
                print(RunsCommand.line(run))
                print("weights: \(run.weights)")
                for epoch in epochs { print(RunsCommand.line(epoch)) }
            }
        }
    }

    struct Compare: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Runs side by side.")
        @Argument(help: "Two ids or more.") var ids: [String]
        @OptionGroup var options: HomeOptions
        func validate() throws {
            if ids.count < 2 { throw ValidationError("Give two runs or more to compare.") }
        }
        func run() throws {
            let store = try RunStore(home: options.path)
            let runs = try ids.map(store.show)
            if options.json {
                for run in runs { Console.line(try run.run.jsonLine()) }
                return
            }
            for run in runs { print(RunsCommand.line(run.run)) }
            print("epoch   " + runs.map { "\($0.run.run) loss  accuracy" }.joined(separator: "   "))
            for epoch in 0..<(runs.map(\.epochs.count).max() ?? 0) {
                let cells = runs.map { run in
                    epoch < run.epochs.count
                        ? String(
                            format: "   %.4f    %.4f", run.epochs[epoch].validationLoss,
                            run.epochs[epoch].validationAccuracy) : "        –         –"
                }
                print(String(format: "%5d   ", epoch + 1) + cells.joined(separator: "   "))
            }
        }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Continue a run where it was saved, without a screen.")
        @Argument(help: "The run's id.") var id: String
        @Flag(help: "Print one JSON object a line and event.") var json = false
        @Flag(help: "Wait before the first batch until somebody attaches and lets it go on.") var paused = false
        @Flag(help: .hidden) var background = false
        @OptionGroup var place: PlaceOptions
        func run() throws {
            var options = place.session
            (options.resuming, options.startsPaused) = (id, paused)
            // Whoever gave the run to the background comes back: a loss that diverges waits for that.
            options.isInteractive = background || paused
            try HeadlessRun.run(RunConfiguration(), options, json: json)
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove runs with their checkpoints.")
        @Argument(help: "Ids.") var ids: [String]
        @OptionGroup var options: HomeOptions
        func run() throws {
            let store = try RunStore(home: options.path)
            for id in ids {
                try store.delete(id)
                if !options.json { print("deleted run \(id)") }
            }
        }
    }
}
