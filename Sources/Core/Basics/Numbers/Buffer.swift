/// 64-byte aligned Float32 storage, zeroed, and 64 bytes behind it that a kernel may read.
package final class Buffer {
    // Valid as long as the object: whoever keeps the pointer keeps the buffer too.
    package let pointer: UnsafeMutablePointer<Float>
    package let count: Int

    package init(count: Int) {
        self.count = max(count, 1)
        let raw = UnsafeMutableRawPointer.allocate(byteCount: (self.count + 31) / 16 * 64, alignment: 64)
        pointer = raw.initializeMemory(as: Float.self, repeating: 0, count: (self.count + 31) / 16 * 16)
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}
