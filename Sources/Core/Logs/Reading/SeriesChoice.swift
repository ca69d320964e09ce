import Recipes

/// The series of a log that are its losses, accuracies and learning rate, epoch by epoch.
///
/// Which is which follows from the words of the folder and the tag: `loss`, `accuracy` or `acc`, `lr`
/// or `learning rate`; `val`, `validation`, `test` and the like for the validation. Names with
/// `batch`, `step` or `iteration` in them are left out. Of several that fit, Keras' `epoch_…` comes
/// first, then the name with the fewest other words.
struct SeriesChoice {
    private var chosen: [Role: Series] = [:]
    private let countsEpochs: Bool

    private enum Measure { case loss, accuracy, learningRate }

    private struct Role: Hashable {
        var measure: Measure
        var isValidation: Bool
    }

    /// A training series this many times as long as the validation's has a value for each of several
    /// batches.
    private static let batchesPerEpoch = 8
    /// Most epochs that are drawn.
    private static let mostEpochs = 100_000

    /// Returns nil without a loss or an accuracy.
    ///
    /// - Parameter countsEpochs: whether the steps are known to be epochs.
    init?(_ series: [Series], countsEpochs: Bool) {
        var ranks: [Role: Int] = [:]
        for item in series where !item.values.isEmpty {
            guard let (role, rank) = Self.role(item), rank < ranks[role] ?? .max else { continue }
            (ranks[role], chosen[role]) = (rank, item)
        }
        let curves = chosen.filter { $0.key.measure != .learningRate }
        if curves.isEmpty { return nil }
        self.countsEpochs =
            countsEpochs || curves.values.allSatisfy { Self.words($0.tag).contains("epoch") }
    }

    private static func role(_ series: Series) -> (Role, rank: Int)? {
        let all = words(series.name)
        if !all.isDisjoint(with: ["batch", "step", "steps", "iteration", "iterations", "iter"]) {
            return nil
        }
        let measures: [(Measure, Set<String>)] = [
            (.accuracy, ["accuracy", "acc"]), (.loss, ["loss"]), (.learningRate, ["lr"]),
            (.learningRate, ["learning", "rate"]),
        ]
        guard
            let (measure, names) = measures.first(where: { measure, names in
                measure == .learningRate ? names.isSubset(of: all) : !names.isDisjoint(with: all)
            })
        else { return nil }
        let validation: Set = ["val", "valid", "validation", "test", "eval", "evaluation", "dev"]
        let isValidation = measure != .learningRate && !all.isDisjoint(with: validation)
        let rest = all.subtracting(names).subtracting(validation).subtracting(["train", "training"])
        return (
            Role(measure: measure, isValidation: isValidation),
            rest == ["epoch"] ? 0 : 1 + rest.count
        )
    }

    /// The words of a name in lower case: `valLoss` and `Loss/val` have the same.
    private static func words(_ name: String) -> Set<String> {
        var words: [String] = [""]
        var wasLower = false
        for letter in name {
            if !letter.isLetter && !letter.isNumber {
                words.append("")
            } else {
                if letter.isUppercase, wasLower { words.append("") }
                words[words.count - 1] += letter.lowercased()
            }
            wasLower = letter.isLowercase
        }
        return Set(words.filter { !$0.isEmpty })
    }

    private func values(_ measure: Measure, validation: Bool = false) -> [(step: Int, value: Double)] {
        chosen[Role(measure: measure, isValidation: validation)]?.values ?? []
    }

    /// The end of each epoch, with a batch before it that carries the learning rate.
    var events: [TrainerEvent] {
        let own = [values(.loss), values(.accuracy)]
        let validation = [values(.loss, validation: true), values(.accuracy, validation: true)]
        let ownSteps = Set(own.joined().map(\.step)).sorted()
        let otherSteps = Set(validation.joined().map(\.step)).sorted()
        let all = Set(ownSteps + otherSteps).sorted()
        // Steps of a damaged file may be any number.
        let (span, overflows) = all.last!.subtractingReportingOverflow(all.first!)
        let isDense =
            !overflows && span < all.count
            && (otherSteps.isEmpty || ownSteps.count < Self.batchesPerEpoch * otherSteps.count)
        let isNumbered = (countsEpochs || isDense) && all.first! >= 0
        // Values of the batches up to a validation belong to its epoch.
        let ends = Array((isNumbered || otherSteps.isEmpty ? all : otherSteps).prefix(Self.mostEpochs))
        let first = isNumbered && ends.first == 1 ? 1 : 0
        var columns = (own + validation + [values(.learningRate)]).map { Column($0) }
        return ends.enumerated().flatMap { index, step -> [TrainerEvent] in
            let epoch = isNumbered ? min(step - first, Self.mostEpochs) : index
            let value = columns.indices.map { columns[$0].last(upTo: step) }
            return [
                .batchEnded(
                    .init(
                        epoch: epoch, step: 1, steps: 1, loss: .nan, accuracy: .nan, batchLoss: .nan,
                        learningRate: value[4], imagesPerSecond: .nan)),
                .epochEnded(
                    .init(
                        epoch: epoch, stage: .head, trainLoss: value[0], trainAccuracy: value[1],
                        validationLoss: value[2], validationAccuracy: value[3], trainSeconds: 0,
                        validationSeconds: 0, imagesPerSecond: .nan)),
            ]
        }
    }

    /// A series that is read once, from its beginning.
    private struct Column {
        private var rest: ArraySlice<(step: Int, value: Double)>

        init(_ values: [(step: Int, value: Double)]) { rest = values[...] }

        /// Returns the last value since the last call at a step up to this one; NaN if there is none.
        mutating func last(upTo step: Int) -> Double {
            var value = Double.nan
            while let first = rest.first, first.step <= step {
                value = first.value
                rest.removeFirst()
            }
            return value
        }
    }
}
