import Foundation

/// The memory of this process.
enum ProcessUsage {
    /// Gives memory that this process has freed back to the system, where its C library can: glibc's
    /// `malloc_trim`, which Swift's module of it leaves out.
    static func returnFreedMemory() {
        guard let symbol = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
    }
}
