import Basics
import Foundation
import Runs

/// The folder of event files of one run, with one file of ours in it and in each of its folders
/// `train` and `validation`. Not for several threads.
final class EventFolder {
    let path: String
    /// Part of the names of our files, by which they are told from those of other programs.
    private let mark: String
    private var files: [RunEvents.Stream: EventFile] = [:]

    private static let prefix = "events.out.tfevents."

    /// Finds the run's folder below `parent`: `0042`, or `0042-2` if that holds a run of the same
    /// number from another home.
    init(_ run: RunFolder, in parent: String) {
        let place = URL(fileURLWithPath: run.path).standardizedFileURL.path
        let ours = ".flowers-tui.\(run.id)-"
        let mark = ours + String(TFRecord.checksum(place.utf8), radix: 16) + "."
        var (number, path) = (1, "\(parent)/\(run.id)")
        while case let names = Self.names(path).filter({ $0.contains(ours) }), !names.isEmpty,
            !names.contains(where: { $0.contains(mark) })
        {
            number += 1
            path = "\(parent)/\(run.id)-\(number)"
        }
        (self.path, self.mark) = (path, mark)
    }

    private func folder(_ stream: RunEvents.Stream) -> String {
        stream == .run ? path : "\(path)/\(stream.rawValue)"
    }

    private static func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasPrefix(prefix) }
    }

    private func ownFiles(_ stream: RunEvents.Stream) -> [String] {
        Self.names(folder(stream)).filter { $0.contains(mark) }.sorted()
    }

    /// Makes the files hold exactly `records`. Files that do already, but for optional records, are
    /// left as they are; others are replaced.
    ///
    /// - Parameter replacing: false refuses to replace a file.
    /// - Throws: `FileFailure` if they cannot be written; files and folders are then as they were.
    func hold(_ records: [RunEvents.Record], replacing: Bool = true) throws {
        var paths: [RunEvents.Stream: String] = [:]
        var (new, old): ([AtomicFile.Entry], [String]) = ([], [])
        for stream in RunEvents.Stream.allCases {
            let wanted = records.filter { $0.stream == stream }
            let present = ownFiles(stream)
            if present.count == 1, holds("\(folder(stream))/\(present[0])", wanted) {
                paths[stream] = "\(folder(stream))/\(present[0])"
            } else {
                let entry = successor(of: present, of: stream, with: wanted)
                paths[stream] = entry.path
                new.append(entry)
                old += present.map { "\(folder(stream))/\($0)" }
            }
        }
        if !replacing, !old.isEmpty { throw FileFailure.alreadyThere(path) }
        var made: [String] = []
        do {
            for stream in RunEvents.Stream.allCases { made += try Home.prepare(folder(stream)) }
            // Their names are of their own; the files that they replace go once all are written.
            try AtomicFile.write(new, replacing: false)
        } catch {
            Home.removeEmpty(made)
            throw error
        }
        for file in old { unlink(file) }
        for (stream, path) in paths { files[stream] = try EventFile(appendingTo: path) }
    }

    private func holds(_ file: String, _ records: [RunEvents.Record]) -> Bool {
        guard let data = try? BoundedFile.read(file, limit: OutsideLog.longestFile) else { return false }
        let found = EventReader([UInt8](data))
        return found.damage == nil
            && found.values.filter { !RunEvents.optionalTags.contains($0.tag) }.map { Key($0.tag, $0.step) }
                == records.filter { !$0.isOptional }.map { Key($0.tag, $0.step) }
    }

    private struct Key: Equatable {
        var (tag, step): (String, Int)
        init(_ tag: String, _ step: Int) { (self.tag, self.step) = (tag, step) }
    }

    /// Returns a file whose name sorts after the old ones', which it is to replace. A program that
    /// reads the folder meanwhile discards what it has read.
    private func successor(
        of old: [String], of stream: RunEvents.Stream, with records: [RunEvents.Record]
    ) -> AtomicFile.Entry {
        let start = records.first?.time ?? Date().timeIntervalSince1970
        let last = old.last.flatMap { Int($0.suffix(3)) } ?? -1
        let seconds = old.last.flatMap { $0.dropFirst(Self.prefix.count).split(separator: ".").first }
        let began = seconds.map(String.init) ?? String(format: "%010d", Int(start))
        let name = Self.prefix + began + mark + String(format: "%03d", last + 1)
        var bytes = TFRecord.framed(EventMessage.version.encoded(tag: "", step: 0, time: start))
        if !old.isEmpty {
            bytes += TFRecord.framed(EventMessage.restart.encoded(tag: "", step: 0, time: start))
        }
        for record in records { bytes += record.framed }
        return AtomicFile.Entry(path: "\(folder(stream))/\(name)", data: bytes)
    }

    func append(_ record: RunEvents.Record) { files[record.stream]?.append(record.framed) }

    /// Writes what was appended.
    ///
    /// - Throws: `FileFailure` if the disk does not take it; it is then kept for the next time.
    func flush() throws {
        for stream in RunEvents.Stream.allCases { try files[stream]?.flush() }
    }
}

/// An event file that grows. A write that fails leaves no part of a record behind.
private final class EventFile {
    private let descriptor: Int32
    private let path: String
    private var written: Int
    private var pending = Data()

    /// Most bytes kept while the disk refuses them; beyond that none are taken any more.
    private static let pendingLimit = 64 << 20

    init(appendingTo path: String) throws {
        self.path = path
        descriptor = FileCalls.open(path, O_WRONLY | O_APPEND)
        guard descriptor >= 0 else { throw AtomicFile.failure(path, errno) }
        written = Int(lseek(descriptor, 0, SEEK_END))
    }

    deinit { close(descriptor) }

    func append(_ bytes: Data) {
        if pending.count + bytes.count <= Self.pendingLimit { pending += bytes }
    }

    func flush() throws {
        if pending.isEmpty { return }
        do {
            try pending.withUnsafeBytes { try AtomicFile(descriptor: descriptor, path: path).append($0) }
        } catch {
            _ = FileCalls.truncate(descriptor, to: written)
            throw error
        }
        written += pending.count
        pending = Data()
    }
}

extension RunEvents.Record {
    /// The record as it stands in a file.
    var framed: Data { TFRecord.framed(message.encoded(tag: tag, step: step, time: time)) }
}
