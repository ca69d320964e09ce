import Foundation

/// TensorFlow's framing of records in a file: the length (8 bytes), its checksum, the content, and
/// its checksum, all little endian.
///
/// Source: https://www.tensorflow.org/tutorials/load_data/tfrecord.
enum TFRecord {
    /// Returns a record with the given content.
    static func framed(_ content: Data) -> Data {
        let length = Data(littleEndian: UInt64(content.count))
        return length + Data(littleEndian: checksum(length)) + content
            + Data(littleEndian: checksum(content))
    }

    /// CRC-32C, masked as TensorFlow does it, so that the checksum of bytes that hold checksums stays
    /// meaningful.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let sum = ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
        return (sum >> 15 | sum << 17) &+ 0xa282_ead8
    }

    /// Castagnoli's polynomial, reflected.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0x82f6_3b78 : 0) }
    }

    /// Reads the records of a file from its beginning.
    struct Reader {
        private let bytes: [UInt8]
        /// Offset of the first byte after the last sound record.
        private(set) var offset = 0
        /// Why reading ended before the end of the file; nil if it did not.
        private(set) var damage: LogDamage?

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        /// Returns the next record's content; nil at the end or at the first damage.
        mutating func next() -> ArraySlice<UInt8>? {
            guard damage == nil, offset < bytes.count else { return nil }
            let rest = bytes[offset...]
            guard rest.count >= 12 else { return fail(.cutShort(byte: offset)) }
            let head = rest.prefix(8)
            guard Self.checksum(rest.dropFirst(8)) == TFRecord.checksum(head) else {
                return fail(.wrongChecksum(byte: offset))
            }
            let length = head.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard length <= UInt64(max(0, rest.count - 16)) else { return fail(.cutShort(byte: offset)) }
            let content = rest.dropFirst(12).prefix(Int(length))
            guard Self.checksum(bytes[content.endIndex...]) == TFRecord.checksum(content) else {
                return fail(.wrongChecksum(byte: offset))
            }
            offset = content.endIndex + 4
            return content
        }

        private mutating func fail(_ damage: LogDamage) -> ArraySlice<UInt8>? {
            self.damage = damage
            return nil
        }

        private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
            bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
    }
}

extension Data {
    init(littleEndian value: some FixedWidthInteger) {
        self = Swift.withUnsafeBytes(of: value.littleEndian) { Data($0) }
    }
}
