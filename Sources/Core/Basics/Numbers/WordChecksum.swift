/// A quick checksum that notices damage; it keeps out nobody.
package enum WordChecksum {
    /// FNV-1a over 64-bit words in four lanes, which hides the multiplication's latency.
    package static func sum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let prime: UInt64 = 0x100_0000_01b3
        var lanes = SIMD4<UInt64>(0xcbf2_9ce4_8422_2325, 1, 2, 3)
        var offset = 0
        while offset + 32 <= bytes.count {
            let words = bytes.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
            lanes = (lanes ^ words) &* prime
            offset += 32
        }
        var sum = (0..<4).reduce(0 as UInt64) { ($0 ^ lanes[$1]) &* prime }
        for byte in bytes[offset...] { sum = (sum ^ UInt64(byte)) &* prime }
        return sum
    }
}
