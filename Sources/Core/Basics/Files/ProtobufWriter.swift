package import Foundation

/// A message in protobuf's wire format, built field by field under the numbers that its format
/// documents. Source: https://protobuf.dev/programming-guides/encoding.
package struct ProtobufWriter {
    private(set) package var bytes = Data()

    package init() {}

    package init(_ fill: (inout ProtobufWriter) -> Void) { fill(&self) }

    /// An integer or an enumeration; negative ones take ten bytes, as protobuf has them.
    package mutating func integer(_ field: Int, _ value: Int) {
        key(field, wireType: 0)
        varint(UInt64(bitPattern: Int64(value)))
    }

    package mutating func float(_ field: Int, _ value: Float) {
        key(field, wireType: 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func double(_ field: Int, _ value: Double) {
        key(field, wireType: 1)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func text(_ field: Int, _ value: String) { data(field, Data(value.utf8)) }

    package mutating func data(_ field: Int, _ value: Data) {
        key(field, wireType: 2)
        varint(UInt64(value.count))
        bytes.append(value)
    }

    package mutating func message(_ field: Int, _ fill: (inout ProtobufWriter) -> Void) {
        data(field, ProtobufWriter(fill).bytes)
    }

    /// Repeated integers in one piece.
    package mutating func integers(_ field: Int, _ values: [Int]) {
        var packed = ProtobufWriter()
        for value in values { packed.varint(UInt64(bitPattern: Int64(value))) }
        data(field, packed.bytes)
    }

    private mutating func key(_ field: Int, wireType: Int) { varint(UInt64(field << 3 | wireType)) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
