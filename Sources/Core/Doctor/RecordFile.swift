import Basics
import Foundation
import Photos

/// The results of examining a folder, on disk: a row of features for every listed file
/// (`FeatureMatrix`), then a JSON index of the records, its length (8 bytes, little endian) and an
/// 8-byte format signature.
struct RecordFile {
    private struct Index: Codable {
        /// Nil for files that were not reached before the examination stopped.
        var records: [PhotoRecord?]
        /// The photo folder; nil in files of older versions.
        var folder: String?
        /// Features of a row; nil for `FeatureMatrix.standardChannels`.
        var channels: Int?
    }

    private static let signature: [UInt8] = Array("FLOWDOC2".utf8)
    private static let footerBytes = 16
    private static let longestIndex = 256 << 20

    /// Opened for reading; the owner closes it.
    let descriptor: Int32
    let records: [PhotoRecord?]
    let channels: Int

    /// Opens a complete file of this format; nil for anything else.
    init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        guard let index = Self.readIndex(descriptor) else {
            close(descriptor)
            return nil
        }
        (self.descriptor, records) = (descriptor, index.records)
        channels = index.channels ?? FeatureMatrix.standardChannels
    }

    private static func readIndex(_ descriptor: Int32) -> Index? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_size) >= footerBytes else { return nil }
        let size = Int(status.st_size)
        guard let footer = bytes(descriptor, at: size - footerBytes, count: footerBytes),
            Array(footer.suffix(8)) == signature
        else { return nil }
        let length = footer.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(min(longestIndex, size - footerBytes)) else { return nil }
        let start = size - footerBytes - Int(length)
        guard let json = bytes(descriptor, at: start, count: Int(length)),
            let index = try? JSONDecoder().decode(Index.self, from: Data(json)),
            let channels = Optional(index.channels ?? FeatureMatrix.standardChannels),
            (1...65536).contains(channels), start == index.records.count * channels * 4,
            index.records.allSatisfy({ $0?.header?.isPlausible ?? true })
        else { return nil }
        return index
    }

    /// Reads the photo folder that the file at `path` is about; nil if it does not say.
    static func folder(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return readIndex(descriptor)?.folder
    }

    private static func bytes(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: count)
        return result.withUnsafeMutableBytes {
            PositionedIO.read(descriptor, $0.baseAddress!, count, at: offset)
        } ? result : nil
    }

    /// Appends the index after the rows; returns false with `errno` set on failure.
    static func finish(
        _ descriptor: Int32, _ records: [PhotoRecord?], channels: Int, folder: String
    ) throws -> Bool {
        var tail = try JSONEncoder().encode(
            Index(
                records: records, folder: folder,
                channels: channels == FeatureMatrix.standardChannels ? nil : channels))
        let length = UInt64(tail.count)
        tail.append(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) })
        tail.append(contentsOf: signature)
        return tail.withUnsafeBytes {
            PositionedIO.write(
                descriptor, $0.baseAddress!, $0.count, at: records.count * channels * 4)
        }
    }
}
