import Foundation

/// Whole reads and writes at a position of an open file. Threads may share the descriptor.
package enum PositionedIO {
    /// Fills `target` from the file; returns false if it ends too early or cannot be read.
    package static func read(
        _ descriptor: Int32, _ target: UnsafeMutableRawPointer, _ count: Int, at offset: Int
    )
        -> Bool
    {
        var done = 0
        while done < count {
            let n = pread(descriptor, target + done, count - done, off_t(offset + done))
            if n < 0 && errno == EINTR { continue }
            if n <= 0 { return false }
            done += n
        }
        return true
    }

    /// Writes all of `source`; returns false with `errno` set on failure.
    package static func write(_ descriptor: Int32, _ source: UnsafeRawPointer, _ count: Int, at offset: Int)
        -> Bool
    {
        var done = 0
        while done < count {
            let n = FileCalls.write(descriptor, source + done, count - done, at: offset + done)
            if n < 0 && errno == EINTR { continue }
            if n <= 0 {
                if n == 0 { errno = ENOSPC }
                return false
            }
            done += n
        }
        return true
    }
}
