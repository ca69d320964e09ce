import CArchive
import Foundation

/// Reads zip files (wheels, `.keras`) and gzipped tarballs through libarchive. No C type leaves
/// this file.
package enum Archive {
    // libarchive's AE_IFREG and AE_IFDIR are cast macros, which Swift does not import.
    private static let (regularFile, folder): (mode_t, mode_t) = (0o100000, 0o040000)

    /// Limits: entries of an archive, and unpacked bytes of a weights file and of a folder of
    /// photos.
    static let mostEntries = 200_000
    package static let largestMember = 512 << 20
    static let largestFolder = 2 << 30
    /// Limits: path components, and bytes of a path.
    private static let (deepest, longestPath) = (16, 1024)

    /// Unpacks the first regular file whose name satisfies `predicate`; returns its name, or nil if
    /// there is none.
    ///
    /// - Throws: `UserError` if the archive is damaged, if more than `limit` bytes would have to be
    ///   unpacked to reach the end of the member, or if `destination` cannot be written.
    package static func extractMember(
        of archive: String, to destination: String, limit: Int = largestMember,
        where predicate: (String) -> Bool
    ) throws -> String? {
        let reader = try Reader(archive, limit: limit)
        while let entry = try reader.next() {
            guard entry.kind == .file, predicate(entry.path) else { continue }
            try reader.extract(to: destination)
            return entry.path
        }
        return nil
    }

    /// Whether the archive has a regular file whose name satisfies `predicate`.
    ///
    /// - Throws: as `extractMember`.
    package static func contains(
        _ archive: String, limit: Int = largestMember, where predicate: (String) -> Bool
    ) throws -> Bool {
        let reader = try Reader(archive, limit: limit)
        while let entry = try reader.next() {
            if entry.kind == .file, predicate(entry.path) { return true }
        }
        return false
    }

    /// A file of an archive, unpacked beside others.
    package struct Extracted: Sendable, Equatable {
        package var path: String
        /// The place of its content in the file that all are unpacked to.
        package var bytes: Range<Int>
    }

    /// Unpacks the regular files whose names satisfy `predicate`, one after another, into one file.
    ///
    /// - Throws: as `extractMember`, where `limit` is for the whole archive.
    package static func extractMembers(
        of archive: String, to destination: String, limit: Int = largestMember,
        where predicate: (String) -> Bool
    ) throws -> [Extracted] {
        let reader = try Reader(archive, limit: limit)
        return try writing(destination) { file in
            var (extracted, end): ([Extracted], Int) = ([], 0)
            while let entry = try reader.next() {
                guard entry.kind == .file, predicate(entry.path) else { continue }
                let start = end
                end += try reader.extract(into: file)
                extracted.append(Extracted(path: entry.path, bytes: start..<end))
            }
            return extracted
        }
    }

    /// Unpacks all files into `folder`, which must exist. `progress` receives the number of files
    /// so far.
    ///
    /// - Throws: `UserError` if the archive is damaged, would write outside `folder` or more than
    ///   `limit` bytes, or contains anything but files and folders; any error from `progress`.
    package static func extractAll(
        of archive: String, into folder: String, limit: Int = largestFolder, progress: (Int) throws -> Void
    ) throws {
        let reader = try Reader(archive, limit: limit)
        var files = 0
        while let entry = try reader.next() {
            let components = entry.path.split(separator: "/").filter { $0 != "." }
            guard !entry.path.hasPrefix("/"), !components.contains("..") else {
                throw ArchiveFailure(archive, .outside(entry: entry.shownPath))
            }
            guard entry.kind != .other else {
                throw ArchiveFailure(archive, .link(entry: entry.shownPath))
            }
            guard components.count <= deepest, entry.path.utf8.count <= longestPath else {
                throw ArchiveFailure(archive, .tooDeep(entry: entry.shownPath))
            }
            guard entry.kind == .file, !components.isEmpty else { continue }
            let target = folder + "/" + components.joined(separator: "/")
            try? FileManager.default.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try reader.extract(to: target)
            files += 1
            try progress(files)
        }
    }

    private static func writing<Result>(
        _ path: String, _ body: (borrowing AtomicFile) throws -> Result
    ) throws -> Result {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw AtomicFile.failure(path, errno) }
        defer { close(descriptor) }
        return try body(AtomicFile(descriptor: descriptor, path: path))
    }

    private final class Reader {
        struct Entry {
            enum Kind { case file, folder, other }
            let path: String
            let kind: Kind
            /// The path for messages: shortened, without control characters.
            var shownPath: String {
                String(
                    String.UnicodeScalarView(
                        path.unicodeScalars.prefix(80).map {
                            $0.properties.generalCategory == .control ? "?" : $0
                        }))
            }
        }

        private let handle: OpaquePointer
        private let archive: String
        private let limit: Int
        private var entries = 0
        /// Bytes of all entries so far: their declared sizes, and any bytes unpacked beyond those.
        private var bytes = 0
        /// Declared size of the current entry, in bytes.
        private var announced = 0
        private static let blockSize = 1 << 18

        init(_ archive: String, limit: Int) throws {
            guard let handle = archive_read_new() else {
                throw ArchiveFailure(archive, .noMemory)
            }
            (self.handle, self.archive, self.limit) = (handle, archive, limit)
            // Some other filters are programs, which libarchive would start.
            archive_read_support_filter_gzip(handle)
            archive_read_support_format_zip(handle)
            archive_read_support_format_tar(handle)
            guard archive_read_open_filename(handle, archive, Self.blockSize) == ARCHIVE_OK else {
                throw damaged()
            }
            // Packed twice, a kilobyte can expand to a gigabyte. The last filter is the file
            // itself.
            guard archive_filter_count(handle) <= 2 else {
                throw ArchiveFailure(archive, .packedTwice)
            }
        }

        deinit { archive_read_free(handle) }

        func next() throws -> Entry? {
            var entry: OpaquePointer?
            let status = archive_read_next_header(handle, &entry)
            if status == ARCHIVE_EOF { return nil }
            guard status >= ARCHIVE_WARN, let entry else { throw damaged() }
            entries += 1
            guard entries <= Archive.mostEntries else {
                throw ArchiveFailure(archive, .moreEntries(than: Archive.mostEntries))
            }
            announced = archive_entry_size_is_set(entry) != 0 ? Int(clamping: archive_entry_size(entry)) : 0
            try count(announced)
            // A name in an unknown encoding has no text; no entry that we need has such a name.
            let name = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
            let isLink = archive_entry_hardlink(entry) != nil || archive_entry_symlink(entry) != nil
            let kind: Entry.Kind =
                switch archive_entry_filetype(entry) {
                case Archive.regularFile where !isLink: .file
                case Archive.folder where !isLink: .folder
                default: .other
                }
            return Entry(path: name.map { String(cString: $0) } ?? "", kind: kind)
        }

        private func count(_ more: Int) throws {
            guard more >= 0, more <= limit - bytes else {
                throw ArchiveFailure(archive, .larger(thanMiB: limit >> 20))
            }
            bytes += more
        }

        /// Writes the current entry's content to a file.
        func extract(to path: String) throws {
            try Archive.writing(path) { _ = try extract(into: $0) }
        }

        /// Appends the current entry's content to a file; returns its size in bytes.
        func extract(into file: borrowing AtomicFile) throws -> Int {
            var buffer = [UInt8](repeating: 0, count: Self.blockSize)
            var written = 0
            while true {
                let count = buffer.withUnsafeMutableBytes {
                    archive_read_data(handle, $0.baseAddress, $0.count)
                }
                if count == 0 { return written }
                guard count > 0 else { throw damaged() }
                // An entry may be larger than it declares, or declare nothing.
                written += count
                if written > announced { try self.count(min(count, written - announced)) }
                try buffer.withUnsafeBytes {
                    try file.append(UnsafeRawBufferPointer(rebasing: $0[0..<count]))
                }
            }
        }

        private func damaged() -> ArchiveFailure { ArchiveFailure(archive, .damaged) }
    }
}
