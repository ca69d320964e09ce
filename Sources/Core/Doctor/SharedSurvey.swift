import Basics
import Foundation
import Network
import Photos
package import Ranks

/// The first rank's order to the others to examine photos with it.
private struct SurveyOrder: Codable {
    var files: [PhotoPath]
    var formats: ImageFormats
    var orientation: ExifOrientation
    var model: Architecture
    var imageSize: Int
    var usesNetwork: Bool
}

/// The examination of photos by the ranks of a job, in rounds: in each, every rank examines some of them
/// and tells the others what it found. Only the first keeps it.
struct SharedSurvey {
    private let ranks: RankGroup
    private let examiner: PhotoExaminer

    init(_ ranks: RankGroup, _ examiner: PhotoExaminer) { (self.ranks, self.examiner) = (ranks, examiner) }

    /// Examines files with the other ranks, which follow; on the first rank.
    ///
    /// - Parameters:
    ///   - isStopped: as in `PhotoExaminer`; the others then stop too.
    ///   - finish: as in `PhotoExaminer`.
    /// - Throws: `RankFailure` if a rank is lost, cannot take part, or has other photos.
    func lead(
        _ files: [PixelFile.Entry], isStopped: @escaping () -> Bool,
        finish: @escaping (_ index: Int, _ record: PhotoRecord, _ features: UnsafePointer<Float>) -> Void
    ) throws {
        let order = SurveyOrder(
            files: files.map(\.path), formats: examiner.reading.formats,
            orientation: examiner.reading.orientation, model: examiner.network.architecture,
            imageSize: examiner.network.imageSize, usesNetwork: examiner.tensors != nil)
        _ = ranks.broadcast(try JSONEncoder().encode(order))
        if let tensors = examiner.tensors { _ = ranks.broadcast(try Safetensors.data(tensors)) }
        try ranks.check()
        try begin(files)
        try makeRounds(files, isStopped: isStopped) { index, record, features in
            // The file's time is that of the first rank's copy, by which it is known again.
            var record = record
            var file = files[index]
            (file.fault, file.kind) = (record.file.fault, record.file.kind)
            record.file = file
            finish(index, record, features)
        }
    }

    /// Makes sure that all ranks can take part, with the same files.
    ///
    /// - Throws: `RankFailure`, the same on every rank.
    fileprivate func begin(_ files: [PixelFile.Entry]) throws {
        var problem: UserError?
        do { try examiner.checkMemory() } catch { problem = UserError(error) }
        try ranks.agree(problem: problem)
        let list = files.map { "\($0.path.text)\t\($0.bytes)" }.joined(separator: "\n")
        let own = "\(files.count) \(String(Array(list.utf8).withUnsafeBytes(WordChecksum.sum), radix: 16))"
        let all = ranks.gather(Data(own.utf8)).map { String(decoding: $0, as: UTF8.self) }
        try ranks.check()
        guard let theirs = all.first(where: { $0 != all[0] }) else { return }
        throw RankFailure.photos(
            ranks.members.filter { all[$0.rank] == theirs }, theirs: theirs, ours: all[0])
    }

    /// Most photos of a rank in a round.
    private static let share = 64

    /// Examines this rank's part of each round.
    ///
    /// - Parameter finish: receives what all ranks found, on the first rank; its own on the workers' threads.
    /// - Throws: `RankFailure`.
    fileprivate func makeRounds(
        _ files: [PixelFile.Entry], isStopped: @escaping () -> Bool = { false },
        finish: ((_ index: Int, _ record: PhotoRecord, _ features: UnsafePointer<Float>) -> Void)? = nil
    ) throws {
        var first = 0
        while first < files.count {
            let share = min(Self.share, (files.count - first + ranks.count - 1) / ranks.count)
            let parts = (0..<ranks.count).map { rank in
                min(first + rank * share, files.count)..<min(first + (rank + 1) * share, files.count)
            }
            let own = parts[ranks.rank]
            let found = SurveyPart(count: own.count, channels: examiner.channels)
            examiner.examine(Array(files[own]), isStopped: isStopped) { index, record, features in
                if let finish {
                    finish(own.lowerBound + index, record, features)
                } else {
                    found.note(index, record, features)
                }
            }
            let all = ranks.gather(try found.message(isLast: isStopped()))
            try ranks.check()
            if let finish {
                for (rank, part) in parts.enumerated() where rank != ranks.rank {
                    guard let theirs = SurveyPart(all[rank], count: part.count, channels: examiner.channels)
                    else { throw RankFailure.diverged([ranks.members[rank]]) }
                    theirs.visit { finish(part.lowerBound + $0, $1, $2) }
                }
            }
            if SurveyPart.isLast(all[0]) { return }
            first = parts[parts.count - 1].upperBound
        }
    }
}

/// A rank's findings of a round, and the message about them: whether the first rank stops, the length of the
/// records in JSON, the records, then a row of features for each photo.
private final class SurveyPart: @unchecked Sendable {
    // Unchecked: `lock` guards both; each row is written once.
    private let lock = NSLock()
    private var records: [PhotoRecord?]
    private var rows: [Float] = []
    private let channels: Int

    private static let header = 16

    init(count: Int, channels: Int) {
        (records, self.channels) = (Array(repeating: nil, count: count), channels)
    }

    /// Nil for other bytes.
    init?(_ message: Data, count: Int, channels: Int) {
        guard message.count >= Self.header else { return nil }
        let length = Self.number(message, 8)
        let start = Self.header + length
        guard length >= 0, start <= message.count,
            let records = try? JSONDecoder().decode(
                [PhotoRecord?].self,
                from: message[message.startIndex + Self.header..<message.startIndex + start]),
            records.isEmpty || records.count == count,
            message.count - start == records.count * channels * 4
        else { return nil }
        (self.records, self.channels) = (records, channels)
        rows = [Float](unsafeUninitializedCapacity: records.count * channels) { target, filled in
            filled = records.count * channels
            UnsafeMutableRawBufferPointer(target).copyBytes(from: message.suffix(filled * 4))
        }
    }

    private static func number(_ message: Data, _ place: Int) -> Int {
        message.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Int.self) }
    }

    static func isLast(_ message: Data) -> Bool { message.count >= header && number(message, 0) != 0 }

    func note(_ index: Int, _ record: PhotoRecord, _ features: UnsafePointer<Float>) {
        lock.withLock {
            if rows.isEmpty { rows = Array(repeating: 0, count: records.count * channels) }
            records[index] = record
            for i in 0..<channels { rows[index * channels + i] = features[i] }
        }
    }

    /// - Parameter isLast: whether there is no further round.
    func message(isLast: Bool) throws -> Data {
        let json = try JSONEncoder().encode(rows.isEmpty ? [] : records)
        var result = Data()
        for number in [isLast ? 1 : 0, json.count] {
            withUnsafeBytes(of: number) { result.append(contentsOf: $0) }
        }
        result.append(json)
        rows.withUnsafeBytes { result.append(contentsOf: $0) }
        return result
    }

    func visit(_ body: (_ index: Int, PhotoRecord, UnsafePointer<Float>) -> Void) {
        rows.withUnsafeBufferPointer { rows in
            for (index, record) in records.enumerated() {
                if let record { body(index, record, rows.baseAddress! + index * channels) }
            }
        }
    }
}

/// A rank other than the first in a check of photos: it examines what that asks for, and keeps nothing.
package struct SurveyFollower {
    private let ranks: RankGroup
    /// The folder of this rank's photos.
    private let data: String
    private let threads: Int

    package init(_ ranks: RankGroup, data: String, threads: Int) {
        (self.ranks, self.data, self.threads) = (ranks, data, threads)
    }

    /// Follows the first rank's orders until it lets this one leave.
    ///
    /// - Returns: the exit code.
    /// - Throws: `RankFailure` if the ranks are lost to each other.
    package func run() throws -> Int32 {
        while true {
            switch try ranks.nextOrder() {
            case .leave(let status): return status
            case .compute(let data):
                do { try examine(JSONDecoder().decode(SurveyOrder.self, from: data)) } catch {
                    // Every rank knows the reason, and the first tells it; if the ranks are lost, so is this.
                    try ranks.check()
                }
            }
        }
    }

    private func examine(_ order: SurveyOrder) throws {
        let weights = order.usesNetwork ? ranks.broadcast() : nil
        try ranks.check()
        let examiner = PhotoExaminer(
            folder: data, reading: PhotoReading(formats: order.formats, orientation: order.orientation),
            network: Backbone(order.model, imageSize: order.imageSize),
            tensors: try weights.map { try Safetensors.read($0, from: "weights").tensors }, threads: threads,
            isBackground: false)
        let files = order.files.map { PixelFile.Entry(path: $0, in: data) }
        let survey = SharedSurvey(ranks, examiner)
        try survey.begin(files)
        try survey.makeRounds(files)
    }
}
