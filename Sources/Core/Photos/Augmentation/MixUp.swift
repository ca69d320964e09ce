package import Basics
import Foundation

/// Mixing of photos (Zhang et al. 2018): x = λ·x₁ + (1 − λ)·x₂, and the same of their targets, with λ
/// from Beta(α, α), one for each batch.
package enum MixUp {
    /// Returns the larger of λ and 1 − λ: a photo always is the larger part of its own mixture, so the
    /// accuracy in training can be counted against its label.
    package static func share(alpha: Double, random: inout CounterRandom) -> Float {
        let (first, second) = (gamma(alpha, &random), gamma(alpha, &random))
        let share = first + second > 0 ? first / (first + second) : 0.5
        return Float(max(share, 1 - share))
    }

    /// Draws from the gamma distribution of that shape (Marsaglia & Tsang 2000).
    private static func gamma(_ shape: Double, _ random: inout CounterRandom) -> Double {
        if shape < 1 {
            return gamma(shape + 1, &random) * pow(open(&random), 1 / shape)
        }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            // A normal number by Box and Muller.
            let normal = (-2 * log(open(&random))).squareRoot() * cos(2 * .pi * open(&random))
            let v = (1 + c * normal) * (1 + c * normal) * (1 + c * normal)
            if v > 0, log(open(&random)) < 0.5 * normal * normal + d - d * v + d * log(v) { return d * v }
        }
    }

    /// Uniform in (0, 1).
    private static func open(_ random: inout CounterRandom) -> Double { Double(random.uniform()) + 0x1p-25 }
}

/// Replacement of a part of each photo with that part of another one (Yun et al. 2019): torchvision's
/// `CutMix`, a box of the picture's shape and of the share 1 − λ at a random place, cut off at the edges.
package struct CutMix: Sendable, Equatable {
    /// The box, in pixels, without its last column and row.
    package let columns: Range<Int>
    package let rows: Range<Int>
    /// The share of the picture that stays.
    package let share: Float

    /// - Parameters:
    ///   - share: λ.
    ///   - centre: of the box, in pixels.
    package init(share: Float, centre: (x: Int, y: Int), size: Int) {
        let half = Int(0.5 * (1 - Double(share)).squareRoot() * Double(size))
        columns = max(centre.x - half, 0)..<min(centre.x + half, size)
        rows = max(centre.y - half, 0)..<min(centre.y + half, size)
        self.share = 1 - Float(columns.count * rows.count) / Float(size * size)
    }

    /// Draws the box of a batch, of λ from Beta(α, α) or 1 − λ, whichever is larger.
    package init(alpha: Double, size: Int, random: inout CounterRandom) {
        let share = MixUp.share(alpha: alpha, random: &random)
        let (x, y) = (Int(random.below(UInt32(size))), Int(random.below(UInt32(size))))
        self.init(share: share, centre: (x, y), size: size)
    }
}

/// A way to mix the photos of a batch, each with another one.
package enum Mixture: Sendable, Equatable {
    /// By these shares of the photos in their own mixtures, ½…1 (`MixUp`).
    case shares(Float)
    case part(CutMix)

    /// Draws the mixture of a batch; nil without one. With both kinds, each comes half of the time.
    package init?(_ strength: AugmentationStrength, size: Int, random: inout CounterRandom) {
        switch (strength.mixup, strength.cutmix) {
        case (nil, nil): return nil
        case (let alpha?, nil): self = .shares(MixUp.share(alpha: alpha, random: &random))
        case (nil, let alpha?): self = .part(CutMix(alpha: alpha, size: size, random: &random))
        case (let alpha?, let other?):
            let isPart = random.below(2) == 1
            self =
                isPart
                ? .part(CutMix(alpha: other, size: size, random: &random))
                : .shares(MixUp.share(alpha: alpha, random: &random))
        }
    }

    /// The share of a photo in its own mixture.
    package var share: Float {
        switch self {
        case .shares(let share): share
        case .part(let part): part.share
        }
    }

    /// Writes the mixture of two inputs of `size`·`size`·3 values, rows from the top.
    ///
    /// - Parameter target: as large as either, and neither of them.
    package func mix(
        _ own: UnsafePointer<Float>, with other: UnsafePointer<Float>, size: Int,
        into target: UnsafeMutablePointer<Float>
    ) {
        let count = size * size * 3
        switch self {
        case .shares(let share):
            for i in 0..<count { target[i] = share * own[i] + (1 - share) * other[i] }
        case .part(let part):
            target.update(from: own, count: count)
            for y in part.rows where !part.columns.isEmpty {
                let first = (y * size + part.columns.lowerBound) * 3
                (target + first).update(from: other + first, count: part.columns.count * 3)
            }
        }
    }
}
