import Foundation

/// A run's events as lines of JSON, `events.jsonl`: append only, one write a line, so that
/// a reader or a crash sees whole lines but for the last.
public final class EventLog: @unchecked Sendable {
    // Unchecked: `descriptor` never changes, and `lock` keeps lines whole.
    private let descriptor: Int32
    private let path: String
    private let lock = NSLock()

    /// Opens the log for appending. A last line that a crash cut short is taken away.
    ///
    /// - Throws: a `UserError` when the file cannot be written.
    public init(path: String) throws {
        self.path = path
        let whole = try Self.wholeLength(path)
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw AtomicFile.failure(path, errno) }
        if let whole, ftruncate(descriptor, off_t(whole)) != 0 {
            close(descriptor)
            throw AtomicFile.failure(path, errno)
        }
    }

    deinit { close(descriptor) }

    /// Appends one event. At the ends of epochs and runs it also waits for the disk.
    ///
    /// - Throws: a `UserError` when the disk is full.
    public func append(_ event: TrainerEvent) throws {
        let line = Array((try event.jsonLine() + "\n").utf8)
        try lock.withLock {
            try line.withUnsafeBytes { try AtomicFile(descriptor: descriptor, path: path).append($0) }
        }
        switch event {
        case .epochEnded, .checkpointSaved, .runEnded: fsync(descriptor)
        default: break
        }
    }

    /// Bytes written so far.
    var length: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// All events of the log, oldest first; none when there is no file.
    ///
    /// Lines that are cut short or from another version are left out.
    ///
    /// - Parameter length: bytes of the file that count; nil: all.
    public static func read(_ path: String, length: Int? = nil) -> [TrainerEvent] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return data.prefix(length ?? data.count).split(separator: UInt8(ascii: "\n")).compactMap {
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
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) else { return nil }
        return data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    }
}
