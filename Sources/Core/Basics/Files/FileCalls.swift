import Foundation
import Synchronization

/// The system calls that change files. They return what the system's do and set `errno`; a test can
/// make any of them fail.
package enum FileCalls {
    enum Call: String, Sendable, CaseIterable { case open, write, sync, truncate, rename, link, makeFolder }

    /// Injected faults by folder: asked before each call on the folder or a path below it; an error
    /// number makes the call fail. Empty except in tests.
    static let faults = Mutex<[String: @Sendable (Call) -> Int32?]>([:])

    package static func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0o644) -> Int32 {
        fails(.open, path) ? -1 : Foundation.open(path, flags | O_CLOEXEC, mode)
    }

    /// A write that is made to fail still writes half of its bytes, as on a disk that fills up.
    static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        guard let code = fault(.write, descriptor) else { return Foundation.write(descriptor, bytes, count) }
        _ = Foundation.write(descriptor, bytes, count / 2)
        errno = code
        return -1
    }

    package static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int, at offset: Int)
        -> Int
    {
        guard let code = fault(.write, descriptor) else {
            return pwrite(descriptor, bytes, count, off_t(offset))
        }
        _ = pwrite(descriptor, bytes, count / 2, off_t(offset))
        errno = code
        return -1
    }

    package static func sync(_ descriptor: Int32) -> Int32 {
        guard let code = fault(.sync, descriptor) else { return fsync(descriptor) }
        errno = code
        return -1
    }

    package static func truncate(_ descriptor: Int32, to length: Int) -> Int32 {
        guard let code = fault(.truncate, descriptor) else { return ftruncate(descriptor, off_t(length)) }
        errno = code
        return -1
    }

    package static func rename(_ old: String, to new: String) -> Int32 {
        fails(.rename, new) ? -1 : Foundation.rename(old, new)
    }

    /// Renames only where nothing has the new name: fails with `EEXIST` there.
    static func rename(_ old: String, toUnused new: String) -> Int32 {
        if fails(.rename, new) { return -1 }
        if Foundation.link(old, new) == 0 { return unlink(old) }
        if errno == EEXIST { return -1 }
        // Without hard links another program may win in between.
        var status = stat()
        guard lstat(new, &status) != 0 else {
            errno = EEXIST
            return -1
        }
        return Foundation.rename(old, new)
    }

    static func link(_ old: String, to new: String) -> Int32 {
        fails(.link, new) ? -1 : Foundation.link(old, new)
    }

    package static func makeFolder(_ path: String) -> Int32 {
        fails(.makeFolder, path) ? -1 : mkdir(path, 0o755)
    }

    static func fails(_ call: Call, _ path: String) -> Bool {
        guard
            let ask = faults.withLock({ faults in
                faults.first { path == $0.key || path.hasPrefix($0.key + "/") }?.value
            }), let code = ask(call)
        else { return false }
        errno = code
        return true
    }

    private static func fault(_ call: Call, _ descriptor: Int32) -> Int32? {
        if faults.withLock(\.isEmpty) { return nil }
        guard
            let path = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/fd/\(descriptor)")
        else { return nil }
        return fails(call, path) ? errno : nil
    }
}
