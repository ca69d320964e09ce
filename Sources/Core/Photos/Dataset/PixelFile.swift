import Basics
import Canvas
import Foundation

/// A pixel cache on disk: a slot for every listed photo, then a JSON index, its length (8 bytes,
/// little endian) and an 8-byte format signature.
///
/// A slot holds `imageSize · imageSize · 3` little-endian UInt16, each a value of 0…255 times 256;
/// the slot of an unusable photo is all zeros.
package struct PixelFile {
    package struct Index: Codable {
        package var imageSize: Int
        package var entries: [Entry]
        /// The photo folder; nil in files of older versions.
        package var folder: String?

        package init(imageSize: Int, entries: [Entry], folder: String? = nil) {
            (self.imageSize, self.entries, self.folder) = (imageSize, entries, folder)
        }
    }

    /// One listed photo: the state of its file when it was decoded, and the outcome.
    package struct Entry: Codable, Equatable {
        package var path: PhotoPath
        package var bytes: Int
        /// Modification time in nanoseconds since 1970.
        var modified: Int
        /// Why the photo cannot be used; nil if it can.
        package var fault: PhotoFault?
        /// The format of a file of another kind.
        package var kind: FileKind?
        /// Nil if upright.
        var orientation: Orientation?
        /// `WordChecksum` of its slot.
        var sum: UInt64 = 0
        /// True while the slot is still empty, because the run ended before the photo was needed;
        /// else nil.
        var isPending: Bool?

        private enum CodingKeys: String, CodingKey {
            case path, bytes, modified
            case fault = "reason"
            case kind, orientation, sum, isPending
        }

        package init(path: PhotoPath, in folder: String) {
            self.path = path
            let status = PathText.status("\(folder)/\(path)")
            bytes = status.map { Int($0.st_size) } ?? -1
            modified = status.map { $0.st_mtim.tv_sec * 1_000_000_000 + $0.st_mtim.tv_nsec } ?? 0
        }

        /// Notes that the photo cannot be used.
        package mutating func fail(_ error: any Error) {
            let found = error as? PhotoFault
            (fault, kind) = (found ?? .cannotBeRead, found?.kind)
        }

        /// Whether it says that the file is of a kind that is not read, and it now is.
        package func isOutdated(_ reading: PhotoReading) -> Bool { kind.map(reading.formats.reads) ?? false }

        package func isSameFile(as other: Entry) -> Bool {
            path == other.path && bytes == other.bytes && modified == other.modified
        }
    }

    static let signature: [UInt8] = Array("FLOWPIX5".utf8)
    private static let footerBytes = 16
    /// Longest index in bytes; a million photos need about 150 MB.
    private static let longestIndex = 256 << 20
    /// Largest side of a square in pixels, far above any size that the network takes.
    private static let largestSide = 4096

    /// Opened for reading; the owner closes it.
    let descriptor: Int32
    let index: Index

    /// Opens a complete file of this format and image size; nil for anything else.
    init?(path: String, imageSize: Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        guard let index = Self.readIndex(descriptor), index.imageSize == imageSize else {
            close(descriptor)
            return nil
        }
        (self.descriptor, self.index) = (descriptor, index)
    }

    /// Reads the photo folder and the image size of the cache at `path`; nil if it is no complete
    /// one.
    package static func origin(of path: String) -> (folder: String?, imageSize: Int)? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return readIndex(descriptor).map { ($0.folder, $0.imageSize) }
    }

    private static func readIndex(_ descriptor: Int32) -> Index? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size >= footerBytes else { return nil }
        let size = Int(status.st_size)
        guard let footer = bytes(descriptor, at: size - footerBytes, count: footerBytes),
            Array(footer.suffix(8)) == signature
        else { return nil }
        let length = footer.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(min(longestIndex, size - footerBytes)) else { return nil }
        let start = size - footerBytes - Int(length)
        guard let json = bytes(descriptor, at: start, count: Int(length)),
            let index = try? JSONDecoder().decode(Index.self, from: Data(json)),
            (1...largestSide).contains(index.imageSize),
            start == index.entries.count * slotBytes(index.imageSize)
        else { return nil }
        return index
    }

    private static func bytes(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: count)
        return result.withUnsafeMutableBytes {
            PositionedIO.read(descriptor, $0.baseAddress!, count, at: offset)
        }
            ? result : nil
    }

    static func slotBytes(_ imageSize: Int) -> Int { imageSize * imageSize * 3 * 2 }

    /// Appends the index and the footer after the slots.
    static func finish(_ descriptor: Int32, _ index: Index) throws -> Bool {
        var tail = try JSONEncoder().encode(index)
        let length = UInt64(tail.count)
        tail.append(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) })
        tail.append(contentsOf: signature)
        let start = index.entries.count * slotBytes(index.imageSize)
        return tail.withUnsafeBytes { PositionedIO.write(descriptor, $0.baseAddress!, $0.count, at: start) }
    }
}
