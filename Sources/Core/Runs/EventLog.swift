import Foundation

/// A run's events as lines of JSON, `events.jsonl`: append only, one write a line, so that
/// a reader or a crash sees whole lines but for the last.
public final class EventLog: @unchecked Sendable {
    // Unchecked: `descriptor` never changes, and `lock` guards the variables.
    private let descriptor: Int32
    private let path: String
    private let lock = NSLock()
    /// Bytes of whole lines in the file.
    private var written: Int
    /// Lines that could not be written yet.
    private var pending: [UInt8] = []

    /// Bytes of lines that wait for a disk that refuses them; beyond that the oldest are lost.
    static let pendingLimit = 4 << 20
    private static let newline = UInt8(ascii: "\n")

    /// Bytes of a log that is read: those of some four million batches.
    static let longestFile = 1 << 30

    /// Opens the log for appending. A last line that a crash cut short is taken away.
    ///
    /// - Throws: a `UserError` when the file cannot be written.
    public init(path: String) throws {
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

    /// Appends one event. At the ends of epochs and runs it also waits for the disk.
    ///
    /// - Throws: a `UserError` when the disk does not take it; the line then goes with the next one, and the file ends with
    ///   a whole line.
    public func append(_ event: TrainerEvent) throws {
        let line = Array((try event.jsonLine() + "\n").utf8)
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
            // Shortening a file needs no space; should it fail too, what is whole stays.
            if FileCalls.truncate(descriptor, to: written) != 0 { keepWholeLines() }
            if pending.count > Self.pendingLimit {
                let half = pending[(pending.count / 2)...]
                pending = half.firstIndex(of: Self.newline).map { Array(half[($0 + 1)...]) } ?? []
            }
            throw error
        }
    }

    /// Bytes of whole lines written so far.
    var length: Int { lock.withLock { written } }

    /// Takes what a failed write left of whole lines for written. A newline then ends what was torn, which readers pass over.
    private func keepWholeLines() {
        let end = Int(lseek(descriptor, 0, SEEK_END))
        let taken = pending.prefix(max(0, end - written))
        let whole = taken.lastIndex(of: Self.newline).map { $0 + 1 } ?? 0
        let isTorn = taken.count > whole
        pending.removeFirst(whole)
        written = max(written, end)
        if isTorn { pending.insert(Self.newline, at: 0) }
    }

    /// All events of the log, oldest first; none when there is no file.
    ///
    /// Lines that are cut short or from another version are left out.
    ///
    /// - Parameter length: bytes of the file that count; nil: all.
    public static func read(_ path: String, length: Int? = nil) -> [TrainerEvent] {
        guard let data = try? BoundedFile.read(path, limit: longestFile) else { return [] }
        return data.prefix(length ?? data.count).split(separator: newline).compactMap {
            try? TrainerEvent(jsonLine: String(decoding: $0, as: UTF8.self))
        }
    }

    /// Replaces the log atomically: a resumed run takes away what came after its checkpoint.
    public static func replace(_ path: String, with events: [TrainerEvent]) throws {
        let text = try events.map { try $0.jsonLine() + "\n" }.joined()
        try AtomicFile.write(Data(text.utf8), to: path)
    }

    /// Length up to the last newline; nil when there is no file.
    private static func wholeLength(_ path: String) throws -> Int? {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) else {
            return nil
        }
        return data.lastIndex(of: newline).map { $0 + 1 } ?? 0
    }
}
