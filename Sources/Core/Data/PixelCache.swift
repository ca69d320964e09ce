import Foundation

/// The resized photos of a folder as 16-bit RGB squares, kept in one file (`PixelFile`) and read photo by photo, so
/// that memory does not grow with the folder.
///
/// Eight bits would not do: rounding to them moves probabilities by up to 0.03, sixteen by less than 1e-4. A photo
/// whose path, size or time changed is decoded anew; the rest are copied over. A slot that was damaged since is
/// noticed by its checksum and its photo decoded again.
final class PixelCache: @unchecked Sendable {
    // Unchecked: `lock` guards `problems`; the rest is constant once `init` returns.
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
    /// Slot and checksum of each of `files`.
    private let slots: [(slot: Int, sum: UInt64)]
    private let lock = NSLock()
    private var problems: [String] = []

    /// Values of a square.
    var squareCount: Int { imageSize * imageSize * 3 }

    /// Opens the cache of `folder` or builds it on all workers of `pool`.
    ///
    /// - Parameters:
    ///   - directory: where cache files live; nil keeps the squares in memory only.
    ///   - progress: called on worker threads with photos done and in all.
    ///   - isCancelled: asked between photos.
    /// - Throws: `CancellationError`.
    init(
        folder: ImageFolder, imageSize: Int, directory: String?, pool: WorkerPool,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void, isCancelled: @escaping @Sendable () -> Bool
    ) throws {
        (self.imageSize, self.folder) = (imageSize, folder.path)
        let listed = folder.files.map { PixelFile.Entry(path: $0.path, in: folder.path) }
        let path = directory.map { "\($0)/\(Self.fileName(folder: folder.path, imageSize: imageSize))" }
        let old = path.flatMap { PixelFile(path: $0, imageSize: imageSize) }
        let entries: [PixelFile.Entry]
        if let old, old.index.entries.count == listed.count,
            zip(old.index.entries, listed).allSatisfy({ $0.isSameFile(as: $1) })
        {
            (storage, entries, decodedCount, warning) = (Storage(descriptor: old.descriptor), old.index.entries, 0, nil)
        } else {
            defer { if let old { close(old.descriptor) } }
            let builder = PixelCacheBuilder(
                folder: folder.path, imageSize: imageSize, listed: listed, old: old, pool: pool, progress: progress,
                isCancelled: isCancelled)
            var built: PixelCacheBuilder.Result?
            var failure: String?
            if let path {
                do { built = try builder.build(file: path) } catch let error as UserError { failure = error.message }
            }
            let result = try built ?? builder.buildInMemory()
            (storage, entries, decodedCount) = (result.storage, result.entries, result.decodedCount)
            warning = failure.map { "The decoded photos are kept in memory only. \($0)" }
        }
        files = zip(folder.files, entries).filter { $1.reason == nil }.map(\.0)
        slots = entries.enumerated().filter { $1.reason == nil }.map { ($0, $1.sum) }
        skipped = entries.compactMap { entry in entry.reason.map { SkippedPhoto(file: entry.path, reason: $0) } }
    }

    /// Stable over runs, unlike Swift's `Hasher`: FNV-1a of the absolute path.
    private static func fileName(folder: String, imageSize: Int) -> String {
        let absolute = URL(fileURLWithPath: folder).standardizedFileURL.resolvingSymlinksInPath().path
        let hash = absolute.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "pixels-\(String(hash, radix: 16))-\(imageSize).cache"
    }

    // MARK: Reading

    /// Writes the square of `files[index]`, `squareCount` values of 0…255 times 256. Any thread.
    func read(_ index: Int, into target: UnsafeMutablePointer<UInt16>) {
        let (slot, sum) = slots[index]
        let bytes = UnsafeMutableRawBufferPointer(start: target, count: squareCount * 2)
        if storage.read(slot, into: bytes), PixelFile.checksum(UnsafeRawBufferPointer(bytes)) == sum { return }
        let file = files[index].path
        do {
            Self.encode(try PhotoDecoder().decode(path: "\(folder)/\(file)"), imageSize, into: target)
            note("The cached pixels of \(file) were damaged; it was decoded again.")
        } catch {
            target.update(repeating: 127 << 8, count: squareCount)
            note("The cached pixels of \(file) are damaged and the photo cannot be read any more; grey stands in for it.")
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

    /// Where slots are: a file, or memory when no file can be written.
    final class Storage: @unchecked Sendable {
        // Unchecked: constant; while it is built, workers write disjoint slots.
        private let descriptor: Int32
        private let memory: UnsafeMutableRawBufferPointer?

        /// Closes `descriptor` in the end.
        init(descriptor: Int32) { (self.descriptor, memory) = (descriptor, nil) }

        /// Zeroed pages that cost nothing until they are touched.
        init(bytes: Int) {
            let base = mmap(nil, max(bytes, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let base, base != MAP_FAILED else { fatalError("out of memory for \(bytes) bytes of pixels") }
            (descriptor, memory) = (-1, UnsafeMutableRawBufferPointer(start: base, count: max(bytes, 1)))
        }

        deinit {
            if descriptor >= 0 { close(descriptor) }
            if let memory { munmap(memory.baseAddress!, memory.count) }
        }

        func read(_ slot: Int, into target: UnsafeMutableRawBufferPointer) -> Bool {
            if let memory {
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[slot * target.count..<(slot + 1) * target.count]))
                return true
            }
            return PixelFile.read(descriptor, target.baseAddress!, target.count, at: slot * target.count)
        }

        func write(_ slot: Int, _ source: UnsafeRawBufferPointer) -> Bool {
            if let memory {
                UnsafeMutableRawBufferPointer(rebasing: memory[slot * source.count..<(slot + 1) * source.count])
                    .copyMemory(from: source)
                return true
            }
            return PixelFile.write(descriptor, source.baseAddress!, source.count, at: slot * source.count)
        }

        /// Seals the file with its index and flushes it; false with `errno` set when it cannot.
        func finish(_ index: PixelFile.Index) throws -> Bool {
            try PixelFile.finish(descriptor, index) && fsync(descriptor) == 0
        }
    }
}
