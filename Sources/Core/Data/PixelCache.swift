import Foundation

/// The resized photos of a folder as 8-bit RGB squares, in one file that is mapped into memory.
///
/// The file holds a line of JSON (format, image size, and path, byte count, modification time
/// and fate of every photo), padding to a page, then the squares of the usable photos in
/// order. A photo whose path, size or time changed is decoded anew; the rest are copied over.
final class PixelCache: @unchecked Sendable {
    // Unchecked: the mapping is read-only once `init` returns.
    let imageSize: Int
    /// Usable photos, class by class in `ImageFolder` order; square i belongs to file i.
    let files: [ImageFolder.File]
    let skipped: [SkippedPhoto]
    /// Photos that had to be decoded; the others came from the file.
    let decodedCount: Int
    /// Why nothing could be kept on disk, if so.
    let warning: String?
    private let mapping: UnsafeMutableRawPointer
    private let mappedBytes: Int
    private let pixelOffset: Int

    private struct Header: Codable, Equatable {
        var format = 2
        var imageSize: Int
        var entries: [Entry]
    }

    fileprivate struct Entry: Codable, Equatable {
        var path: String
        var bytes: Int
        var modified: Int
        /// Nil for a usable photo.
        var reason: String?

        func isSameFile(as other: Entry) -> Bool {
            path == other.path && bytes == other.bytes && modified == other.modified
        }
    }

    var squareBytes: Int { imageSize * imageSize * 3 }

    /// Square `index`, `imageSize · imageSize · 3` bytes.
    func square(_ index: Int) -> UnsafePointer<UInt8> {
        UnsafeRawPointer(mapping + pixelOffset + index * squareBytes).assumingMemoryBound(to: UInt8.self)
    }

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
        self.imageSize = imageSize
        let squareBytes = imageSize * imageSize * 3
        var entries = folder.files.map { Self.entry(for: $0.path, in: folder.path) }
        let file = directory.map { "\($0)/\(Self.fileName(folder: folder.path, imageSize: imageSize))" }
        let old = file.flatMap { Self.map($0, imageSize: imageSize) }

        if let old, old.header.entries.count == entries.count,
            zip(old.header.entries, entries).allSatisfy({ $0.isSameFile(as: $1) })
        {
            (mapping, mappedBytes, pixelOffset) = (old.mapping, old.bytes, old.pixelOffset)
            (decodedCount, warning) = (0, nil)
            files = zip(folder.files, old.header.entries).filter { $1.reason == nil }.map(\.0)
            skipped = old.header.entries.compactMap { entry in
                entry.reason.map { SkippedPhoto(file: entry.path, reason: $0) }
            }
            return
        }

        // The reusable squares by path.
        var reusable: [String: (entry: Entry, square: Int)] = [:]
        if let old {
            var square = 0
            for entry in old.header.entries {
                reusable[entry.path] = (entry, square)
                if entry.reason == nil { square += 1 }
            }
        }
        defer { if let old { munmap(old.mapping, old.bytes) } }

        // Squares are made in one slot a file and closed up afterwards.
        let staging = Staging(bytes: entries.count * squareBytes)
        let state = DecodeState(entries: entries)
        let total = entries.count
        let decoders = (0..<pool.count).map { _ in PhotoDecoder() }
        pool.forEach(total) { item, worker in
            if isCancelled() { return }
            let slot = (staging.base + item * squareBytes).assumingMemoryBound(to: UInt8.self)
            let entry = state.entry(item)
            if let known = reusable[entry.path], known.entry.isSameFile(as: entry), let old {
                if known.entry.reason == nil {
                    memcpy(slot, old.mapping + old.pixelOffset + known.square * squareBytes, squareBytes)
                }
                progress(state.finish(item, reason: known.entry.reason, decoded: false), total)
                return
            }
            var reason: String?
            do {
                let image = try decoders[worker].decode(path: "\(folder.path)/\(entry.path)")
                for (i, value) in BilinearResize.resize(image, to: imageSize).enumerated() {
                    slot[i] = UInt8(value.rounded())
                }
            } catch {
                reason = (error as? PhotoDecoder.Failure)?.reason ?? "cannot be read"
            }
            progress(state.finish(item, reason: reason, decoded: true), total)
        }
        if isCancelled() {
            staging.free()
            throw CancellationError()
        }
        entries = state.entries
        var square = 0
        for (index, entry) in entries.enumerated() where entry.reason == nil {
            if square != index {
                memmove(staging.base + square * squareBytes, staging.base + index * squareBytes, squareBytes)
            }
            square += 1
        }
        files = zip(folder.files, entries).filter { $1.reason == nil }.map(\.0)
        skipped = entries.compactMap { entry in entry.reason.map { SkippedPhoto(file: entry.path, reason: $0) } }
        decodedCount = state.decodedCount

        var failure: String?
        if let file {
            do {
                try Self.write(
                    file, header: Header(imageSize: imageSize, entries: entries), squares: staging.base,
                    bytes: square * squareBytes)
                if let written = Self.map(file, imageSize: imageSize) {
                    staging.free()
                    (mapping, mappedBytes, pixelOffset) = (written.mapping, written.bytes, written.pixelOffset)
                    warning = nil
                    return
                }
                failure = "\(file) could not be read back"
            } catch {
                failure = "\(error)"
            }
        }
        (mapping, mappedBytes, pixelOffset) = (staging.base, staging.bytes, 0)
        warning = failure.map { "The decoded photos are kept in memory only: \($0)." }
    }

    deinit { munmap(mapping, mappedBytes) }

    // MARK: The file

    /// Stable over runs, unlike Swift's `Hasher`: FNV-1a of the absolute path.
    private static func fileName(folder: String, imageSize: Int) -> String {
        let absolute = URL(fileURLWithPath: folder).standardizedFileURL.resolvingSymlinksInPath().path
        let hash = absolute.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "pixels-\(String(hash, radix: 16))-\(imageSize).cache"
    }

    private static func entry(for path: String, in folder: String) -> Entry {
        var status = stat()
        guard stat("\(folder)/\(path)", &status) == 0 else { return Entry(path: path, bytes: -1, modified: 0) }
        return Entry(
            path: path, bytes: Int(status.st_size),
            modified: status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec)
    }

    private static func padded(_ count: Int) -> Int { (count + 4095) / 4096 * 4096 }

    private static func map(
        _ path: String, imageSize: Int
    ) -> (header: Header, mapping: UnsafeMutableRawPointer, bytes: Int, pixelOffset: Int)? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0 else { return nil }
        let bytes = Int(status.st_size)
        guard let mapping = mmap(nil, bytes, PROT_READ, MAP_SHARED, descriptor, 0), mapping != MAP_FAILED else {
            return nil
        }
        let content = UnsafeRawBufferPointer(start: mapping, count: bytes)
        if let end = content.firstIndex(of: UInt8(ascii: "\n")),
            let header = try? JSONDecoder().decode(Header.self, from: Data(content[..<end])),
            header.format == Header(imageSize: 0, entries: []).format, header.imageSize == imageSize
        {
            let squares = header.entries.lazy.filter { $0.reason == nil }.count
            if bytes == padded(end + 1) + squares * imageSize * imageSize * 3 {
                return (header, mapping, bytes, padded(end + 1))
            }
        }
        munmap(mapping, bytes)
        return nil
    }

    /// Writes beside the target and renames, so that a reader sees the old or the new file.
    private static func write(_ path: String, header: Header, squares: UnsafeRawPointer, bytes: Int) throws {
        var head = try JSONEncoder().encode(header)
        head.append(UInt8(ascii: "\n"))
        head.append(Data(repeating: UInt8(ascii: " "), count: padded(head.count) - head.count))
        let temporary = "\(path).\(getpid()).tmp"
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        func failure(_ action: String) -> UserError {
            UserError("\(action) \(path) failed (\(String(cString: strerror(errno))))")
        }
        guard descriptor >= 0 else { throw failure("creating") }
        var complete = false
        defer { if !complete { unlink(temporary) } }
        func writeAll(_ base: UnsafeRawPointer, _ count: Int) -> Bool {
            var done = 0
            while done < count {
                let n = Foundation.write(descriptor, base + done, count - done)
                if n < 0 && errno == EINTR { continue }
                if n <= 0 { return false }
                done += n
            }
            return true
        }
        let written = head.withUnsafeBytes { writeAll($0.baseAddress!, $0.count) } && writeAll(squares, bytes)
        guard written, fsync(descriptor) == 0 else {
            let error = failure("writing")
            close(descriptor)
            throw error
        }
        close(descriptor)
        guard rename(temporary, path) == 0 else { throw failure("renaming") }
        complete = true
    }
}

/// Zeroed pages that cost nothing until they are touched.
private struct Staging: @unchecked Sendable {
    // Unchecked: workers write disjoint slots.
    let base: UnsafeMutableRawPointer
    let bytes: Int

    init(bytes: Int) {
        self.bytes = max(bytes, 1)
        base = mmap(nil, self.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        precondition(base != MAP_FAILED, "out of memory for \(bytes) bytes of pixels")
    }

    func free() { munmap(base, bytes) }
}

/// What became of each photo, shared by the workers.
private final class DecodeState: @unchecked Sendable {
    // Unchecked: `lock` guards every variable.
    private let lock = NSLock()
    private var list: [PixelCache.Entry]
    private var done = 0
    private var decoded = 0

    init(entries: [PixelCache.Entry]) { list = entries }

    var entries: [PixelCache.Entry] { lock.withLock { list } }
    var decodedCount: Int { lock.withLock { decoded } }

    func entry(_ index: Int) -> PixelCache.Entry { lock.withLock { list[index] } }

    /// - Returns: photos finished so far.
    func finish(_ index: Int, reason: String?, decoded fresh: Bool) -> Int {
        lock.withLock {
            list[index].reason = reason
            done += 1
            if fresh { decoded += 1 }
            return done
        }
    }
}
