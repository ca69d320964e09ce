import Foundation
import Network

/// Pooled features of photos, one row of `channels` values each, in a mapped file or in memory. Any
/// thread may read.
///
/// The system may drop a mapped file's pages and read them again, so such a matrix ties up no
/// memory.
final class FeatureMatrix: @unchecked Sendable {
    // Unchecked: each row is written by one worker before anyone reads it. `base` is mapped here
    // for `count` rows and unmapped with the matrix; the length of a file is checked beforehand
    // (`RecordFile`). The memory is only ever used as floats.
    /// Channels of most bases, and of files of older versions.
    static let standardChannels = 1280

    let count: Int
    let channels: Int
    private var rowBytes: Int { channels * 4 }
    private let base: UnsafeMutableRawPointer

    /// - Parameter descriptor: a file that begins with the rows; nil allocates zeros in memory.
    init?(count: Int, channels: Int = standardChannels, descriptor: Int32?) {
        let bytes = max(count, 1) * channels * 4
        let flags = descriptor == nil ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED
        let protection = descriptor == nil ? PROT_READ | PROT_WRITE : PROT_READ
        guard let base = mmap(nil, bytes, protection, flags, descriptor ?? -1, 0), base != MAP_FAILED else {
            return nil
        }
        (self.count, self.channels, self.base) = (count, channels, base)
    }

    deinit { munmap(base, max(count, 1) * rowBytes) }

    func row(_ index: Int) -> UnsafePointer<Float> {
        UnsafePointer(base.assumingMemoryBound(to: Float.self) + index * channels)
    }

    /// Writes a row; only for a matrix in memory.
    func write(_ index: Int, _ values: UnsafePointer<Float>) {
        (base + index * rowBytes).copyMemory(from: values, byteCount: rowBytes)
    }
}
