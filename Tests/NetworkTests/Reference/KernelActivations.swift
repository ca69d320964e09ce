import Basics

@testable import Network

/// Activations in a kernel's format, read and written one by one.
final class KernelActivations {
    let buffer: Buffer
    private let bytes: Int

    init(_ count: Int, _ kernels: VectorKernels) {
        bytes = kernels.valueBytes
        buffer = Buffer(count: (count * bytes + 3) / 4)
    }

    /// Rows of `columns` values, rounded, `stride` apart; and behind them what kernels may read.
    convenience init(_ rows: [Float], columns: Int, stride: Int, _ kernels: VectorKernels) {
        self.init((rows.count / columns + 16) * stride + 32, kernels)
        for (i, value) in rows.enumerated() { self[i / columns * stride + i % columns] = Self.rounded(value) }
    }

    /// To nearest, halves to even.
    static func rounded(_ value: Float) -> Float {
        Float(bitPattern: (value.bitPattern &+ 0x7FFF &+ (value.bitPattern >> 16 & 1)) & 0xFFFF_0000)
    }

    subscript(index: Int) -> Float {
        get {
            let raw = UnsafeRawPointer(buffer.pointer) + index * bytes
            if bytes == 4 { return raw.load(as: Float.self) }
            return Float(bitPattern: UInt32(raw.load(as: UInt16.self)) << 16)
        }
        set {
            let raw = UnsafeMutableRawPointer(buffer.pointer) + index * bytes
            if bytes == 4 { return raw.storeBytes(of: newValue, as: Float.self) }
            raw.storeBytes(of: UInt16(newValue.bitPattern >> 16), as: UInt16.self)
        }
    }
}
