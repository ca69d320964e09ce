import Foundation

/// The resized photos of a folder as 16-bit RGB squares, kept in one file (`PixelFile`) and read photo by photo, so
/// that memory does not grow with the folder.
///
/// Eight bits would not do: rounding to them moves probabilities by up to 0.03, sixteen by less than 1e-4. A photo
/// whose path, size or time changed is decoded anew; the rest are copied over. A slot that was damaged since is
/// noticed by its checksum and its photo decoded again. A lazy cache decodes a photo when it is first read, and is
/// a whole file once all have been.
final class PixelCache: @unchecked Sendable {
    // Unchecked: `lock` guards the variables; the rest is constant once `init` returns.
    let imageSize: Int
    /// Usable photos, class by class in `ImageFolder` order.
    let files: [ImageFolder.File]
    let skipped: [SkippedPhoto]
    /// Photos that had to be decoded; the others came from the file.
    let decodedCount: Int
    /// Why nothing could be kept on disk, if so.
    let warning: String?
    private let folder: String
    private let storage: Storage
    /// Slot of each of `files`.
    private let slots: [Int]
    private let path: String?
    private let lock = NSLock()
    private var problems: [String] = []
    /// Slots that were found damaged: each is told of once.
    private var damaged: Set<Int> = []
    private var entries: [PixelFile.Entry]
    private var pendingCount: Int
    /// The file's name until it is whole; nil when it is, or when there is none.
    private var unfinishedFile: String?
    private var unusable = false
    private var cannotWrite = false

    /// Values of a square.
    var squareCount: Int { imageSize * imageSize * 3 }

    /// Opens the cache of `folder` or builds it on all workers of `pool`.
    ///
    /// - Parameters:
    ///   - directory: where cache files live; nil keeps the squares in memory only.
    ///   - isLazy: leaves photos that look whole to be decoded when they are first read.
    ///   - exclusions: photos that will never be read, and so are not left for later: whether they are usable decides
    ///     the split.
    ///   - progress: called on worker threads with photos done and in all.
    ///   - isCancelled: asked between photos.
    /// - Throws: `CancellationError`.
    init(
        folder: ImageFolder, imageSize: Int, directory: String?, isLazy: Bool = false,
        exclusions: ExclusionList = ExclusionList(), pool: WorkerPool,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws {
        (self.imageSize, self.folder) = (imageSize, folder.path)
        let listed = folder.files.map { PixelFile.Entry(path: $0.path, in: folder.path) }
        let path = directory.map { "\($0)/\(Self.fileName(folder: folder.path, imageSize: imageSize))" }
        self.path = path
        let old = path.flatMap { PixelFile(path: $0, imageSize: imageSize) }
        if let old, old.index.entries.count == listed.count,
            zip(old.index.entries, listed).allSatisfy({ $0.isSameFile(as: $1) && $0.isPending != true })
        {
            (storage, entries, decodedCount, warning) = (
                Storage(descriptor: old.descriptor), old.index.entries, 0, nil
            )
        } else {
            defer { if let old { close(old.descriptor) } }
            let builder = PixelCacheBuilder(
                folder: folder.path, imageSize: imageSize, listed: listed, old: old, pool: pool,
                isLazy: isLazy,
                exclusions: exclusions,
                progress: progress, isCancelled: isCancelled)
            var built: PixelCacheBuilder.Result?
            var failure: String?
            if let path {
                do { built = try builder.build(file: path) } catch let error as UserError {
                    failure = error.message
                }
            }
            let result = try built ?? builder.buildInMemory()
            (storage, entries, decodedCount) = (result.storage, result.entries, result.decodedCount)
            unfinishedFile = result.unfinishedFile
            warning = failure.map { "The decoded photos are kept in memory only. \($0)" }
        }
        pendingCount = entries.count { $0.isPending == true }
        files = zip(folder.files, entries).filter { $1.reason == nil }.map(\.0)
        slots = entries.indices.filter { [entries] in entries[$0].reason == nil }
        skipped = entries.compactMap { entry in
            entry.reason.map { SkippedPhoto(file: entry.path, reason: $0) }
        }
    }

    deinit {
        // What has been decoded so far is taken over by the next run.
        if unfinishedFile != nil { finishFile() }
    }

    /// Stable over runs, unlike Swift's `Hasher`: FNV-1a of the absolute path.
    private static func fileName(folder: String, imageSize: Int) -> String {
        let absolute = URL(fileURLWithPath: folder).standardizedFileURL.resolvingSymlinksInPath().path
        let hash = absolute.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return "pixels-\(String(hash, radix: 16))-\(imageSize).cache"
    }

    // MARK: Reading

    /// Whether a photo that looked whole could not be decoded, which only decoding could show. A cache that is opened
    /// after this one leaves it out.
    var hasUnusablePhoto: Bool { lock.withLock { unusable } }

    /// Writes the square of `files[index]`, `squareCount` values of 0…255 times 256. Any thread.
    func read(_ index: Int, into target: UnsafeMutablePointer<UInt16>) {
        let slot = slots[index]
        let bytes = UnsafeMutableRawBufferPointer(start: target, count: squareCount * 2)
        let entry = lock.withLock { entries[slot] }
        let file = entry.path
        if entry.isPending == true { return decode(entry, slot, into: target) }
        if storage.read(slot, into: bytes), PixelFile.checksum(UnsafeRawBufferPointer(bytes)) == entry.sum {
            return
        }
        let isNews = lock.withLock { damaged.insert(slot).inserted }
        do {
            Self.encode(try PhotoDecoder().decode(path: "\(folder)/\(file)"), imageSize, into: target)
            guard isNews else { return }
            let isSame = PixelFile.checksum(UnsafeRawBufferPointer(bytes)) == entry.sum
            note(
                "The cached pixels of \(file) were damaged; it was decoded again"
                    + (isSame ? "." : ", and is no longer the photo that the run began with."))
        } catch {
            target.update(repeating: 127 << 8, count: squareCount)
            if isNews {
                note(
                    "The cached pixels of \(file) are damaged and the photo cannot be read any more; grey stands in for it."
                )
            }
        }
    }

    /// Fills a pending slot. Two threads may do so at once; they write the same bytes.
    private func decode(_ pending: PixelFile.Entry, _ slot: Int, into target: UnsafeMutablePointer<UInt16>) {
        var entry = pending
        entry.isPending = nil
        do {
            Self.encode(try PhotoDecoder().decode(path: "\(folder)/\(entry.path)"), imageSize, into: target)
            let bytes = UnsafeRawBufferPointer(start: target, count: squareCount * 2)
            entry.sum = PixelFile.checksum(bytes)
            if lock.withLock({ cannotWrite }) { return }
            guard storage.write(slot, bytes) else {
                let failure = AtomicFile.failure(path ?? "memory", errno)
                lock.withLock { cannotWrite = true }
                return note("Photos are decoded anew in every epoch. \(failure.message)")
            }
        } catch {
            // The slot stays empty; grey stands in until the photo is left out.
            target.update(repeating: 127 << 8, count: squareCount)
            entry.reason = (error as? PhotoDecoder.Failure)?.reason ?? "cannot be read"
        }
        let isLast = lock.withLock {
            if entry.reason != nil { unusable = true }
            guard entries[slot].isPending == true else { return false }
            entries[slot] = entry
            pendingCount -= 1
            return pendingCount == 0
        }
        if isLast { finishFile() }
    }

    /// Gives the file its index and its name. Photos that are still pending are noted as such.
    private func finishFile() {
        lock.lock()
        let (unfinished, entries) = (unfinishedFile, entries)
        unfinishedFile = nil
        lock.unlock()
        guard let unfinished, let path else { return }
        let index = PixelFile.Index(imageSize: imageSize, entries: entries)
        if (try? storage.finish(index, unfinished, as: path)) != true {
            note(
                "The decoded photos are not kept for the next run. \(AtomicFile.failure(path, errno).message)"
            )
            unlink(unfinished)
        }
    }

    private func note(_ problem: String) {
        lock.withLock { if problems.count < 100, !problems.contains(problem) { problems.append(problem) } }
    }

    /// What went wrong with reading since the last call, as sentences. Any thread.
    func takeProblems() -> [String] {
        lock.withLock {
            defer { problems = [] }
            return problems
        }
    }

    /// Resizes a photo to a square of the cache.
    static func encode(_ image: RGBImage, _ imageSize: Int, into target: UnsafeMutablePointer<UInt16>) {
        for (i, value) in BilinearResize.resize(image, to: imageSize).enumerated() {
            target[i] = UInt16((value * 256).rounded())
        }
    }

    /// A CRC-32 of the listed photos' paths and sizes: whether a run that is resumed still has the photos that it began with.
    var fingerprint: String { Self.fingerprint(lock.withLock { entries }) }

    static func fingerprint(_ entries: [PixelFile.Entry]) -> String {
        Safetensors.checksum([:], Dictionary(entries.map { ($0.path, "\($0.bytes)") }) { first, _ in first })
    }

    /// Where slots are: a file, or memory when no file can be written.
    final class Storage: @unchecked Sendable {
        // Unchecked: constant; while it is built, workers write disjoint slots.
        private let descriptor: Int32
        private let memory: UnsafeMutableRawBufferPointer?

        /// Closes `descriptor` in the end.
        init(descriptor: Int32) { (self.descriptor, memory) = (descriptor, nil) }

        /// Zeroed pages that cost nothing until they are touched.
        ///
        /// - Throws: a `UserError` when there is not so much memory.
        init(photos: Int, slotBytes: Int) throws {
            let bytes = max(photos * slotBytes, 1)
            let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let base, base != MAP_FAILED else {
                throw UserError(
                    "There is no memory for \(photos) photos (\(bytes >> 20) MiB), and no cache can be written; free some disk "
                        + "or choose another cache with $FLOWERS_TUI_CACHE.")
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
            return PixelFile.read(descriptor, target.baseAddress!, target.count, at: slot * target.count)
        }

        func write(_ slot: Int, _ source: UnsafeRawBufferPointer) -> Bool {
            if let memory {
                UnsafeMutableRawBufferPointer(
                    rebasing: memory[slot * source.count..<(slot + 1) * source.count]
                )
                .copyMemory(from: source)
                return true
            }
            return PixelFile.write(descriptor, source.baseAddress!, source.count, at: slot * source.count)
        }

        /// Seals the file with its index, flushes it and gives it its name; false with `errno` set when it cannot.
        func finish(_ index: PixelFile.Index, _ temporary: String, as path: String) throws -> Bool {
            try PixelFile.finish(descriptor, index) && FileCalls.sync(descriptor) == 0
                && FileCalls.rename(temporary, to: path) == 0
        }
    }
}
