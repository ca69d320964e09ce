import Basics
import Foundation
import Network
import Photos
import Ranks

/// The records of all listed photos of a folder and, given weights, their features. Files that have
/// not changed since an earlier survey come from the cache.
package struct PhotoSurvey: Sendable {
    /// In the folder's order.
    let records: [PhotoRecord]
    /// One row per record, zero for photos that cannot be used; nil without weights.
    let features: FeatureMatrix?
    /// Photos examined in this survey; the others came from the cache.
    let examinedCount: Int
    /// Why nothing could be kept on disk; nil if it was.
    let warning: DoctorFailure?

    /// Examines a folder on `threads` threads.
    ///
    /// - Parameters:
    ///   - tensors: the weights of `network`; nil leaves out the features.
    ///   - directory: the folder of cache files; nil keeps nothing.
    ///   - ranks: those that share the photos, of which this is the first; nil for this process alone.
    ///   - progress: called on worker threads.
    /// - Throws: `CancellationError`, with what was examined until then kept; `DoctorFailure`
    ///   if neither disk nor memory can hold the features; `RankFailure`, likewise kept.
    init(
        folder: ImageFolder, network: Backbone, tensors: NamedTensors?, directory: String?, threads: Int,
        isBackground: Bool, ranks: RankGroup? = nil,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws {
        let listed = folder.files.map { PixelFile.Entry(path: $0.path, in: folder.path) }
        let path = directory.map { "\($0)/\(Self.fileName(folder, network.imageSize, tensors))" }
        let channels = tensors == nil ? FeatureMatrix.standardChannels : network.featureChannels
        let kept = path.flatMap { RecordFile(path: $0) }
        defer { if let kept { close(kept.descriptor) } }
        let old = kept.flatMap { $0.channels == channels ? $0 : nil }
        if let old, old.records.count == listed.count,
            zip(old.records, listed).allSatisfy({
                $0?.file.isSameFile(as: $1) == true && $0?.file.isOutdated(folder.reading) == false
            }),
            let features = FeatureMatrix(
                count: listed.count, channels: channels, descriptor: old.descriptor)
        {
            records = old.records.compactMap(\.self)
            (self.features, examinedCount, warning) = (tensors == nil ? nil : features, 0, nil)
            return
        }
        let examination = Examination(
            folder: folder.path, reading: folder.reading, network: network, channels: channels,
            listed: listed, old: old, tensors: tensors, threads: threads,
            isBackground: isBackground, ranks: ranks, progress: progress, isCancelled: isCancelled)
        var result: Examination.Result?
        var failure: UserError?
        if let path {
            do { result = try examination.run(file: path) } catch let error as any Failure {
                if error is RankFailure { throw error }
                failure = UserError(error)
            }
        }
        let (found, matrix, count) = try result ?? examination.runInMemory()
        (records, features, examinedCount) = (found, tensors == nil ? nil : matrix, count)
        warning = failure.map { .notKept($0) }
    }

    /// Name of the cache file, by checksums of the folder's path and of the weights; stable between
    /// runs.
    private static func fileName(_ folder: ImageFolder, _ imageSize: Int, _ tensors: NamedTensors?) -> String
    {
        let absolute = URL(fileURLWithPath: folder.path).standardizedFileURL.resolvingSymlinksInPath().path
        let place = Array(absolute.utf8).withUnsafeBytes(WordChecksum.sum)
        let key = folder.reading.key
        guard let tensors else { return "photos-\(String(place, radix: 16))-\(imageSize)\(key).cache" }
        let weights = tensors.keys.sorted().reduce(0 as UInt64) { sum, name in
            tensors[name]!.values.withUnsafeBytes { sum &* 31 &+ WordChecksum.sum($0) }
        }
        return "photos-\(String(place, radix: 16))-\(imageSize)-\(String(weights, radix: 16))\(key).cache"
    }
}

extension PhotoSurvey {
    /// Returns the photo folder that a cache file of the doctor is about; nil if it does not say.
    package static func folder(ofCache path: String) -> String? { RecordFile.folder(of: path) }
}

/// The work of a survey, spread over worker threads.
private struct Examination {
    typealias Result = (records: [PhotoRecord], features: FeatureMatrix, examinedCount: Int)

    let folder: String
    let reading: PhotoReading
    let network: Backbone
    /// Features of a row.
    let channels: Int
    let listed: [PixelFile.Entry]
    let old: RecordFile?
    let tensors: NamedTensors?
    let threads: Int
    let isBackground: Bool
    let ranks: RankGroup?
    let progress: @Sendable (_ done: Int, _ total: Int) -> Void
    let isCancelled: @Sendable () -> Bool

    /// Writes the file beside `path` and renames it, so that a reader sees either the old or the
    /// new one.
    ///
    /// - Throws: `FileFailure` if it cannot be written; `CancellationError`.
    func run(file path: String) throws -> Result {
        try Home.prepare(PathParts.folder(path))
        let temporary = "\(path).\(UUID().uuidString).tmp"
        let descriptor = FileCalls.open(temporary, O_RDWR | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { throw AtomicFile.failure(path, errno) }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        let state = ExaminationState(count: listed.count)
        try fill(state, path) { index, row in
            PositionedIO.write(descriptor, row, channels * 4, at: index * channels * 4)
        }
        guard
            try RecordFile.finish(
                descriptor, state.records, channels: channels, folder: UserPath.absolute(folder)),
            FileCalls.rename(temporary, to: path) == 0
        else {
            throw AtomicFile.failure(path, errno)
        }
        try ranks?.check()
        if isCancelled() { throw CancellationError() }
        guard let features = FeatureMatrix(count: listed.count, channels: channels, descriptor: descriptor)
        else {
            throw AtomicFile.failure(path, errno)
        }
        return (state.records.compactMap(\.self), features, state.examinedCount)
    }

    func runInMemory() throws -> Result {
        guard let features = FeatureMatrix(count: listed.count, channels: channels, descriptor: nil) else {
            throw DoctorFailure.noMemory(photos: listed.count)
        }
        let state = ExaminationState(count: listed.count)
        try fill(state, "memory") { index, row in
            features.write(index, row)
            return true
        }
        try ranks?.check()
        if isCancelled() { throw CancellationError() }
        return (state.records.compactMap(\.self), features, state.examinedCount)
    }

    /// Examines the photos, or copies what is known of them.
    ///
    /// - Parameter write: stores a photo's row; returns false with `errno` set on failure.
    /// - Throws: `FileFailure` if a row cannot be stored; `MemoryFailure` if the network does not
    ///   fit.
    private func fill(
        _ state: ExaminationState, _ path: String, _ write: @escaping (Int, UnsafePointer<Float>) -> Bool
    ) throws {
        var known: [PhotoPath: (slot: Int, record: PhotoRecord)] = [:]
        for (slot, record) in (old?.records ?? []).enumerated() {
            if let record { known[record.path] = (slot, record) }
        }
        let examiner = PhotoExaminer(
            folder: folder, reading: reading, network: network, tensors: tensors, threads: threads,
            isBackground: isBackground)
        try examiner.checkMemory()
        var fresh: [Int] = []
        let row = Buffer(count: channels)
        for (index, file) in listed.enumerated() {
            if isCancelled() || state.failure != nil { break }
            if let (slot, record) = known[file.path], record.file.isSameFile(as: file),
                !record.file.isOutdated(reading), let old,
                PositionedIO.read(
                    old.descriptor, row.pointer, channels * 4, at: slot * channels * 4)
            {
                if !write(index, row.pointer) { state.fail(errno) }
                progress(state.finish(index, record, isFresh: false), listed.count)
            } else {
                fresh.append(index)
            }
        }
        if !fresh.isEmpty { try examine(fresh, examiner, state, write) }
        if let code = state.failure { throw AtomicFile.failure(path, code) }
    }

    /// Examines photos that are not known, alone or with the other ranks.
    ///
    /// - Throws: `RankFailure` if a rank cannot take part.
    private func examine(
        _ fresh: [Int], _ examiner: PhotoExaminer, _ state: ExaminationState,
        _ write: @escaping (Int, UnsafePointer<Float>) -> Bool
    ) throws {
        let isStopped = { isCancelled() || state.failure != nil }
        func finish(_ index: Int, _ record: PhotoRecord, _ features: UnsafePointer<Float>) {
            if !write(index, features) { state.fail(errno) }
            progress(state.finish(index, record, isFresh: true), listed.count)
        }
        let files = fresh.map { listed[$0] }
        guard let ranks else {
            return examiner.examine(files, isStopped: isStopped) { finish(fresh[$0], $1, $2) }
        }
        do {
            try SharedSurvey(ranks, examiner).lead(files, isStopped: isStopped) { finish(fresh[$0], $1, $2) }
        } catch let failure as RankFailure {
            // While a rank is lost, what is known by now can be kept.
            guard ranks.failure != nil else { throw failure }
        }
    }
}

/// The outcome of each photo, shared by the workers.
private final class ExaminationState: @unchecked Sendable {
    // Unchecked: `lock` guards every variable.
    private let lock = NSLock()
    private var list: [PhotoRecord?]
    private var done = 0
    private var examined = 0
    private var code: Int32?

    init(count: Int) { list = Array(repeating: nil, count: count) }

    var records: [PhotoRecord?] { lock.withLock { list } }
    var examinedCount: Int { lock.withLock { examined } }
    /// The `errno` of the first failed write.
    var failure: Int32? { lock.withLock { code } }

    func fail(_ code: Int32) { lock.withLock { self.code = self.code ?? code } }

    /// - Returns: photos finished so far.
    func finish(_ index: Int, _ record: PhotoRecord, isFresh: Bool) -> Int {
        lock.withLock {
            list[index] = record
            done += 1
            if isFresh { examined += 1 }
            return done
        }
    }
}
