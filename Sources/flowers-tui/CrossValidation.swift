import Basics
import Foundation
import Photos
import Recipes
import Runs
import Sessions
import Store

/// Cross-validation: one run for each fold, which together validate every photo once.
///
/// The runs are ordinary ones that record their fold. Those of the same recipe that are there already
/// count, so the command goes on where it was ended: finished folds are kept, an unfinished one is resumed.
struct CrossValidation {
    let recipe: Recipe
    let count: Int
    let options: LogOptions
    let json: Bool

    func run(_ session: RunSession.Options) throws {
        for number in 1...count {
            let own = recipe(ofFold: number)
            if let known = try Self.known(own, home: session.home) {
                if known.isFinished { continue }
                try train(own, session, resuming: known.folder.id)
            } else {
                try train(own, session, resuming: nil)
            }
        }
        let results = try (1...count).compactMap { number in
            try Self.known(recipe(ofFold: number), home: session.home).flatMap {
                try Result($0, Fold(number, of: count))
            }
        }
        guard results.count == count else {
            throw UserError("Not all folds were finished; the same command goes on with the others.")
        }
        let table = CrossValidationTable(results: results)
        if json { return Console.line(try jsonLine(table.report)) }
        for line in table.lines { Console.say(line) }
    }

    private func recipe(ofFold number: Int) -> Recipe {
        var result = recipe
        result.fold = Fold(number, of: count)
        return result
    }

    private func train(_ recipe: Recipe, _ session: RunSession.Options, resuming id: String?) throws {
        var session = session
        session.resuming = id
        session.logs = try options.open(home: session.home)
        if !json, let fold = recipe.fold { Console.say("fold \(fold)") }
        try HeadlessRun.run(recipe, session, json: json)
    }

    /// A run of a fold.
    struct Known {
        var folder: RunFolder
        var isFinished: Bool
    }

    /// Returns the run of that recipe that has come furthest; nil for none.
    ///
    /// - Throws: `UserError` if it is being trained.
    private static func known(_ recipe: Recipe, home: String) throws -> Known? {
        let runs = try RunStore(home: home, .reading).list().filter { Self.isSame($0.recipe, recipe) }
        guard
            let run = runs.first(where: { $0.status == .finished })
                ?? runs.max(by: { $0.epochsDone < $1.epochsDone })
        else { return nil }
        let folder = try RunFolder.find(home: home, id: run.run)
        if folder.isHeld {
            throw UserError(
                "Run \(run.run) trains fold \(recipe.fold.map { "\($0)" } ?? "") right now; wait for it, or end it with: flowers-tui runs stop \(run.run)"
            )
        }
        return Known(folder: folder, isFinished: run.status == .finished)
    }

    /// Whether two recipes compute the same. The cut of batches and the ranks' groups are filled in when a run begins.
    private static func isSame(_ a: Recipe, _ b: Recipe) -> Bool {
        var (a, b) = (a, b)
        (a.chunks, b.chunks, a.groups, b.groups) = (nil, nil, nil, nil)
        return a == b
    }

    /// A finished fold: its final evaluation.
    struct Result {
        var fold: Fold
        var run: String
        var images: Int
        var loss: Double
        var accuracy: Double
        var test: TestScore?

        init(fold: Fold, run: String, images: Int, loss: Double, accuracy: Double, test: TestScore? = nil) {
            (self.fold, self.run, self.images) = (fold, run, images)
            (self.loss, self.accuracy, self.test) = (loss, accuracy, test)
        }

        fileprivate init?(_ known: Known, _ fold: Fold) throws {
            let progress = try CheckpointHeader.load(known.folder.last).progress
            guard known.isFinished, let images = known.folder.validationImages,
                let loss = progress.lastValidationLoss, let accuracy = progress.lastValidationAccuracy
            else { return nil }
            self.init(
                fold: fold, run: known.folder.id, images: images, loss: loss, accuracy: accuracy,
                test: progress.test)
        }
    }
}

/// The folds of a cross-validation with their mean, their sample standard deviation, and the interval of
/// the accuracy on all photos together.
struct CrossValidationTable {
    let results: [CrossValidation.Result]

    /// As JSON.
    struct Report: Encodable {
        struct Row: Encodable {
            var fold: String
            var run: String
            var images: Int
            var loss: Double
            var accuracy: Double
            var testAccuracy: Double?
        }
        var folds: [Row]
        var accuracy: Double
        var accuracyDeviation: Double
        var loss: Double
        var lossDeviation: Double
        /// All validation photos of all folds; their accuracy has Wilson's 95 % interval.
        var images: Int
        var pooledAccuracy: Double?
        var accuracyLow: Double?
        var accuracyHigh: Double?
    }

    /// The mean, and the standard deviation with n − 1.
    static func spread(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(max(1, values.count - 1))).squareRoot())
    }

    /// All validation photos together.
    var pooled: Proportion {
        let hits = results.map { Int(($0.accuracy * Double($0.images)).rounded()) }
        return Proportion(hits: hits.reduce(0, +), of: results.reduce(0) { $0 + $1.images })
    }

    var report: Report {
        let (accuracy, loss, pooled) = (
            Self.spread(results.map(\.accuracy)), Self.spread(results.map(\.loss)), pooled
        )
        return Report(
            folds: results.map {
                .init(
                    fold: "\($0.fold)", run: $0.run, images: $0.images, loss: $0.loss, accuracy: $0.accuracy,
                    testAccuracy: $0.test?.accuracy)
            }, accuracy: accuracy.mean, accuracyDeviation: accuracy.deviation, loss: loss.mean,
            lossDeviation: loss.deviation, images: pooled.total, pooledAccuracy: pooled.value,
            accuracyLow: pooled.interval?.lowerBound, accuracyHigh: pooled.interval?.upperBound)
    }

    var lines: [String] {
        let report = report
        let hasTest = results.contains { $0.test != nil }
        func line(
            _ name: String, _ run: String, _ images: String, _ loss: Double, _ accuracy: Double,
            _ test: String
        ) -> String {
            func padded(_ text: String, _ width: Int) -> String {
                text + String(repeating: " ", count: max(0, width - text.count))
            }
            return padded(name, 11) + padded(run, 7) + padded(images, 8)
                + String(format: "%.4f  %.4f", loss, accuracy) + (hasTest ? "    " + test : "")
        }
        let rows = results.map { result in
            line(
                "\(result.fold)", result.run, "\(result.images)", result.loss, result.accuracy,
                result.test.map { String(format: "%.4f", $0.accuracy) } ?? "–")
        }
        let tests = results.compactMap { $0.test?.accuracy }
        func text(_ value: Double) -> String { tests.isEmpty ? "" : String(format: "%.4f", value) }
        let test = Self.spread(tests.isEmpty ? [0] : tests)
        let interval = pooled.interval.map { ", 95 % interval \($0.fourDigits)" } ?? ""
        return ["fold       run    photos  loss    accuracy" + (hasTest ? "  test" : "")] + rows + [
            line("mean", "", "", report.loss, report.accuracy, text(test.mean)),
            line("deviation", "", "", report.lossDeviation, report.accuracyDeviation, text(test.deviation)),
            String(format: "all %d photos: accuracy %.4f", report.images, report.pooledAccuracy ?? .nan)
                + interval,
        ]
    }
}
