import Foundation

/// The pooled features of photos, 1280 values a row, in a mapped file or in memory. Any thread may read.
///
/// The system keeps a mapped file's pages in memory while it has some to spare; they never count as the program's.
final class FeatureMatrix: @unchecked Sendable {
    // Unchecked: rows are written by one worker each before anyone reads. `base` is mapped here for `count` rows and unmapped
    // with the matrix; a file's length is checked before (`RecordFile`). The memory is only ever used as floats.
    static let channels = MobileNetV2.featureChannels
    static let rowBytes = channels * 4

    let count: Int
    private let base: UnsafeMutableRawPointer

    /// - Parameter descriptor: of a file that begins with the rows; nil: zeros in memory.
    init?(count: Int, descriptor: Int32?) {
        let bytes = max(count, 1) * Self.rowBytes
        let flags = descriptor == nil ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED
        let protection = descriptor == nil ? PROT_READ | PROT_WRITE : PROT_READ
        guard let base = mmap(nil, bytes, protection, flags, descriptor ?? -1, 0), base != MAP_FAILED else {
            return nil
        }
        (self.count, self.base) = (count, base)
    }

    deinit { munmap(base, max(count, 1) * Self.rowBytes) }

    func row(_ index: Int) -> UnsafePointer<Float> {
        UnsafePointer(base.assumingMemoryBound(to: Float.self) + index * Self.channels)
    }

    /// Of a matrix in memory.
    func write(_ index: Int, _ values: UnsafePointer<Float>) {
        (base + index * Self.rowBytes).copyMemory(from: values, byteCount: Self.rowBytes)
    }
}
