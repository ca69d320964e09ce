import CZlib
package import Foundation

/// A zip archive with its members stored as they are: a `.keras` file, or what TensorFlow Lite's
/// metadata appends to a model. Source: PKWARE's APPNOTE.TXT, version 2.0.
package struct ZipWriter {
    private var bytes: Data
    private var directory = Data()
    private var count: UInt16 = 0

    /// - Parameter start: bytes that come before the archive in the file.
    package init(after start: Data = Data()) { bytes = start }

    package mutating func add(_ name: String, _ content: Data) {
        let offset = UInt32(bytes.count)
        let fields = Self.fields(name, content)
        Self.append(0x0403_4b50 as UInt32, to: &bytes)
        bytes.append(fields)
        bytes.append(contentsOf: name.utf8)
        bytes.append(content)
        Self.append(0x0201_4b50 as UInt32, to: &directory)
        Self.append(20 as UInt16, to: &directory)
        directory.append(fields)
        // No comment, first disk, no attributes.
        directory.append(contentsOf: [UInt8](repeating: 0, count: 10))
        Self.append(offset, to: &directory)
        directory.append(contentsOf: name.utf8)
        count += 1
    }

    /// Returns the file with the archive's directory at its end.
    package consuming func finish() -> Data {
        let (start, size) = (UInt32(bytes.count), UInt32(directory.count))
        bytes.append(directory)
        Self.append(0x0605_4b50 as UInt32, to: &bytes)
        Self.append(0 as UInt32, to: &bytes)
        Self.append(count, to: &bytes)
        Self.append(count, to: &bytes)
        Self.append(size, to: &bytes)
        Self.append(start, to: &bytes)
        Self.append(0 as UInt16, to: &bytes)
        return bytes
    }

    /// The fields that a member's two headers share.
    private static func fields(_ name: String, _ content: Data) -> Data {
        var fields = Data()
        append(20 as UInt16, to: &fields)
        // Names are UTF-8; stored; 1 January 1980, so that the same files give the same archive.
        append(0x0800 as UInt16, to: &fields)
        append(0 as UInt16, to: &fields)
        append(0 as UInt16, to: &fields)
        append(0x0021 as UInt16, to: &fields)
        append(checksum(content), to: &fields)
        append(UInt32(content.count), to: &fields)
        append(UInt32(content.count), to: &fields)
        append(UInt16(name.utf8.count), to: &fields)
        append(0 as UInt16, to: &fields)
        return fields
    }

    private static func checksum(_ content: Data) -> UInt32 {
        content.withUnsafeBytes { buffer in
            UInt32(crc32_z(0, buffer.bindMemory(to: UInt8.self).baseAddress, buffer.count))
        }
    }

    private static func append<Value: FixedWidthInteger>(_ value: Value, to data: inout Data) {
        withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
}
