import Foundation

/// Memory for buffers that are made and let go together, one behind the other.
///
/// Linux may back it by pages of 2 MB. A step passes over tens of megabytes of weights and activations,
/// and of pages of 4 KB a processor keeps the addresses of 6 to 8 MB at hand.
final class Arena: @unchecked Sendable {
    // Unchecked: `lock` guards the variables.
    /// Where `Buffer` takes its memory; nil for a piece of its own.
    @TaskLocal static var current: Arena?

    private let lock = NSLock()
    private var regions: [UnsafeMutableRawBufferPointer] = []
    /// Bytes of the last region that are taken.
    private var used = 0

    private static let pageBytes = 2 << 20
    /// Address space of a region; memory takes only what is touched.
    private static let regionBytes = 32 << 20

    deinit { for region in regions { munmap(region.baseAddress, region.count) } }

    /// Returns zeroed memory, which is valid as long as the arena; nil if there is none.
    ///
    /// - Parameter bytes: a multiple of the alignment that is wanted, at most that of a page.
    func take(_ bytes: Int) -> UnsafeMutableRawPointer? {
        lock.withLock {
            if used + bytes > regions.last?.count ?? 0 {
                guard let region = Self.map(max(bytes, Self.regionBytes)) else { return nil }
                regions.append(region)
                used = 0
            }
            defer { used += bytes }
            return regions.last!.baseAddress! + used
        }
    }

    private static func map(_ bytes: Int) -> UnsafeMutableRawBufferPointer? {
        let wanted = (bytes + pageBytes - 1) / pageBytes * pageBytes
        let mapped = mmap(
            nil, wanted + pageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { return nil }
        // Large pages begin at multiples of their size.
        let before = (pageBytes - Int(bitPattern: mapped) % pageBytes) % pageBytes
        if before > 0 { munmap(mapped, before) }
        munmap(mapped + before + wanted, pageBytes - before)
        // Refused where they are switched off, which is as good.
        madvise(mapped + before, wanted, MADV_HUGEPAGE)
        return UnsafeMutableRawBufferPointer(start: mapped + before, count: wanted)
    }
}
