package import Recipes

/// Photos counted by true and predicted class, with the metrics that follow from the counts.
package struct ConfusionMatrix: Sendable, Equatable {
    package let classes: Int
    /// [true][predicted], row major.
    package private(set) var counts: [Int]
    /// Predictions that could not be counted; see `Prediction.isUsable`.
    package private(set) var ignored = 0

    package init(_ predictions: some Sequence<Prediction>, classes: Int) {
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

    /// Returns the number of photos of class `label` predicted as `predicted`.
    package func count(_ label: Int, _ predicted: Int) -> Int { counts[label * classes + predicted] }

    /// Returns the number of photos of class `label`.
    package func support(_ label: Int) -> Int { (0..<classes).reduce(0) { $0 + count(label, $1) } }

    /// Returns the number of photos predicted as `label`.
    package func predictedCount(_ label: Int) -> Int { (0..<classes).reduce(0) { $0 + count($1, label) } }

    package var total: Int { counts.reduce(0, +) }

    /// Returns the fraction of the photos of class `label` predicted as `predicted`, 0…1; nil if
    /// the class has no photos.
    package func share(_ label: Int, _ predicted: Int) -> Double? {
        Self.ratio(count(label, predicted), support(label))
    }

    /// Fraction of all photos predicted correctly; nil without photos.
    package var accuracy: Double? { Self.ratio((0..<classes).reduce(0) { $0 + count($1, $1) }, total) }

    /// Precision, recall and F1 of one class, as scikit-learn's `precision_recall_fscore_support`
    /// defines them, but nil where they are undefined.
    package struct ClassMetrics: Sendable, Equatable, Codable {
        /// Fraction of the photos predicted as the class that belong to it; nil if there are none.
        package var precision: Double?
        /// Fraction of the photos of the class that are predicted as it; nil if there are none.
        package var recall: Double?
        /// 2·hits / (photos of the class + photos predicted as it); nil if there are neither.
        package var f1: Double?
        /// Number of photos of the class.
        package var support: Int
    }

    package func metrics(_ label: Int) -> ClassMetrics {
        let (hits, support, predicted) = (count(label, label), support(label), predictedCount(label))
        return ClassMetrics(
            precision: Self.ratio(hits, predicted), recall: Self.ratio(hits, support),
            f1: Self.ratio(2 * hits, support + predicted), support: support)
    }

    /// Metrics of all classes, in order.
    package var metrics: [ClassMetrics] { (0..<classes).map(metrics) }

    /// Means over the classes for which a value is defined.
    package var macroAverage: ClassMetrics { average { _ in 1 } }

    /// Means weighted by the number of photos in each class.
    package var weightedAverage: ClassMetrics { average { Double($0.support) } }

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

    /// Misclassifications, most frequent first; ties in row-major order.
    package var confusions: [(label: Int, predicted: Int, count: Int)] {
        counts.indices.filter { counts[$0] > 0 && $0 / classes != $0 % classes }
            .sorted { (counts[$1], $0) < (counts[$0], $1) }
            .map { ($0 / classes, $0 % classes, counts[$0]) }
    }
}

/// The change from one confusion matrix to another of the same classes.
package struct ConfusionDifference: Sendable, Equatable {
    package let before: ConfusionMatrix
    package let after: ConfusionMatrix

    /// Nil if the two have different numbers of classes.
    package init?(from before: ConfusionMatrix, to after: ConfusionMatrix) {
        guard before.classes == after.classes else { return nil }
        (self.before, self.after) = (before, after)
    }

    package func count(_ label: Int, _ predicted: Int) -> Int {
        after.count(label, predicted) - before.count(label, predicted)
    }

    /// Returns the change of `ConfusionMatrix.share`, −1…1; nil unless the class has photos in
    /// both.
    package func share(_ label: Int, _ predicted: Int) -> Double? {
        guard let old = before.share(label, predicted), let new = after.share(label, predicted) else {
            return nil
        }
        return new - old
    }

    package func f1(_ label: Int) -> Double? {
        guard let old = before.metrics(label).f1, let new = after.metrics(label).f1 else { return nil }
        return new - old
    }

    package var accuracy: Double? {
        guard let old = before.accuracy, let new = after.accuracy else { return nil }
        return new - old
    }
}

extension Prediction {
    /// Whether the prediction can be counted: its label is known, and it has a probability for each
    /// of `classes`, which rounding may take slightly above 1.
    package func isUsable(classes: Int) -> Bool {
        (0..<classes).contains(label) && probabilities.count == classes
            && probabilities.allSatisfy { (0...1.001).contains($0) }
    }
}
