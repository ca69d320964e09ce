import ArgumentParser
import Basics
import Foundation
import Photos
import Phrases
import Recipes
import Runs
import Sessions
import Terminal
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train without a screen: a progress bar on a terminal, plain lines otherwise.")

    @OptionGroup var options: RunOptions
    @Flag(help: "Print one JSON object per event, one a line.")
    var json = false
    @Option(
        help: ArgumentHelp(
            "Cross-validate: train one run for each of K parts of the photos, which validates that part. Given again, the command goes on where it was ended.",
            valueName: "K"))
    var folds: Int?

    func validate() throws {
        _ = try options.recipe()
        guard let folds else { return }
        guard Fold.counts.contains(folds) else {
            throw ValidationError("--folds must be from 2 to 100, not \(folds).")
        }
        if options.split.givenSplit {
            throw ValidationError("--folds divides the photos anew; leave --given-split out.")
        }
    }

    func run() throws {
        let recipe = try options.recipe()
        try RankedCommand(recipe, place: options.place, data: options.data).run { ranks in
            var session = options.place.session
            session.ranks = ranks
            if let folds {
                return try CrossValidation(
                    recipe: recipe, count: folds, options: options.logs, json: json
                ).run(session)
            }
            session.logs = try options.logs.open(home: session.home)
            try HeadlessRun.run(recipe, session, json: json)
        }
    }
}

/// Trains without a screen, with events on standard output and progress on standard error.
enum HeadlessRun {
    /// Set once the process is asked to end by SIGTERM, as mpirun does a second before it kills it.
    static let wasTerminated = AtomicFlag()

    static func run(_ recipe: Recipe, _ options: RunSession.Options, json: Bool) throws {
        var options = options
        let printer = HeadlessPrinter(json: json, showsBar: Console.errorIsTerminal)
        (options.observer, options.queuesEvents) = ({ printer.show($0) }, false)
        let session = RunSession(recipe, options)
        CrashGuard.install()
        let signals = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            // The loss of the terminal ends the output, not the run.
            source.setEventHandler {
                if number == SIGTERM { wasTerminated.set() }
                number == SIGHUP ? StandardStreams.leaveTerminal() : session.interrupt()
            }
            source.resume()
            return source
        }
        defer { for signal in signals { signal.cancel() } }
        session.start()
        let reason = try session.wait()
        printer.finish()
        if reason == .interrupted { throw ExitCode.interrupted }
    }
}

/// Prints events as lines and progress as a bar.
final class HeadlessPrinter: @unchecked Sendable {
    // Unchecked because `lock` guards the mutable state.
    private let json: Bool
    private let bar: ProgressLine
    private let lock = NSLock()
    private var totalEpochs = 0
    private var validationImages = 0

    init(json: Bool, showsBar: Bool) { (self.json, bar) = (json, ProgressLine(isShown: showsBar)) }

    func show(_ event: SessionEvent) {
        lock.withLock {
            switch event {
            case .preparing(let preparation): show(preparation)
            case .settings(let settings): totalEpochs = settings.totalEpochs
            case .training(let event): tell(event)
            case .epochEnded(let outcome): tell(.epochEnded(outcome.metrics))
            case .ready(let context): validationImages = context.dataset.count(.validation)
            case .predictions, .layers, .ranks, .sweep, .statusChanged, .failed: break
            }
        }
    }

    private func tell(_ event: TrainerEvent) {
        if json {
            bar.clear()
            if let line = try? event.jsonLine() { Console.line(line) }
        }
        show(event)
    }

    func finish() { lock.withLock { bar.clear() } }

    private func show(_ preparation: Preparation) {
        guard preparation.total > 0 else { return }
        if !bar.isShown, preparation.done == preparation.total, !json {
            say("\(preparation.phase.words): \(preparation.total) done")
        }
        bar.show(preparation)
    }

    private func show(_ event: TrainerEvent) {
        switch event {
        case .runStarted(let run):
            say(
                "run \(run.run): \(run.trainImages) training\(run.testImages == nil ? " and" : ",") \(run.validationImages) validation\(run.testImages.map { " and \($0) test" } ?? "") photos of \(run.data)"
            )
            say("classes: \(run.classes.joined(separator: ", ")); weights: \(run.weights)")
        case .stageStarted(let stage):
            let name =
                stage.stage == .head
                ? "stage 1, the head"
                : "stage 2, "
                    + (stage.fineTuneAt.map { "fine-tuning from layer \($0)" }
                        ?? "the head on the frozen base")
            // A warm-up begins with a fraction of the rate.
            let rate = String(format: "%.3g", stage.learningRate)
            say("\(name): \(stage.trainableParameters) parameters train at learning rate \(rate)")
        case .batchEnded(let batch):
            bar.show(
                "epoch \(batch.epoch + 1)/\(totalEpochs)", fraction: Double(batch.step) / Double(batch.steps),
                tail: String(
                    format: "%d/%d  loss %.3f  accuracy %.3f  %.0f photos/s", batch.step, batch.steps,
                    batch.loss, batch.accuracy, batch.imagesPerSecond))
        case .epochEnded(let epoch):
            say(
                String(
                    format:
                        "epoch %d: loss %.4f  accuracy %.4f  validation loss %.4f  accuracy %.4f  (%.1f s, %.0f photos/s)",
                    epoch.epoch + 1, epoch.trainLoss, epoch.trainAccuracy, epoch.validationLoss,
                    epoch.validationAccuracy, epoch.trainSeconds + epoch.validationSeconds,
                    epoch.imagesPerSecond))
        case .commandApplied(let applied):
            if let text = Self.sentence(applied) { say(text) }
        case .checkpointSaved(let saved):
            if ![.epoch, .best, .interval].contains(saved.reason) { say("saved \(saved.path)") }
        case .warning(let warning):
            bar.clear()
            Console.error("warning: \(warning.message)")
        case .runEnded(let end):
            let score = end.validationAccuracy.map { accuracy in
                let interval = Proportion(accuracy: accuracy, of: validationImages)?.interval
                return String(format: "; validation accuracy %.4f", accuracy)
                    + (interval.map { " (95 % interval \($0.fourDigits))" } ?? "")
                    + String(format: ", loss %.4f", end.validationLoss ?? .nan)
            }
            say("\(end.reason.rawValue)\(score ?? "")")
            if let test = end.test { say(test.words) }
        }
    }

    /// Describes a change made by the schedule or a guard; nil for other commands.
    private static func sentence(_ applied: TrainerEvent.CommandApplied) -> String? {
        let change = "\(applied.before ?? "") → \(applied.after ?? "")"
        switch (applied.by, applied.command) {
        case (.schedule, _): return "learning rate \(change) by the schedule"
        case (.guard, .finishStage):
            return
                "no lower validation loss: this stage ends after \(applied.after ?? "") of \((applied.before.flatMap { Int($0) } ?? 0).of("epoch"))"
        case (.guard, _): return "no lower validation loss: learning rate \(change)"
        default: return nil
        }
    }

    /// Prints a line of text to standard output, unless that carries JSON.
    private func say(_ text: String) {
        if json { return }
        bar.clear()
        Console.say(text)
    }
}
