/// How a folder's photos are divided into training, validation and test photos.
package struct SplitPlan: Sendable, Equatable {
    /// Fraction of the photos kept for validation.
    package var validation = 0.2
    /// Fraction of the photos that nobody looks at before the end of the run.
    package var test = 0.0
    /// Whether each class is divided for itself.
    package var isStratified = false
    /// The part of a cross-validation that is validated, in the place of `validation`; nil for none.
    package var fold: Fold?
    /// Whether the folders `train`, `val` and `test` say which photo is what; the rest then only
    /// counts for what they leave open.
    package var isGiven = false

    package init(
        validation: Double = 0.2, test: Double = 0, isStratified: Bool = false, fold: Fold? = nil,
        isGiven: Bool = false
    ) {
        (self.validation, self.test, self.isStratified) = (validation, test, isStratified)
        (self.fold, self.isGiven) = (fold, isGiven)
    }
}

/// One of the parts of a cross-validation, each of which is validated once.
package struct Fold: Codable, Sendable, Hashable {
    /// From 1.
    package var number: Int
    package var count: Int

    package static let counts = 2...100

    package init(_ number: Int, of count: Int) { (self.number, self.count) = (number, count) }

    package var isPlausible: Bool { Self.counts.contains(count) && (1...count).contains(number) }
}

extension Fold: CustomStringConvertible {
    /// `2/5`.
    package var description: String { "\(number)/\(count)" }
}
