import Foundation
package import Recipes

/// McNemar's exact test of whether two classifiers are equally good, from the same photos.
///
/// Only photos count that one got right and the other wrong. If both were equally good, each would be
/// right on half of those, so the p value is that of a fair coin (McNemar 1947; two-sided, exact).
package struct McNemarTest: Sendable, Equatable {
    /// Photos that both saw.
    package let photos: Int
    /// Photos that only the first, and that only the second got right.
    package let onlyFirst: Int
    package let onlySecond: Int
    /// Probability of a difference at least as large if there is none.
    package let pValue: Double

    package init(photos: Int, onlyFirst: Int, onlySecond: Int) {
        (self.photos, self.onlyFirst, self.onlySecond) = (photos, onlyFirst, onlySecond)
        let (fewer, differing) = (min(onlyFirst, onlySecond), onlyFirst + onlySecond)
        // Σ C(n, k) / 2ⁿ for k up to the smaller count, twice, through logarithms: n may be thousands.
        var sum = 0.0
        for k in 0...fewer {
            let ways: Double = lgamma(Double(differing + 1)) - lgamma(Double(k + 1))
            sum += exp(ways - lgamma(Double(differing - k + 1)) - Double(differing) * log(2.0))
        }
        pValue = min(1, 2 * sum)
    }

    /// Counts two lists of predictions photo by photo.
    package init(_ pairs: some Sequence<(first: Prediction, second: Prediction)>) {
        var (photos, first, second) = (0, 0, 0)
        for pair in pairs {
            photos += 1
            switch (pair.first.isCorrect, pair.second.isCorrect) {
            case (true, false): first += 1
            case (false, true): second += 1
            default: break
            }
        }
        self.init(photos: photos, onlyFirst: first, onlySecond: second)
    }

    /// The usual bound below which a difference is not put down to chance.
    package static let level = 0.05
    package var isBeyondChance: Bool { pValue < Self.level }
}
