/// Photos counted by true and predicted class, and the metrics that follow from the counts.
public struct ConfusionMatrix: Sendable, Equatable {
    public let classes: Int
    /// [true][predicted], row major.
    public private(set) var counts: [Int]
    /// Predictions that could not be counted: see `Prediction.isUsable`.
    public private(set) var ignored = 0

    public init(_ predictions: some Sequence<Prediction>, classes: Int) {
        self.classes = classes
        counts = [Int](repeating: 0, count: classes * classes)
        for prediction in predictions {
            if prediction.isUsable(classes: classes) {
                counts[prediction.label * classes + prediction.predicted] += 1
            } else {
                ignored += 1
            }
        }
    }

    /// Photos of class `label` that were taken for class `predicted`.
    public func count(_ label: Int, _ predicted: Int) -> Int { counts[label * classes + predicted] }

    /// Photos of class `label`.
    public func support(_ label: Int) -> Int { (0..<classes).reduce(0) { $0 + count(label, $1) } }

    /// Photos that were taken for class `label`.
    public func predictedCount(_ label: Int) -> Int { (0..<classes).reduce(0) { $0 + count($1, label) } }

    public var total: Int { counts.reduce(0, +) }

    /// Share of the photos of class `label` that were taken for `predicted`, 0…1; nil when the class has no photo.
    public func share(_ label: Int, _ predicted: Int) -> Double? {
        Self.ratio(count(label, predicted), support(label))
    }

    /// Share of all photos that were right; nil without photos.
    public var accuracy: Double? { Self.ratio((0..<classes).reduce(0) { $0 + count($1, $1) }, total) }

    /// How well one class is told from the others, as scikit-learn's `precision_recall_fscore_support` has it with
    /// undefined values left out.
    public struct ClassMetrics: Sendable, Equatable, Codable {
        /// Of the photos taken for the class, the share that belongs to it; nil when none was.
        public var precision: Double?
        /// Of the class' photos, the share that was found; nil when it has none.
        public var recall: Double?
        /// 2·hits / (photos of the class + photos taken for it); nil when there are neither.
        public var f1: Double?
        /// Photos of the class.
        public var support: Int
    }

    public func metrics(_ label: Int) -> ClassMetrics {
        let (hits, support, predicted) = (count(label, label), support(label), predictedCount(label))
        return ClassMetrics(
            precision: Self.ratio(hits, predicted), recall: Self.ratio(hits, support),
            f1: Self.ratio(2 * hits, support + predicted), support: support)
    }

    /// Of every class, in order.
    public var metrics: [ClassMetrics] { (0..<classes).map(metrics) }

    /// Means over the classes for which a value is defined.
    public var macroAverage: ClassMetrics { average { _ in 1 } }

    /// Means weighted by the classes' photos.
    public var weightedAverage: ClassMetrics { average { Double($0.support) } }

    private func average(_ weight: (ClassMetrics) -> Double) -> ClassMetrics {
        let all = metrics
        func mean(_ value: (ClassMetrics) -> Double?) -> Double? {
            var (sum, weights) = (0.0, 0.0)
            for metrics in all {
                guard let value = value(metrics) else { continue }
                sum += value * weight(metrics)
                weights += weight(metrics)
            }
            return weights > 0 ? sum / weights : nil
        }
        return ClassMetrics(
            precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1), support: total)
    }

    private static func ratio(_ part: Int, _ whole: Int) -> Double? {
        whole > 0 ? Double(part) / Double(whole) : nil
    }

    /// The wrong cells by their counts, most photos first; of equal ones in the matrix' order.
    public var confusions: [(label: Int, predicted: Int, count: Int)] {
        counts.indices.filter { counts[$0] > 0 && $0 / classes != $0 % classes }
            .sorted { (counts[$1], $0) < (counts[$0], $1) }
            .map { ($0 / classes, $0 % classes, counts[$0]) }
    }
}

/// What changed from one confusion matrix to another of the same classes.
public struct ConfusionDifference: Sendable, Equatable {
    public let before: ConfusionMatrix
    public let after: ConfusionMatrix

    /// Nil when the two have different numbers of classes.
    public init?(from before: ConfusionMatrix, to after: ConfusionMatrix) {
        guard before.classes == after.classes else { return nil }
        (self.before, self.after) = (before, after)
    }

    public func count(_ label: Int, _ predicted: Int) -> Int {
        after.count(label, predicted) - before.count(label, predicted)
    }

    /// Change of the share of class `label`, −1…1; nil when the class has no photo in either.
    public func share(_ label: Int, _ predicted: Int) -> Double? {
        guard let old = before.share(label, predicted), let new = after.share(label, predicted) else {
            return nil
        }
        return new - old
    }

    public func f1(_ label: Int) -> Double? {
        guard let old = before.metrics(label).f1, let new = after.metrics(label).f1 else { return nil }
        return new - old
    }

    public var accuracy: Double? {
        guard let old = before.accuracy, let new = after.accuracy else { return nil }
        return new - old
    }
}

extension Prediction {
    /// Whether it can be counted: a known label and a probability, which may be rounded above 1, for each of `classes`.
    public func isUsable(classes: Int) -> Bool {
        (0..<classes).contains(label) && probabilities.count == classes
            && probabilities.allSatisfy { (0...1.001).contains($0) }
    }
}
