import ArgumentParser
import Basics
import Canvas
import Dashboard
import Foundation
import Network
import Phrases
import Ranks
import Recipes
import Runs
import Sessions
import Store

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List, inspect, compare, resume, replay, branch, export and delete runs.",
        subcommands: [
            List.self, Show.self, RunsCompareCommand.self, Resume.self, Stop.self, RunsReplayCommand.self,
            RunsRestoreCommand.self, RunsBranchCommand.self,
            RunsNoteCommand.self, RunsTagCommand.self, Export.self, Delete.self,
        ],
        defaultSubcommand: List.self)

    struct HomeOptions: ParsableArguments {
        @OptionGroup var home: HomeOption
        @Flag(help: "Print JSON, one object a line.")
        var json = false
        var path: String { home.path }
    }

    static func line(_ run: RunRecord) -> String {
        let score = bests(run) ?? (run.epochsDone > 0 ? "no best epoch" : "no epoch done")
        return
            "\(run.run)  \(status(run))  epoch \(run.epochsDone)/\(max(run.epochs, run.epochsDone))  \(score)  seed \(run.seed)\(run.recipe.precision.map { "  \($0.rawValue)" } ?? "")  \(run.data)"
            + run.tags.map { "  #\($0)" }.joined()
            + (run.note.isEmpty ? "" : "  – \(fit(run.note.replacing("\n", with: " "), columns: 60))")
    }

    /// The best epochs by both measures, the accuracy with its 95 % interval, such as `best accuracy
    /// 0.8786 (0.8352–0.9117, epoch 7), lowest loss 0.4123 (epoch 5)`.
    private static func bests(_ run: RunRecord) -> String? {
        func best(
            _ name: String, _ value: Double?, _ epoch: Int?, _ interval: ClosedRange<Double>? = nil
        ) -> String? {
            guard let value, let epoch else { return nil }
            let bounds = interval.map { "\($0.fourDigits), " } ?? ""
            return "\(name) \(String(format: "%.4f", value)) (\(bounds)epoch \(epoch + 1))"
        }
        let parts = [
            best("best accuracy", run.highestValidationAccuracy, run.mostAccurateEpoch, run.interval),
            best("lowest loss", run.bestValidationLoss, run.bestEpoch),
        ].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// The run's status and, if it is running, whether a dashboard can attach to it.
    private static func status(_ run: RunRecord) -> String {
        switch run.attachable {
        case true: "running (attachable)"
        case false: "running (not attachable)"
        case nil: run.status.rawValue
        }
    }

    private static func line(_ epoch: TrainerEvent.EpochEnded, of run: RunRecord) -> String {
        let merits = [
            run.bestEpoch == epoch.epoch ? "lowest loss" : nil,
            run.mostAccurateEpoch == epoch.epoch ? "best accuracy" : nil,
        ].compactMap(\.self)
        return String(
            format:
                "epoch %2d  %@  loss %.4f  accuracy %.4f  validation loss %.4f  accuracy %.4f  %.0f photos/s",
            epoch.epoch + 1, epoch.stage == .head ? "head     " : "fine-tune", epoch.trainLoss,
            epoch.trainAccuracy,
            epoch.validationLoss, epoch.validationAccuracy, epoch.imagesPerSecond)
            + (merits.isEmpty ? "" : "  ← " + merits.joined(separator: ", "))
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All runs, oldest first.")
        @Option(help: "Only runs with this tag.") var tag: String?
        @OptionGroup var options: HomeOptions

        /// Opens the store to look at runs.
        static func store(_ options: HomeOptions) throws -> RunStore {
            let store = try RunStore(home: options.path, .reading)
            if let warning = store.warning { Console.error("warning: \(warning)") }
            return store
        }

        func run() throws {
            let runs = try Self.store(options).list().map { LiveRuns.noted($0, home: options.path) }
                .filter { tag == nil || $0.tags.contains(tag!) }
            for run in runs {
                if options.json {
                    Console.line(try run.jsonLine())
                } else {
                    Console.say(RunsCommand.line(run))
                }
            }
            if runs.isEmpty && !options.json {
                Console.say((tag.map { "no runs with the tag \($0) in " } ?? "no runs in ") + options.path)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A run and its epochs.")
        @Argument(help: "The run's id.") var id: String
        @OptionGroup var options: HomeOptions

        /// Between which bounds the true accuracies lie, for all the validation photos there are.
        private static func intervals(_ run: RunRecord, home: String) throws -> String? {
            let folder = try RunFolder.find(home: home, id: run.run)
            guard let photos = folder.validationImages else { return nil }
            let parts = [
                ("best accuracy", run.highestValidationAccuracy), ("last", run.lastValidationAccuracy),
            ].compactMap { name, accuracy in
                accuracy.flatMap { Proportion(accuracy: $0, of: photos)?.interval }.map {
                    "\(name) \($0.fourDigits)"
                }
            }
            return parts.isEmpty
                ? nil : "95 % intervals with \(photos) validation photos: \(parts.joined(separator: ", "))"
        }

        /// The result on the test photos; nil if there is none.
        private static func test(_ id: String, _ options: HomeOptions) throws -> TestScore? {
            let folder = try RunFolder.find(home: options.path, id: id)
            return (try? CheckpointHeader.load(folder.last))?.progress.test
        }

        func run() throws {
            let (run, epochs) = try List.store(options).show(id)
            if options.json {
                Console.line(try run.jsonLine())
                for epoch in epochs { Console.line(try TrainerEvent.epochEnded(epoch).jsonLine()) }
            } else {
                Console.say(RunsCommand.line(run))
                Console.say("weights: \(run.weights)")
                Console.say("best weights: of the epoch with the \(run.recipe.bestMeasure.words)")
                Console.say("precision: \(run.recipe.basePrecision.rawValue)")
                if let intervals = try Self.intervals(run, home: options.path) { Console.say(intervals) }
                if let test = try Self.test(id, options) { Console.say(test.words) }
                let settings = run.recipe.differences(from: Recipe(), Strings(.english))
                Console.say(
                    "settings: " + (settings.isEmpty ? "the notebook's" : settings.joined(separator: ", ")))
                if !run.note.isEmpty { Console.say("note: \(run.note)") }
                Console.say(
                    "checkpoints: \(try RunFolder.find(home: options.path, id: id).checkpoints.map(\.name).joined(separator: ", "))"
                )
                for epoch in epochs { Console.line(RunsCommand.line(epoch, of: run)) }
            }
        }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Continue a run where it was saved, without a screen.")
        @Argument(help: "The run's id.") var id: String
        @Flag(help: "Print one JSON object per event, one a line.") var json = false
        @Flag(help: "Wait before the first batch until someone attaches and resumes it.") var paused =
            false
        @Option(help: "Epochs to add to a run that has finished.") var addEpochs: Int?
        @Flag(help: .hidden) var background = false
        @Option(
            help: "The folder of its photos, if they have moved since.", completion: .directory,
            transform: typedPath)
        var data: String?
        @OptionGroup var logs: LogOptions
        @OptionGroup var place: PlaceOptions

        func validate() throws {
            if let addEpochs, !(1...1000).contains(addEpochs) {
                throw ValidationError("--add-epochs must be from 1 to 1000, not \(addEpochs).")
            }
        }

        func run() throws {
            try RankedCommand(nil, resuming: id, place: place, data: data).run { try train($0) }
        }

        private func train(_ ranks: RankGroup?) throws {
            var options = place.session
            (options.resuming, options.startsPaused, options.moreEpochs) = (id, paused, addEpochs)
            options.ranks = ranks
            let folder = try RunFolder.find(home: options.home, id: id)
            let header = try? CheckpointHeader.load(folder.last)
            if header?.progress.finished == true, addEpochs == nil {
                return try Self.tellEnd(of: folder, json: json)
            }
            if header?.progress.finished == false, addEpochs != nil {
                throw ValidationError(
                    "Run \(folder.id) has not finished: --add-epochs is for finished runs. Leave it out; the dashboard's "
                        + "e adds epochs while it trains.")
            }
            options.movedData = data.map(UserPath.absolute)
            // Somebody will attach to such a run, so it pauses if the loss diverges.
            options.isInteractive = background || paused
            options.logs = try logs.open(home: options.home)
            try HeadlessRun.run(Recipe(), options, json: json)
        }

        /// Says how a finished run ended. Nothing is written into it.
        private static func tellEnd(of folder: RunFolder, json: Bool) throws {
            if json {
                let ends = EventLog.read(folder.events).last { $0.name == "run_ended" }
                if let ends { Console.line(try ends.jsonLine()) }
                return
            }
            Console.line("run \(folder.id) is finished: nothing is left to train")
            Console.line("train on with: flowers-tui runs resume \(folder.id) --add-epochs 5")
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove runs with their checkpoints. Asks first where a terminal can answer.")
        @Argument(help: "Ids.") var ids: [String]
        @Flag(name: [.short, .long], help: "Delete without asking.") var yes = false
        @OptionGroup var options: HomeOptions
        func run() throws {
            let store = try RunStore(home: options.path)
            // Find all runs before deleting the first.
            let runs = try ids.map { try RunFolder.find(home: options.path, id: $0).id }
            if !yes, isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 {
                Console.print(
                    "Delete run\(runs.count == 1 ? "" : "s") \(runs.joined(separator: ", ")) with all checkpoints? [y/N] "
                )
                guard readLine()?.lowercased().hasPrefix("y") == true else {
                    return Console.line("nothing was deleted")
                }
            }
            for id in runs {
                try store.delete(id)
                if !options.json { Console.line("deleted run \(id)") }
            }
        }
    }
}

extension BestMeasure {
    /// The measure in words, after "the epoch with the".
    var words: String {
        switch self {
        case .loss: "lowest validation loss"
        case .accuracy: "highest validation accuracy"
        }
    }
}
