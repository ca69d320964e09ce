import Foundation

/// 64-byte aligned Float32 storage, zeroed, and 64 bytes behind it that a kernel may read.
package final class Buffer {
    // Valid as long as the object: whoever keeps the pointer keeps the buffer too.
    package let pointer: UnsafeMutablePointer<Float>
    package let count: Int
    /// The owner of the memory; nil if it is a piece of its own.
    private let arena: Arena?

    /// - Parameter isApart: whether the memory is a piece of its own even within `together`, as for what is
    ///   let go before the rest.
    package init(count: Int, isApart: Bool = false) {
        self.count = max(count, 1)
        let floats = (self.count + 31) / 16 * 16
        let bytes = floats * MemoryLayout<Float>.stride
        arena = isApart ? nil : Arena.current
        if let arena {
            guard let memory = arena.take(bytes) else { Self.end(bytes) }
            pointer = memory.bindMemory(to: Float.self, capacity: floats)
            return
        }
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, 64, bytes) == 0, let raw = memory else { Self.end(bytes) }
        pointer = raw.initializeMemory(as: Float.self, repeating: 0, count: floats)
    }

    deinit { if arena == nil { free(pointer) } }

    /// Has all buffers that `body` makes share an arena (`Arena`), which is freed with the last of them.
    package static func together<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Arena.$current.withValue(Arena(), operation: body)
    }

    /// Ends the process: the kernels have no way to go on without their memory, which was estimated
    /// before.
    private static func end(_ bytes: Int) -> Never {
        let text =
            "flowers-tui: There is no memory left for another \(bytes >> 10) KiB: free some, or use fewer "
            + "threads or a smaller batch.\n"
        _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        abort()
    }
}
