import Basics
import Foundation

/// A value of an event file under its tag and step.
struct LoggedValue: Equatable {
    var tag: String
    var step: Int
    /// Seconds since 1970.
    var time: Double
    /// The number; nil for pictures, texts and anything else that is not one.
    var scalar: Double?
}

/// Reads event files of any program, in either of TensorBoard's forms of scalars: a plain number
/// (TensorFlow 1, PyTorch) or a tensor (TensorFlow 2, Keras).
struct EventReader {
    /// In the order of the file, without those that a later restart discards.
    private(set) var values: [LoggedValue] = []
    /// Why the file was not read to its end; nil if it was.
    private(set) var damage: LogDamage?
    /// Number of bytes that were read.
    private(set) var length = 0

    /// - Parameter bytes: the whole file.
    init(_ bytes: [UInt8]) {
        var reader = TFRecord.Reader(bytes)
        while let record = reader.next() {
            guard let found = try? Self.values(record) else {
                damage = .notAnEvent(byte: length)
                return
            }
            if let step = found.restart { values.removeAll { $0.step >= step } }
            values += found.values
            length = reader.offset
        }
        damage = reader.damage
    }

    private static func values(_ record: ArraySlice<UInt8>) throws(ProtobufDamage) -> (
        values: [LoggedValue], restart: Int?
    ) {
        var (time, step, starts) = (0.0, 0, false)
        var summaries: [ArraySlice<UInt8>] = []
        var event = ProtobufReader(record)
        while let field = try event.next() {
            switch (field.number, field.value) {
            case (1, .bits64(let bits)): time = Double(bitPattern: bits)
            case (2, .varint(let value)): step = Int(Int64(bitPattern: value))
            case (5, .bytes(let bytes)): summaries.append(bytes)
            case (7, .bytes(let bytes)):
                var session = ProtobufReader(bytes)
                while let field = try session.next() {
                    if field.number == 1, case .varint(1) = field.value { starts = true }
                }
            default: break
            }
        }
        var result: [LoggedValue] = []
        for summary in summaries {
            var reader = ProtobufReader(summary)
            while let field = try reader.next() {
                guard field.number == 1, case .bytes(let value) = field.value else { continue }
                let (tag, scalar) = try Self.value(value)
                result.append(LoggedValue(tag: tag, step: step, time: time, scalar: scalar))
            }
        }
        return (result, starts ? step : nil)
    }

    /// Reads a value of a summary.
    private static func value(_ bytes: ArraySlice<UInt8>) throws(ProtobufDamage) -> (
        tag: String, scalar: Double?
    ) {
        var (tag, plugin) = ("", "scalars")
        var (plain, tensor): (Double?, Double?)
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let text)): tag = String(decoding: text, as: UTF8.self)
            case (2, .bits32(let bits)): plain = Double(Float(bitPattern: bits))
            case (8, .bytes(let bytes)): tensor = try number(bytes)
            case (9, .bytes(let bytes)): plugin = try Self.plugin(bytes) ?? plugin
            default: break
            }
        }
        return (tag, plain ?? (plugin == "scalars" ? tensor : nil))
    }

    private static func plugin(_ bytes: ArraySlice<UInt8>) throws(ProtobufDamage) -> String? {
        var name: String?
        var metadata = ProtobufReader(bytes)
        while let field = try metadata.next() {
            guard field.number == 1, case .bytes(let bytes) = field.value else { continue }
            var plugin = ProtobufReader(bytes)
            while let field = try plugin.next() {
                if field.number == 1, case .bytes(let text) = field.value {
                    name = String(decoding: text, as: UTF8.self)
                }
            }
        }
        return name
    }

    /// The number in a tensor of one; nil for any other tensor.
    private static func number(_ bytes: ArraySlice<UInt8>) throws(ProtobufDamage) -> Double? {
        var (type, numbers): (UInt64, [Double]) = (0, [])
        var content: ArraySlice<UInt8>?
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .varint(let value)): type = value
            case (4, .bytes(let bytes)): content = bytes
            case (5, .bits32(let bits)): numbers.append(Double(Float(bitPattern: bits)))
            case (5, .bytes(let bytes)) where bytes.count == 4: numbers.append(Self.float(bytes))
            case (6, .bits64(let bits)): numbers.append(Double(bitPattern: bits))
            case (6, .bytes(let bytes)) where bytes.count == 8: numbers.append(Self.double(bytes))
            // DT_INT32, DT_INT64.
            case (7, .varint(let value)), (10, .varint(let value)):
                numbers.append(Double(Int64(bitPattern: value)))
            case (5...13, _): return nil
            default: break
            }
        }
        if let content {
            switch (type, content.count) {
            case (1, 4): numbers.append(float(content))
            case (2, 8): numbers.append(double(content))
            default: return nil
            }
        }
        return numbers.count == 1 ? numbers[0] : nil
    }

    private static func float(_ bytes: ArraySlice<UInt8>) -> Double {
        Double(Float(bitPattern: bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }))
    }

    private static func double(_ bytes: ArraySlice<UInt8>) -> Double {
        Double(bitPattern: bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
}

/// Bytes that are not protobuf's wire format.
struct ProtobufDamage: Error {}

/// Reads the fields of a message in protobuf's wire format, in their order.
/// Source: https://protobuf.dev/programming-guides/encoding.
struct ProtobufReader {
    enum Value {
        case varint(UInt64)
        case bits64(UInt64)
        case bytes(ArraySlice<UInt8>)
        case bits32(UInt32)
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// Returns the next field; nil at the end.
    mutating func next() throws(ProtobufDamage) -> (number: Int, value: Value)? {
        if rest.isEmpty { return nil }
        let key = try varint()
        guard (1..<1 << 29).contains(key >> 3) else { throw ProtobufDamage() }
        let number = Int(key >> 3)
        switch key & 7 {
        case 0: return (number, .varint(try varint()))
        case 1: return (number, .bits64(try take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }))
        case 2: return (number, .bytes(try take(try varint())))
        case 5: return (number, .bits32(try take(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }))
        default: throw ProtobufDamage()
        }
    }

    private mutating func varint() throws(ProtobufDamage) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { break }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw ProtobufDamage()
    }

    private mutating func take(_ count: UInt64) throws(ProtobufDamage) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw ProtobufDamage() }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}
