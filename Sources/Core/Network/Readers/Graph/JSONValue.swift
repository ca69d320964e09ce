/// A JSON text from a model file, read with bounds on its size, its depth and its number of values.
///
/// Python's `NaN`, `Infinity` and `-Infinity` are numbers here too. Source: RFC 8259.
enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Longest text in bytes. The configuration of a MobileNetV2 has 150 KB.
    static let mostBytes = 16 << 20
    static let deepest = 64
    static let mostValues = 1 << 20

    enum Failure: Error { case malformed, tooLarge }

    init(_ text: some Collection<UInt8>) throws(Failure) {
        guard text.count <= Self.mostBytes else { throw .tooLarge }
        var parser = JSONParser(bytes: Array(text))
        self = try parser.document()
    }

    /// The value under a key; `null` where there is none.
    subscript(key: String) -> JSONValue {
        if case .object(let members) = self { return members[key] ?? .null }
        return .null
    }

    var isNull: Bool { self == .null }
    var string: String? { if case .string(let value) = self { value } else { nil } }
    var number: Double? { if case .number(let value) = self { value } else { nil } }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
    var object: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }
    var integer: Int? { number.flatMap { Int(exactly: $0) } }
    /// Numbers that are all integers.
    var integers: [Int]? {
        guard let array else { return nil }
        let values = array.compactMap(\.integer)
        return values.count == array.count ? values : nil
    }

    /// The numbers of a number, of nested lists of numbers, or of an array as Keras stores those of
    /// NumPy and TensorFlow, row by row; nil for anything else.
    var constants: [Float]? {
        switch self {
        case .number(let value): return [Float(value)]
        case .array(let values):
            var numbers: [Float] = []
            for value in values {
                guard let inner = value.constants else { return nil }
                numbers += inner
            }
            return numbers
        case .object where ["__tensor__", "__numpy__"].contains(self["class_name"].string):
            return self["config"]["value"].constants
        default: return nil
        }
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    private var position = 0
    private var values = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONValue.Failure) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw .malformed }
        return value
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ character: Character) -> Bool {
        skipSpace()
        guard next == character.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func takeWord(_ word: String) -> Bool {
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func value(depth: Int) throws(JSONValue.Failure) -> JSONValue {
        values += 1
        guard values <= JSONValue.mostValues, depth < JSONValue.deepest else { throw .tooLarge }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        default: break
        }
        for (word, value) in Self.words where takeWord(word) { return value }
        return .number(try number())
    }

    private static let words: [(String, JSONValue)] = [
        ("null", .null), ("true", .bool(true)), ("false", .bool(false)), ("NaN", .number(.nan)),
        ("Infinity", .number(.infinity)), ("-Infinity", .number(-.infinity)),
    ]

    private mutating func array(depth: Int) throws(JSONValue.Failure) -> [JSONValue] {
        position += 1
        var elements: [JSONValue] = []
        if take("]") { return elements }
        while true {
            elements.append(try value(depth: depth + 1))
            if take("]") { return elements }
            guard take(",") else { throw .malformed }
        }
    }

    private mutating func object(depth: Int) throws(JSONValue.Failure) -> [String: JSONValue] {
        position += 1
        var members: [String: JSONValue] = [:]
        if take("}") { return members }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw .malformed }
            let key = try string()
            guard take(":") else { throw .malformed }
            // The last of several equal keys counts, as in Python.
            members[key] = try value(depth: depth + 1)
            if take("}") { return members }
            guard take(",") else { throw .malformed }
        }
    }

    private mutating func number() throws(JSONValue.Failure) -> Double {
        let start = position
        while let byte = next, "+-.eE0123456789".utf8.contains(byte) { position += 1 }
        guard let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else {
            throw .malformed
        }
        return number
    }

    private mutating func string() throws(JSONValue.Failure) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escape = next else { throw .malformed }
                position += 1
                switch escape {
                case UInt8(ascii: "n"): text.append(0x0A)
                case UInt8(ascii: "t"): text.append(0x09)
                case UInt8(ascii: "r"): text.append(0x0D)
                case UInt8(ascii: "b"): text.append(0x08)
                case UInt8(ascii: "f"): text.append(0x0C)
                case UInt8(ascii: "u"): text += Array(String(Character(try escapedScalar())).utf8)
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
                default: throw .malformed
                }
            default: text.append(byte)
            }
        }
        throw .malformed
    }

    /// Reads the four digits after `\u`, and the second half of a surrogate pair.
    private mutating func escapedScalar() throws(JSONValue.Failure) -> Unicode.Scalar {
        let first = try hexadecimal()
        guard (0xD800..<0xDC00).contains(first), takeWord("\\u") else {
            return Unicode.Scalar(first) ?? "\u{FFFD}"
        }
        let second = try hexadecimal()
        guard (0xDC00..<0xE000).contains(second) else { return "\u{FFFD}" }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func hexadecimal() throws(JSONValue.Failure) -> UInt32 {
        guard position + 4 <= bytes.count,
            let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw .malformed }
        position += 4
        return value
    }
}
