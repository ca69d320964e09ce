import Basics
import Foundation
package import Recipes

/// A run's events as lines of JSON, `events.jsonl`. Append-only, with one write per line, so that
/// after a crash, and for any reader, all lines but the last are complete.
package final class EventLog: @unchecked Sendable {
    // Unchecked: `descriptor` and `path` never change, and `lock` guards the variables.
    private let descriptor: Int32
    private let path: String
    private let lock = NSLock()
    /// Length of the complete lines in the file, in bytes.
    private var written: Int
    /// Lines that could not be written yet.
    private var pending: [UInt8] = []

    /// Most bytes of lines kept while the disk refuses them; beyond that the oldest are dropped.
    static let pendingLimit = 4 << 20
    private static let newline = UInt8(ascii: "\n")

    /// Largest log that is read, in bytes: enough for some four million batches.
    static let longestFile = 1 << 30

    /// Opens the log for appending and removes a last line that a crash cut short.
    ///
    /// - Throws: `FileFailure` if the file cannot be written.
    package init(path: String) throws {
        self.path = path
        written = try Self.wholeLength(path) ?? 0
        descriptor = FileCalls.open(path, O_WRONLY | O_CREAT | O_APPEND)
        guard descriptor >= 0 else { throw AtomicFile.failure(path, errno) }
        if FileCalls.truncate(descriptor, to: written) != 0 {
            close(descriptor)
            throw AtomicFile.failure(path, errno)
        }
    }

    deinit { close(descriptor) }

    /// Appends one event. For checkpoints and the ends of epochs and runs, waits until it is on
    /// disk.
    ///
    /// - Throws: `FileFailure` if the disk does not take it. The line is then written with the next
    ///   one, and the file ends with a complete line.
    package func append(_ event: TrainerEvent) throws {
        let entry = LoggedEvent(event, time: Date().timeIntervalSince1970)
        let line = Array((try entry.jsonLine() + "\n").utf8)
        try lock.withLock {
            pending += line
            try writePending()
            switch event {
            case .epochEnded, .checkpointSaved, .runEnded:
                guard FileCalls.sync(descriptor) == 0 else { throw AtomicFile.failure(path, errno) }
            default: break
            }
        }
    }

    private func writePending() throws {
        do {
            try pending.withUnsafeBytes { try AtomicFile(descriptor: descriptor, path: path).append($0) }
            written = Int(lseek(descriptor, 0, SEEK_END))
            pending = []
        } catch {
            // Truncation needs no space; if it fails too, the complete lines in the file are kept.
            if FileCalls.truncate(descriptor, to: written) != 0 { keepWholeLines() }
            if pending.count > Self.pendingLimit {
                let half = pending[(pending.count / 2)...]
                pending = half.firstIndex(of: Self.newline).map { Array(half[($0 + 1)...]) } ?? []
            }
            throw error
        }
    }

    /// Length of the complete lines written so far, in bytes.
    package var length: Int { lock.withLock { written } }

    /// Counts the complete lines of a failed write as written. A newline then terminates the torn
    /// line, which readers skip.
    private func keepWholeLines() {
        let end = Int(lseek(descriptor, 0, SEEK_END))
        let taken = pending.prefix(max(0, end - written))
        let whole = taken.lastIndex(of: Self.newline).map { $0 + 1 } ?? 0
        let isTorn = taken.count > whole
        pending.removeFirst(whole)
        written = max(written, end)
        if isTorn { pending.insert(Self.newline, at: 0) }
    }

    /// Returns all events of the log, oldest first; none if there is no file. Skips lines that are
    /// incomplete or from another version.
    ///
    /// - Parameter length: number of bytes to read; nil for all.
    package static func read(_ path: String, length: Int? = nil) -> [TrainerEvent] {
        lines(path, length) { try TrainerEvent(jsonLine: $0) }
    }

    /// Returns the same events with the times at which they were recorded.
    package static func entries(_ path: String, length: Int? = nil) -> [LoggedEvent] {
        lines(path, length) { try LoggedEvent(jsonLine: $0) }
    }

    private static func lines<Line>(_ path: String, _ length: Int?, _ read: (String) throws -> Line) -> [Line]
    {
        guard let data = try? BoundedFile.read(path, limit: longestFile) else { return [] }
        return data.prefix(length ?? data.count).split(separator: newline).compactMap {
            try? read(String(decoding: $0, as: UTF8.self))
        }
    }

    /// Replaces the log atomically, as for a resumed run, which drops the events after its
    /// checkpoint.
    package static func replace(_ path: String, with events: [LoggedEvent]) throws {
        let text = try events.map { try $0.jsonLine() + "\n" }.joined()
        try AtomicFile.write(Data(text.utf8), to: path)
    }

    /// Returns the length up to the last newline; nil if there is no file.
    private static func wholeLength(_ path: String) throws -> Int? {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) else {
            return nil
        }
        return data.lastIndex(of: newline).map { $0 + 1 } ?? 0
    }
}
