import Basics
import Foundation

/// The bytes of a file under check, read on demand. Reads stay within the file, and reads of
/// structure add up to `mostBytes` at most, so that a structure that leads back to itself comes to
/// an end.
final class HDF5Bytes {
    /// Limit of all structure read, in bytes. A MobileNetV2 with its optimizer has less than a
    /// megabyte.
    static let mostBytes = 64 << 20

    private let descriptor: Int32
    /// Length of the file according to the file system.
    let fileSize: UInt64
    /// Length of the file according to its superblock; nothing beyond is read.
    var end: UInt64
    private var left = HDF5Bytes.mostBytes

    /// - Throws: `HDF5Refusal` if it cannot be opened or is not a regular file.
    init(path: String) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            if descriptor >= 0 { close(descriptor) }
            throw HDF5Refusal.damaged(.cannotBeRead)
        }
        fileSize = UInt64(max(0, status.st_size))
        end = fileSize
    }

    deinit { close(descriptor) }

    /// Whether `count` bytes at `address` lie within the file.
    func holds(_ address: UInt64, _ count: UInt64) -> Bool { address <= end && count <= end - address }

    /// Reads a part of the file's structure, which counts towards `mostBytes`.
    func structure(at address: UInt64, _ count: Int) throws -> HDF5Cursor {
        guard count >= 0, count <= left else { throw HDF5Refusal.foreign(.tooMuchStructure) }
        left -= count
        return HDF5Cursor(try values(at: address, count))
    }

    /// Reads a part of the file's values, which do not count.
    func values(at address: UInt64, _ count: Int) throws -> [UInt8] {
        guard count >= 0, holds(address, UInt64(count)) else {
            throw HDF5Refusal.damaged(.partBeyondEnd)
        }
        var bytes = [UInt8](repeating: 0, count: count)
        let isWhole = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map { PositionedIO.read(descriptor, $0, count, at: Int(address)) } ?? true
        }
        guard isWhole else { throw HDF5Refusal.damaged(.partUnreadable) }
        return bytes
    }
}

/// A reader of little-endian numbers, one after another, from a part of a file.
struct HDF5Cursor {
    /// HDF5's undefined address.
    static let nowhere = UInt64.max

    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var left: Int { bytes.count - position }

    mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard count >= 0, count <= left else { throw HDF5Refusal.damaged(.partTooShort) }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Takes an unsigned number of up to 8 bytes.
    mutating func number(_ width: Int = 8) throws -> UInt64 {
        try take(width).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func byte() throws -> Int { Int(try number(1)) }
    mutating func short() throws -> Int { Int(try number(2)) }
    mutating func word() throws -> Int { Int(try number(4)) }

    mutating func skip(_ count: Int) throws { _ = try take(count) }

    /// Takes a structure's four-letter signature and the version that follows it.
    mutating func expect(_ signature: String, version: Int) throws {
        guard try take(4).elementsEqual(signature.utf8), try byte() == version else {
            throw HDF5Refusal.damaged(.signature(signature))
        }
    }

    /// Takes the next `count` bytes, padded to a multiple of `padding`.
    mutating func part(_ count: Int, padding: Int = 1) throws -> HDF5Cursor {
        let part = HDF5Cursor(Array(try take(count)))
        try skip((padding - count % padding) % padding)
        return part
    }
}
