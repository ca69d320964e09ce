package import Foundation

/// A table of a FlatBuffer: values under the ids that its format documents. Fields that are left out
/// have the format's default. Source: https://flatbuffers.dev/internals.
package struct FlatTable: Sendable {
    package enum Value: Sendable {
        case byte(UInt8)
        case int(Int32)
        case float(Float)
        case text(String)
        case table(FlatTable)
        case tables([FlatTable])
        case ints([Int32])
        case longs([Int64])
        case floats([Float])
        /// Aligned to 16 bytes, as TensorFlow Lite wants the values of tensors.
        case data(Data)

        /// Bytes that it takes within its table.
        var width: Int {
            if case .byte = self { return 1 }
            return 4
        }
    }

    package var fields: [Int: Value]

    package init(_ fields: [Int: Value] = [:]) { self.fields = fields }
}

/// Writes tables as a FlatBuffer. Every table comes before the tables and vectors that it refers to,
/// so all are aligned to their place in the file.
package struct FlatBufferBuilder {
    private var bytes = Data()

    /// Returns the buffer of a root table.
    ///
    /// - Parameter identifier: four characters that mark the format.
    package static func encode(_ root: FlatTable, identifier: String) -> Data {
        precondition(identifier.utf8.count == 4)
        var builder = FlatBufferBuilder()
        builder.append(0 as UInt32)
        builder.bytes.append(contentsOf: identifier.utf8)
        builder.refer(from: 0, to: builder.write(root))
        return builder.bytes
    }

    private mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func align(_ alignment: Int, after skipped: Int = 0) {
        while (bytes.count + skipped) % alignment != 0 { bytes.append(0) }
    }

    /// Writes at `place` the distance from there to `target`.
    private mutating func refer(from place: Int, to target: Int) {
        withUnsafeBytes(of: UInt32(target - place).littleEndian) {
            bytes.replaceSubrange(place..<place + 4, with: $0)
        }
    }

    /// Writes a table and everything below it; returns its place.
    private mutating func write(_ table: FlatTable) -> Int {
        // Fields of four bytes come first, so that each is aligned.
        let fields = table.fields.sorted { ($1.value.width, $0.key) < ($0.value.width, $1.key) }
        let slots = (table.fields.keys.max() ?? -1) + 1
        var offsets = [UInt16](repeating: 0, count: slots)
        var size = 4
        for (id, value) in fields {
            offsets[id] = UInt16(size)
            size += value.width
        }
        let entries = 4 + 2 * slots
        align(4, after: entries)
        append(UInt16(entries))
        append(UInt16(size))
        for offset in offsets { append(offset) }
        let place = bytes.count
        append(Int32(entries))
        for (_, value) in fields { writeInline(value) }
        for (id, value) in fields {
            if let child = writeBelow(value) { refer(from: place + Int(offsets[id]), to: child) }
        }
        return place
    }

    private mutating func writeInline(_ value: FlatTable.Value) {
        switch value {
        case .byte(let byte): bytes.append(byte)
        case .int(let int): append(int)
        case .float(let float): append(float.bitPattern)
        default: append(0 as UInt32)
        }
    }

    /// Writes a value outside its table; returns its place, or nil for a value inside.
    private mutating func writeBelow(_ value: FlatTable.Value) -> Int? {
        switch value {
        case .byte, .int, .float: nil
        case .text(let text): write(text)
        case .table(let table): write(table)
        case .tables(let tables): write(tables) { $0.write($1) }
        case .ints(let values): vector(values.count, alignment: 4) { for v in values { $0.append(v) } }
        case .longs(let values): vector(values.count, alignment: 8) { for v in values { $0.append(v) } }
        case .floats(let values):
            vector(values.count, alignment: 4) { for v in values { $0.append(v.bitPattern) } }
        case .data(let data): vector(data.count, alignment: 16) { $0.bytes.append(data) }
        }
    }

    /// Writes the length of a vector and its elements, which are aligned.
    private mutating func vector(_ count: Int, alignment: Int, _ fill: (inout Self) -> Void) -> Int {
        align(4)
        align(alignment, after: 4)
        let place = bytes.count
        append(UInt32(count))
        fill(&self)
        return place
    }

    private mutating func write(_ text: String) -> Int {
        let place = vector(text.utf8.count, alignment: 4) { $0.bytes.append(contentsOf: text.utf8) }
        bytes.append(0)
        return place
    }

    private mutating func write<Element>(_ elements: [Element], _ write: (inout Self, Element) -> Int) -> Int
    {
        let place = vector(elements.count, alignment: 4) { for _ in elements { $0.append(0 as UInt32) } }
        for (index, element) in elements.enumerated() {
            let child = write(&self, element)
            refer(from: place + 4 + 4 * index, to: child)
        }
        return place
    }
}
