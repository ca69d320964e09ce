import Foundation

/// Why a file is not handed to the HDF5 library.
enum HDF5Refusal: Error, Equatable {
    /// Something is not where or what it should be; in words, for the file's author.
    case damaged(String)
    /// It may be sound, but has something in it that Keras never writes, in words.
    case foreign(String)
}

/// The bytes of a file that is checked, read where they are asked for. Nothing outside the file can be asked for, and
/// of the file's structure no more than `mostBytes` in all, so that a structure that leads back to itself comes to an
/// end.
final class HDF5Bytes {
    /// Bytes of structure in all. A MobileNetV2 with its optimizer has less than a megabyte of it.
    static let mostBytes = 64 << 20

    private let descriptor: Int32
    /// The file's length as the file system has it.
    let fileSize: UInt64
    /// The file's length as the file itself says; nothing is read beyond.
    var end: UInt64
    private var left = HDF5Bytes.mostBytes

    /// - Throws: `HDF5Refusal` when it cannot be opened or is no file.
    init(path: String) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            if descriptor >= 0 { close(descriptor) }
            throw HDF5Refusal.damaged("it cannot be read")
        }
        fileSize = UInt64(max(0, status.st_size))
        end = fileSize
    }

    deinit { close(descriptor) }

    /// Whether `count` bytes at `address` lie within the file.
    func holds(_ address: UInt64, _ count: UInt64) -> Bool { address <= end && count <= end - address }

    /// A part of the file's structure.
    func structure(at address: UInt64, _ count: Int) throws -> HDF5Cursor {
        guard count >= 0, count <= left else { throw HDF5Refusal.foreign("too much structure") }
        left -= count
        return HDF5Cursor(try values(at: address, count))
    }

    /// A part of its values, of which there may be more.
    func values(at address: UInt64, _ count: Int) throws -> [UInt8] {
        guard count >= 0, holds(address, UInt64(count)) else {
            throw HDF5Refusal.damaged("a part lies beyond its end")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        let isWhole = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map { PixelFile.read(descriptor, $0, count, at: Int(address)) } ?? true
        }
        guard isWhole else { throw HDF5Refusal.damaged("a part cannot be read") }
        return bytes
    }
}

/// Numbers taken one after the other from a part of a file, little endian.
struct HDF5Cursor {
    /// What stands for no address.
    static let nowhere = UInt64.max

    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var left: Int { bytes.count - position }

    mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard count >= 0, count <= left else { throw HDF5Refusal.damaged("a part of it is too short") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// A number of up to 8 bytes.
    mutating func number(_ width: Int = 8) throws -> UInt64 {
        try take(width).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func byte() throws -> Int { Int(try number(1)) }
    mutating func short() throws -> Int { Int(try number(2)) }
    mutating func word() throws -> Int { Int(try number(4)) }

    mutating func skip(_ count: Int) throws { _ = try take(count) }

    /// Four letters that begin a structure, and its version behind them.
    mutating func expect(_ signature: String, version: Int) throws {
        guard try take(4).elementsEqual(signature.utf8), try byte() == version else {
            throw HDF5Refusal.damaged("something else stands where a structure \(signature) should be")
        }
    }

    /// A part of what is left, padded to a multiple of `padding`.
    mutating func part(_ count: Int, padding: Int = 1) throws -> HDF5Cursor {
        let part = HDF5Cursor(Array(try take(count)))
        try skip((padding - count % padding) % padding)
        return part
    }
}
