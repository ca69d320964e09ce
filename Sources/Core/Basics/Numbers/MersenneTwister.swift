/// NumPy's legacy `RandomState`: MT19937 (Matsumoto & Nishimura 1998) seeded by one
/// integer, and its `shuffle`. Keras splits a folder with it.
package struct MersenneTwister {
    private var state = [UInt32](repeating: 0, count: 624)
    private var position = 624

    package init(seed: UInt32) {
        state[0] = seed
        for i in 1..<624 {
            state[i] = 1_812_433_253 &* (state[i - 1] ^ (state[i - 1] >> 30)) &+ UInt32(i)
        }
    }

    mutating func next() -> UInt32 {
        if position == 624 { twist() }
        var y = state[position]
        position += 1
        y ^= y >> 11
        y ^= (y << 7) & 0x9d2c_5680
        y ^= (y << 15) & 0xefc6_0000
        return y ^ (y >> 18)
    }

    private mutating func twist() {
        for i in 0..<624 {
            let y = (state[i] & 0x8000_0000) | (state[(i + 1) % 624] & 0x7fff_ffff)
            state[i] = state[(i + 397) % 624] ^ (y >> 1) ^ (y & 1 == 0 ? 0 : 0x9908_b0df)
        }
        position = 0
    }

    /// Uniform in `0...limit` by masking and rejection (NumPy's `random_interval`).
    mutating func interval(_ limit: UInt32) -> UInt32 {
        guard limit > 0 else { return 0 }
        let mask = UInt32.max >> UInt32(limit.leadingZeroBitCount)
        while true {
            let value = next() & mask
            if value <= limit { return value }
        }
    }

    /// Returns `0..<count` in the order in which `RandomState(seed).shuffle` leaves it.
    package mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for i in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(i, Int(interval(UInt32(i))))
        }
        return order
    }
}
