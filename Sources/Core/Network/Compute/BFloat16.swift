/// bfloat16, the upper half of a Float32, as bit patterns in memory that `Buffer` owns.
enum BFloat16 {
    /// Returns the nearest bfloat16, of two the one whose last bit is 0; NaN stays NaN.
    static func rounded(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }

    static func widened(_ value: UInt16) -> Float { Float(bitPattern: UInt32(value) << 16) }

    /// Adds `count` bfloat16 values to as many others, each sum rounded.
    static func add(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) {
        var i = 0
        while i + 8 <= count {
            let (a, b) = (load(source + 2 * i), load(UnsafeRawPointer(target) + 2 * i))
            target.storeBytes(of: rounded(a + b), toByteOffset: 2 * i, as: SIMD8<UInt16>.self)
            i += 8
        }
        while i < count {
            let a = source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
            let b = target.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
            target.storeBytes(of: rounded(widened(a) + widened(b)), toByteOffset: 2 * i, as: UInt16.self)
            i += 1
        }
    }

    private static func load(_ source: UnsafeRawPointer) -> SIMD8<Float> {
        let bits = SIMD8<UInt32>(truncatingIfNeeded: source.loadUnaligned(as: SIMD8<UInt16>.self)) &<< 16
        return unsafeBitCast(bits, to: SIMD8<Float>.self)
    }

    private static func rounded(_ values: SIMD8<Float>) -> SIMD8<UInt16> {
        let bits = unsafeBitCast(values, to: SIMD8<UInt32>.self)
        let nearest = (bits &+ 0x7FFF &+ (bits &>> 16 & 1)) &>> 16
        let isNaN = (bits & 0x7FFF_FFFF) .> SIMD8(repeating: 0x7F80_0000)
        return SIMD8(truncatingIfNeeded: nearest.replacing(with: bits &>> 16 | 0x40, where: isNaN))
    }
}
