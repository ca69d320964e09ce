import Foundation

/// Some of a number of photos, such as those predicted correctly, as an estimate of the share among all
/// photos like them.
package struct Proportion: Sendable, Equatable {
    package let hits: Int
    package let total: Int

    /// - Parameter hits: at most `total`.
    package init(hits: Int, of total: Int) {
        (self.hits, self.total) = (min(max(0, hits), max(0, total)), max(0, total))
    }

    /// The count that an accuracy came from; nil for one that is no fraction.
    package init?(accuracy: Double, of total: Int) {
        guard (0...1).contains(accuracy), total > 0 else { return nil }
        self.init(hits: Int((accuracy * Double(total)).rounded()), of: total)
    }

    /// Nil without photos.
    package var value: Double? { total > 0 ? Double(hits) / Double(total) : nil }

    /// The interval that holds the true share for 95 of 100 such samples: Wilson's score interval
    /// (Wilson 1927), which stays within 0…1 and is sound for few photos and for shares near 0 and 1,
    /// where the plain normal interval is not. Nil without photos.
    package var interval: ClosedRange<Double>? {
        guard let share = value else { return nil }
        let (n, z) = (Double(total), Self.deviations)
        let center = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        // Exactly 0 and 1 at the ends, where rounding may miss them.
        return (hits == 0 ? 0 : max(0, center - half))...(hits == total ? 1 : min(1, center + half))
    }

    /// Standard deviations of a normal distribution that hold 95 % of it, to either side.
    static let deviations = 1.959963984540054
}
