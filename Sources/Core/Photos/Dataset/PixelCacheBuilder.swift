import Basics
import Canvas
import Foundation

/// The construction of a folder's pixel cache on all workers, reusing what an older cache still
/// has. It decodes every photo or, if lazy, only those that do not look whole.
struct PixelCacheBuilder {
    let folder: String
    let reading: PhotoReading
    let imageSize: Int
    let listed: [PixelFile.Entry]
    let old: PixelFile?
    let pool: WorkerPool
    /// Whether photos that look whole stay pending.
    let isLazy: Bool
    /// Photos that are never left pending.
    let exclusions: ExclusionList
    let progress: @Sendable (_ done: Int, _ total: Int) -> Void
    let isCancelled: @Sendable () -> Bool

    struct Result {
        var storage: PixelCache.Storage
        var entries: [PixelFile.Entry]
        var decodedCount: Int
        /// Temporary name of the file while photos are pending.
        var unfinishedFile: String?
    }

    /// Builds the file beside `path` and renames it, so that a reader sees either the old or the
    /// new one. If photos are pending, `PixelCache` finishes the file later.
    ///
    /// - Throws: `FileFailure` if it cannot be written; `CancellationError`.
    func build(file path: String) throws -> Result {
        try Home.prepare(PathParts.folder(path))
        Self.removeLeftovers(of: path)
        let temporary = "\(path).\(getpid())-\(UInt32.random(in: 0...UInt32.max)).tmp"
        let descriptor = FileCalls.open(temporary, O_RDWR | O_CREAT | O_TRUNC)
        guard descriptor >= 0 else { throw AtomicFile.failure(path, errno) }
        var isKept = false
        defer { if !isKept { unlink(temporary) } }
        let storage = PixelCache.Storage(descriptor: descriptor)
        var result = try fill(storage, path)
        if result.entries.contains(where: { $0.isPending == true }) {
            result.unfinishedFile = temporary
        } else if try !storage.finish(
            PixelFile.Index(
                imageSize: imageSize, entries: result.entries, folder: UserPath.absolute(folder)), temporary,
            as: path)
        {
            throw AtomicFile.failure(path, errno)
        }
        isKept = true
        return result
    }

    func buildInMemory() throws -> Result {
        try fill(
            PixelCache.Storage(photos: listed.count, slotBytes: PixelFile.slotBytes(imageSize)), "memory")
    }

    /// Removes the half-built files of processes that no longer exist.
    private static func removeLeftovers(of path: String) {
        let parent = PathParts.folder(path)
        let prefix = PathParts.name(path) + "."
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
            guard let process = pid_t(name.dropFirst(prefix.count).prefix { $0.isNumber }) else { continue }
            if kill(process, 0) != 0, errno == ESRCH { unlink("\(parent)/\(name)") }
        }
    }

    private func fill(_ storage: PixelCache.Storage, _ path: String) throws -> Result {
        let known = Dictionary(
            (old?.index.entries ?? []).enumerated().map { ($1.path, (slot: $0, entry: $1)) },
            uniquingKeysWith: { first, _ in first })
        let state = BuildState(entries: listed)
        let total = listed.count
        let slotBytes = PixelFile.slotBytes(imageSize)
        pool.run { _ in
            let decoder = PhotoDecoder(reading)
            let square = UnsafeMutableRawBufferPointer.allocate(byteCount: slotBytes, alignment: 64)
            defer { square.deallocate() }
            while let item = state.next(), !isCancelled() {
                var entry = listed[item]
                var isFresh = true
                if let (slot, before) = known[entry.path], before.isPending != true,
                    before.isSameFile(as: entry), !before.isOutdated(reading), let old,
                    before.fault != nil
                        || PositionedIO.read(
                            old.descriptor, square.baseAddress!, slotBytes, at: slot * slotBytes)
                            && WordChecksum.sum(UnsafeRawBufferPointer(square)) == before.sum
                {
                    (entry, isFresh) = (before, false)
                } else if isLazy, !exclusions.contains(entry.path),
                    let header = decoder.headerIfWhole(path: "\(folder)/\(entry.path)")
                {
                    entry.isPending = true
                    entry.orientation = header.orientation.ifTurned
                    progress(state.finish(item, entry, isFresh: false), total)
                    continue
                } else {
                    do {
                        let image = try decoder.decode(path: "\(folder)/\(entry.path)")
                        PixelCache.encode(
                            image, imageSize, into: square.baseAddress!.assumingMemoryBound(to: UInt16.self))
                        entry.sum = WordChecksum.sum(UnsafeRawBufferPointer(square))
                        entry.orientation = image.orientation.ifTurned
                    } catch {
                        entry.fail(error)
                    }
                }
                // An unusable photo's slot is all zeros, not what the square held before.
                if entry.fault != nil { square.initializeMemory(as: UInt8.self, repeating: 0) }
                guard storage.write(item, UnsafeRawBufferPointer(square)) else { return state.fail(errno) }
                progress(state.finish(item, entry, isFresh: isFresh), total)
            }
        }
        if let code = state.failure { throw AtomicFile.failure(path, code) }
        if isCancelled() { throw CancellationError() }
        return Result(storage: storage, entries: state.entries, decodedCount: state.decodedCount)
    }
}

/// The outcome of each photo, shared by the workers.
private final class BuildState: @unchecked Sendable {
    // Unchecked: `lock` guards every variable.
    private let lock = NSLock()
    private var list: [PixelFile.Entry]
    private var started = 0
    private var done = 0
    private var decoded = 0
    private var code: Int32?

    init(entries: [PixelFile.Entry]) { list = entries }

    var entries: [PixelFile.Entry] { lock.withLock { list } }
    var decodedCount: Int { lock.withLock { decoded } }
    /// The `errno` of the first failed write.
    var failure: Int32? { lock.withLock { code } }

    /// Returns the next photo to do; nil when all are taken or a write has failed.
    func next() -> Int? {
        lock.withLock {
            guard started < list.count, code == nil else { return nil }
            started += 1
            return started - 1
        }
    }

    func fail(_ code: Int32) { lock.withLock { self.code = self.code ?? code } }

    /// - Returns: photos finished so far.
    func finish(_ index: Int, _ entry: PixelFile.Entry, isFresh: Bool) -> Int {
        lock.withLock {
            list[index] = entry
            done += 1
            if isFresh { decoded += 1 }
            return done
        }
    }
}
