import Foundation

/// Temporary files: in `$TMPDIR` (or `/tmp`), or in the cache folder where that cannot be written or
/// is too small.
package enum Scratch {
    static func folder(_ environment: [String: String]) -> String {
        environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }

    private static func folders(_ environment: [String: String]) -> [String] {
        [folder(environment), Home.cachePath(environment: environment)]
    }

    /// Opens a file without a name, which goes with its descriptor; -1 with `errno` set if no
    /// folder takes one.
    package static func open(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Int32 {
        for folder in folders(environment) {
            let path = "\(folder)/.flowers-tui-\(UUID().uuidString)"
            let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 {
                unlink(path)
                return descriptor
            }
        }
        return -1
    }

    /// Calls `body` with the path of a temporary file to write, and removes the file afterwards. If
    /// it cannot be written there, `body` is called again with one in the next folder.
    ///
    /// - Throws: `FileFailure` if no folder takes the file; any other error of
    ///   `body`.
    package static func withFile<Result>(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        _ body: (_ path: String) throws -> Result
    ) throws -> Result {
        let folders = folders(environment)
        var problem: Int32?
        for folder in folders {
            if folder != folders[0] { _ = try? Home.prepare(folder) }
            let path = "\(folder)/flowers-tui-\(UUID().uuidString)"
            defer { unlink(path) }
            do {
                return try body(path)
            } catch let error as FileFailure where error.writeCode != nil {
                problem = problem ?? error.writeCode
            }
        }
        throw FileFailure.noTemporaryFile(folders[0], code: problem ?? 0, folders[1])
    }
}
