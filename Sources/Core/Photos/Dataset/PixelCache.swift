import Basics
package import Canvas
import Foundation

/// The resized photos of a folder as 16-bit RGB squares, kept in one file (`PixelFile`) and read
/// photo by photo, so that memory does not grow with the folder.
///
/// Eight bits would not do: rounding to them moves probabilities by up to 0.03, to sixteen by less
/// than 1e-4. A photo whose path, size or modification time has changed is decoded again; the
/// others are copied over. A checksum reveals a slot that has been damaged since, and its photo is
/// decoded again. A lazy cache decodes each photo when it is first read; its file gets its name
/// once all have been, or when the cache is released.
package final class PixelCache: @unchecked Sendable {
    // Unchecked: `lock` guards the variables; the rest is constant once `init` returns.
    let imageSize: Int
    /// Usable photos, class by class in `ImageFolder` order.
    let files: [ImageFolder.File]
    let skipped: [SkippedPhoto]
    /// Photos decoded while opening; the others came from the file or are pending.
    let decodedCount: Int
    /// Why nothing could be kept on disk; nil if it was.
    let warning: PixelCacheProblem?
    private let folder: String
    private let reading: PhotoReading
    private let storage: Storage
    /// Slot of each of `files`.
    private let slots: [Int]
    private let path: String?
    private let lock = NSLock()
    private var problems: [PixelCacheProblem] = []
    /// Slots found damaged, so that each is reported only once.
    private var damaged: Set<Int> = []
    private var entries: [PixelFile.Entry]
    private var pendingCount: Int
    /// Temporary name of the file until it is complete; nil afterwards, or without a file.
    private var unfinishedFile: String?
    private var unusable = false
    private var cannotWrite = false

    /// Number of values in a square.
    var squareCount: Int { imageSize * imageSize * 3 }

    /// Opens the cache of `folder`, or builds it on all workers of `pool`.
    ///
    /// - Parameters:
    ///   - directory: the folder of cache files; nil keeps the squares in memory only.
    ///   - isLazy: defers decoding photos that look whole until they are first read.
    ///   - exclusions: photos that are decoded even by a lazy cache: they will never be read, but
    ///     whether they are usable decides the split.
    ///   - progress: called on worker threads with the photos done and the total.
    ///   - isCancelled: asked between photos.
    /// - Throws: `CancellationError`.
    init(
        folder: ImageFolder, imageSize: Int, directory: String?, isLazy: Bool = false,
        exclusions: ExclusionList = ExclusionList(), pool: WorkerPool,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws {
        (self.imageSize, self.folder, reading) = (imageSize, folder.path, folder.reading)
        let listed = folder.files.map { PixelFile.Entry(path: $0.path, in: folder.path) }
        let path = directory.map { "\($0)/\(Self.fileName(folder, imageSize: imageSize))" }
        self.path = path
        let old = path.flatMap { PixelFile(path: $0, imageSize: imageSize) }
        if let old, old.index.entries.count == listed.count,
            zip(old.index.entries, listed).allSatisfy({
                $0.isSameFile(as: $1) && $0.isPending != true && !$0.isOutdated(folder.reading)
            })
        {
            (storage, entries, decodedCount, warning) = (
                Storage(descriptor: old.descriptor), old.index.entries, 0, nil
            )
        } else {
            defer { if let old { close(old.descriptor) } }
            let builder = PixelCacheBuilder(
                folder: folder.path, reading: folder.reading, imageSize: imageSize, listed: listed, old: old,
                pool: pool,
                isLazy: isLazy,
                exclusions: exclusions,
                progress: progress, isCancelled: isCancelled)
            var built: PixelCacheBuilder.Result?
            var failure: UserError?
            if let path {
                do { built = try builder.build(file: path) } catch let error as any Failure {
                    failure = UserError(error)
                }
            }
            let result = try built ?? builder.buildInMemory()
            (storage, entries, decodedCount) = (result.storage, result.entries, result.decodedCount)
            unfinishedFile = result.unfinishedFile
            warning = failure.map { .inMemoryOnly($0) }
        }
        pendingCount = entries.count { $0.isPending == true }
        files = zip(folder.files, entries).filter { $1.fault == nil }.map(\.0)
        slots = entries.indices.filter { [entries] in entries[$0].fault == nil }
        skipped = entries.compactMap { entry in
            entry.fault.map { SkippedPhoto(file: entry.path, fault: $0, kind: entry.kind) }
        }
    }

    deinit {
        // The next run takes over what has been decoded so far.
        if unfinishedFile != nil { finishFile() }
    }

    /// Name of the cache file, by the FNV-1a hash of the absolute path: stable between runs, unlike
    /// Swift's `Hasher`. Photos that are read otherwise have files of their own.
    private static func fileName(_ folder: ImageFolder, imageSize: Int) -> String {
        let absolute = URL(fileURLWithPath: folder.path).standardizedFileURL.resolvingSymlinksInPath().path
        let hash = absolute.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return "pixels-\(String(hash, radix: 16))-\(imageSize)\(folder.reading.key).cache"
    }

    // MARK: Reading

    /// Whether a photo that looked whole could not be decoded. A cache opened after this one leaves
    /// it out.
    var hasUnusablePhoto: Bool { lock.withLock { unusable } }

    /// Orientation of `files[index]`.
    func orientation(_ index: Int) -> Orientation {
        lock.withLock { entries[slots[index]].orientation } ?? .upright
    }

    /// Reads the square of `files[index]`, `squareCount` values of 0…255 times 256; grey if the
    /// photo can no longer be decoded. Any thread may call.
    func read(_ index: Int, into target: UnsafeMutablePointer<UInt16>) {
        let slot = slots[index]
        let bytes = UnsafeMutableRawBufferPointer(start: target, count: squareCount * 2)
        let entry = lock.withLock { entries[slot] }
        let file = entry.path
        if entry.isPending == true { return decode(entry, slot, into: target) }
        if storage.read(slot, into: bytes), WordChecksum.sum(UnsafeRawBufferPointer(bytes)) == entry.sum {
            return
        }
        let isNews = lock.withLock { damaged.insert(slot).inserted }
        do {
            Self.encode(try PhotoDecoder(reading).decode(path: "\(folder)/\(file)"), imageSize, into: target)
            guard isNews else { return }
            let isSame = WordChecksum.sum(UnsafeRawBufferPointer(bytes)) == entry.sum
            note(.mended(file, isSame: isSame))
        } catch {
            target.update(repeating: 127 << 8, count: squareCount)
            if isNews { note(.lost(file)) }
        }
    }

    /// Decodes `files[index]` from its file, for a part of it; nil, which is noted once, if that is not
    /// possible. Any thread may call.
    func decode(_ index: Int) -> RGBImage? {
        let slot = slots[index]
        let entry = lock.withLock { entries[slot] }
        do { return try PhotoDecoder(reading).decode(path: "\(folder)/\(entry.path)") } catch {
            // Reading the square of a pending photo finds the same, and then says that it is unusable.
            if entry.isPending != true, lock.withLock({ damaged.insert(slot).inserted }) {
                note(.notCropped(entry.path))
            }
            return nil
        }
    }

    /// Decodes a pending photo and fills its slot. Two threads may do so at once; they write the
    /// same bytes.
    private func decode(_ pending: PixelFile.Entry, _ slot: Int, into target: UnsafeMutablePointer<UInt16>) {
        var entry = pending
        entry.isPending = nil
        do {
            let image = try PhotoDecoder(reading).decode(path: "\(folder)/\(entry.path)")
            Self.encode(image, imageSize, into: target)
            let bytes = UnsafeRawBufferPointer(start: target, count: squareCount * 2)
            entry.sum = WordChecksum.sum(bytes)
            if lock.withLock({ cannotWrite }) { return }
            guard storage.write(slot, bytes) else {
                let failure = AtomicFile.failure(path ?? "memory", errno)
                lock.withLock { cannotWrite = true }
                return note(.decodedInEveryEpoch(UserError(failure)))
            }
        } catch {
            // The slot stays empty, and grey stands in for the photo until a later cache leaves it
            // out.
            target.update(repeating: 127 << 8, count: squareCount)
            entry.fail(error)
        }
        let isLast = lock.withLock {
            if entry.fault != nil { unusable = true }
            guard entries[slot].isPending == true else { return false }
            entries[slot] = entry
            pendingCount -= 1
            return pendingCount == 0
        }
        if isLast { finishFile() }
    }

    /// Completes the file with its index and renames it. The index notes the photos still pending.
    private func finishFile() {
        lock.lock()
        let (unfinished, entries) = (unfinishedFile, entries)
        unfinishedFile = nil
        lock.unlock()
        guard let unfinished, let path else { return }
        let index = PixelFile.Index(
            imageSize: imageSize, entries: entries, folder: UserPath.absolute(folder))
        if (try? storage.finish(index, unfinished, as: path)) != true {
            note(.notKept(UserError(AtomicFile.failure(path, errno))))
            unlink(unfinished)
        }
    }

    private func note(_ problem: PixelCacheProblem) {
        lock.withLock {
            if problems.count < 100, !problems.contains(problem) { problems.append(problem) }
        }
    }

    /// Returns and clears the problems met while reading. Any thread may call.
    func takeProblems() -> [PixelCacheProblem] {
        lock.withLock {
            defer { problems = [] }
            return problems
        }
    }

    /// Resizes a photo to a square of the cache.
    package static func encode(_ image: RGBImage, _ imageSize: Int, into target: UnsafeMutablePointer<UInt16>)
    {
        for (i, value) in BilinearResize.resize(image, to: imageSize).enumerated() {
            target[i] = UInt16((value * 256).rounded())
        }
    }

    /// CRC-32 of the listed photos' paths and sizes, which tells whether a resumed run still has
    /// the photos that it began with.
    var fingerprint: String { Self.fingerprint(lock.withLock { entries }) }

    static func fingerprint(_ entries: [PixelFile.Entry]) -> String {
        Safetensors.checksum([:], entries.map { ($0.path.text, "\($0.bytes)") })
    }

    /// Storage of the slots: a file, or memory if no file can be written.
    final class Storage: @unchecked Sendable {
        // Unchecked: immutable; while the cache is being built, workers write disjoint slots.
        private let descriptor: Int32
        private let memory: UnsafeMutableRawBufferPointer?

        /// Takes over `descriptor`, and closes it at the end.
        init(descriptor: Int32) { (self.descriptor, memory) = (descriptor, nil) }

        /// Allocates zeroed pages, which cost nothing until they are touched.
        ///
        /// - Throws: `PixelCacheFailure` if there is not enough memory.
        init(photos: Int, slotBytes: Int) throws {
            let bytes = max(photos * slotBytes, 1)
            let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let base, base != MAP_FAILED else {
                throw PixelCacheFailure(photos: photos, mebibytes: bytes >> 20)
            }
            (descriptor, memory) = (-1, UnsafeMutableRawBufferPointer(start: base, count: bytes))
        }

        deinit {
            if descriptor >= 0 { close(descriptor) }
            if let memory { munmap(memory.baseAddress!, memory.count) }
        }

        func read(_ slot: Int, into target: UnsafeMutableRawBufferPointer) -> Bool {
            if let memory {
                target.copyMemory(
                    from: UnsafeRawBufferPointer(
                        rebasing: memory[slot * target.count..<(slot + 1) * target.count]))
                return true
            }
            return PositionedIO.read(descriptor, target.baseAddress!, target.count, at: slot * target.count)
        }

        func write(_ slot: Int, _ source: UnsafeRawBufferPointer) -> Bool {
            if let memory {
                UnsafeMutableRawBufferPointer(
                    rebasing: memory[slot * source.count..<(slot + 1) * source.count]
                )
                .copyMemory(from: source)
                return true
            }
            return PositionedIO.write(descriptor, source.baseAddress!, source.count, at: slot * source.count)
        }

        /// Appends the index, flushes the file and renames it; returns false with `errno` set on
        /// failure.
        func finish(_ index: PixelFile.Index, _ temporary: String, as path: String) throws -> Bool {
            try PixelFile.finish(descriptor, index) && FileCalls.sync(descriptor) == 0
                && FileCalls.rename(temporary, to: path) == 0
        }
    }
}
