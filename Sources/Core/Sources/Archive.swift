import CArchive
import Foundation

/// Zip files (wheels, `.keras`) and compressed tarballs, read through libarchive. No C
/// type leaves this file.
enum Archive {
    // libarchive's AE_IFREG is a cast macro, which Swift does not import.
    private static let regularFile: mode_t = 0o100000

    /// Unpacks the first regular file whose name satisfies `predicate`; returns that
    /// name, or nil when there is none.
    ///
    /// - Throws: a `UserError` when the archive is damaged or `destination` cannot be written.
    static func extractMember(
        of archive: String, to destination: String, where predicate: (String) -> Bool
    ) throws -> String? {
        let reader = try Reader(archive)
        while let entry = try reader.next() {
            guard entry.isFile, predicate(entry.path) else { continue }
            try reader.extract(to: destination) { _ in }
            return entry.path
        }
        return nil
    }

    /// Unpacks all regular files below `folder`, which must exist.
    ///
    /// Links and special files are left out. `progress` hears the files unpacked so far.
    ///
    /// - Throws: a `UserError` when the archive is damaged, when it would write outside
    ///   `folder` or more than `limit` bytes; whatever `progress` throws.
    static func extractAll(
        of archive: String, into folder: String, limit: Int = 2 << 30, progress: (Int) throws -> Void
    ) throws {
        let reader = try Reader(archive)
        var (files, bytes) = (0, 0)
        while let entry = try reader.next() {
            let components = entry.path.split(separator: "/").filter { $0 != "." }
            guard !entry.path.hasPrefix("/"), !components.contains("..") else {
                throw UserError("\(archive) is refused: its entry \(entry.path) would be written outside its folder.")
            }
            guard entry.isFile, !components.isEmpty else { continue }
            let target = folder + "/" + components.joined(separator: "/")
            try? FileManager.default.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try reader.extract(to: target) { count in
                bytes += count
                guard bytes <= limit else {
                    throw UserError("\(archive) is refused: unpacked it is larger than \(limit >> 20) MiB.")
                }
            }
            files += 1
            try progress(files)
        }
    }

    private final class Reader {
        struct Entry {
            let path: String
            let isFile: Bool
        }

        private let handle: OpaquePointer
        private let archive: String
        private static let blockSize = 1 << 18

        init(_ archive: String) throws {
            guard let handle = archive_read_new() else { throw UserError("\(archive) cannot be opened: no memory.") }
            (self.handle, self.archive) = (handle, archive)
            archive_read_support_filter_all(handle)
            archive_read_support_format_zip(handle)
            archive_read_support_format_tar(handle)
            guard archive_read_open_filename(handle, archive, Self.blockSize) == ARCHIVE_OK else { throw damaged() }
        }

        deinit { archive_read_free(handle) }

        func next() throws -> Entry? {
            var entry: OpaquePointer?
            let status = archive_read_next_header(handle, &entry)
            if status == ARCHIVE_EOF { return nil }
            guard status >= ARCHIVE_WARN, let entry else { throw damaged() }
            // Names in no known encoding have no text; such an entry is none of ours.
            let name = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
            let isFile = archive_entry_filetype(entry) == Archive.regularFile && archive_entry_hardlink(entry) == nil
            return Entry(path: name.map { String(cString: $0) } ?? "", isFile: isFile)
        }

        /// Writes the current entry's content; `wrote` hears the bytes of each block.
        func extract(to path: String, wrote: (Int) throws -> Void) throws {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
            guard descriptor >= 0 else { throw AtomicFile.failure(path, errno) }
            defer { close(descriptor) }
            let file = AtomicFile(descriptor: descriptor, path: path)
            var buffer = [UInt8](repeating: 0, count: Self.blockSize)
            while true {
                let count = buffer.withUnsafeMutableBytes { archive_read_data(handle, $0.baseAddress, $0.count) }
                if count == 0 { return }
                guard count > 0 else { throw damaged() }
                try buffer.withUnsafeBytes { try file.append(UnsafeRawBufferPointer(rebasing: $0[0..<count])) }
                try wrote(count)
            }
        }

        private func damaged() -> UserError {
            UserError("\(archive) is a damaged or cut short archive: fetch or save it again.")
        }
    }
}
