import Foundation

/// 64-byte aligned Float32 storage, zeroed, and 64 bytes behind it that a kernel may read.
package final class Buffer {
    // Valid as long as the object: whoever keeps the pointer keeps the buffer too.
    package let pointer: UnsafeMutablePointer<Float>
    package let count: Int

    package init(count: Int) {
        self.count = max(count, 1)
        let bytes = (self.count + 31) / 16 * 64
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, 64, bytes) == 0, let raw = memory else { Self.end(bytes) }
        pointer = raw.initializeMemory(as: Float.self, repeating: 0, count: (self.count + 31) / 16 * 16)
    }

    deinit { free(pointer) }

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
