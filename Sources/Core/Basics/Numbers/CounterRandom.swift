/// The purpose of a random stream; part of its key, so that streams never overlap.
@usableFromInline
package enum RandomPurpose: UInt32 {
    case shuffle = 1
    case augmentation, dropout, headInitialization, baseInitialization, preview
    case sweepShuffle, sweepAugmentation, sweepDropout
    case folds
    case bootstrap, balance
    case mixup, sweepMixup
    case classes
    case previewMixup
}

/// Random numbers as a function of (seed, purpose, epoch, item): Philox 4×32-10 (Salmon et
/// al. 2011). No state is shared, so results depend on neither threads nor timing.
///
/// Other layers draw a number or more per value, so everything here is inlinable; the type must be
/// `@usableFromInline` for that, or its members stay calls.
@usableFromInline
package struct CounterRandom {
    @usableFromInline let key: (UInt32, UInt32)
    @usableFromInline let stream: (UInt32, UInt32)
    @usableFromInline let purpose: UInt32
    @usableFromInline var counter: UInt32 = 0
    @usableFromInline var block: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    @usableFromInline var used = 4

    @inlinable package init(seed: UInt64, purpose: RandomPurpose, epoch: Int = 0, item: Int = 0) {
        key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        stream = (UInt32(truncatingIfNeeded: item), UInt32(truncatingIfNeeded: epoch))
        self.purpose = purpose.rawValue
    }

    @inlinable mutating func next() -> UInt32 {
        if used == 4 {
            block = Self.philox(counter: (counter, purpose, stream.0, stream.1), key: key)
            counter &+= 1
            used = 0
        }
        defer { used += 1 }
        switch used {
        case 0: return block.0
        case 1: return block.1
        case 2: return block.2
        default: return block.3
        }
    }

    /// Uniform in [0, 1), 24 bits.
    @inlinable package mutating func uniform() -> Float { Float(next() >> 8) * 0x1p-24 }

    @inlinable package mutating func uniform(in range: ClosedRange<Float>) -> Float {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// Uniform in `0..<limit` without bias.
    @inlinable package mutating func below(_ limit: UInt32) -> UInt32 {
        let threshold = (0 &- limit) % limit
        while true {
            let product = UInt64(next()) * UInt64(limit)
            if UInt32(truncatingIfNeeded: product) >= threshold { return UInt32(product >> 32) }
        }
    }

    @inlinable package mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for i in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(i, Int(below(UInt32(i + 1))))
        }
        return order
    }

    @inlinable static func philox(
        counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
    ) -> (UInt32, UInt32, UInt32, UInt32) {
        var (c, k) = (counter, key)
        for _ in 0..<10 {
            let a = 0xd251_1f53 * UInt64(c.0)
            let b = 0xcd9e_8d57 * UInt64(c.2)
            c = (
                UInt32(b >> 32) ^ c.1 ^ k.0, UInt32(truncatingIfNeeded: b),
                UInt32(a >> 32) ^ c.3 ^ k.1, UInt32(truncatingIfNeeded: a)
            )
            k = (k.0 &+ 0x9e37_79b9, k.1 &+ 0xbb67_ae85)
        }
        return c
    }
}
