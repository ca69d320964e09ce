package import Foundation

/// The reversible text of paths. The system's paths are bytes, which need not be UTF-8.
///
/// The text of a path in UTF-8 is the path itself. Of any other path each byte that is not part of
/// UTF-8 is written as `\x` and two upper-case hexadecimal digits, 80 to FF. Where a path itself
/// holds such a sequence, its backslash is written as `\x5C`. So different paths have different
/// texts, which JSON, the run store and screens can hold.
///
/// Two texts may still be equal as `String`s, which ignore how accents are written; compare and
/// hash their UTF-8 (`PhotoPath` does).
package enum PathText {
    private static let backslash = UInt8(ascii: "\\")

    /// Returns the text of a path.
    package static func text(_ bytes: some Collection<UInt8>) -> String {
        let bytes = Array(bytes)
        if let text = String(validating: bytes, as: UTF8.self), !bytes.contains(backslash) { return text }
        var result: [UInt8] = []
        var i = 0
        while i < bytes.count {
            let length = scalarLength(bytes, at: i)
            if length == 0 || escaped(bytes, at: i) != nil {
                result += escape(bytes[i])
                i += 1
            } else {
                result += bytes[i..<i + length]
                i += length
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Returns the path of a text.
    package static func bytes(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.contains(backslash) else { return bytes }
        var result: [UInt8] = []
        var i = 0
        while i < bytes.count {
            if let byte = escaped(bytes, at: i) {
                result.append(byte)
                i += 4
            } else {
                result.append(bytes[i])
                i += 1
            }
        }
        return result
    }

    /// Returns another text of the same path, in ASCII, for places that take texts for equal which
    /// differ only in how accents are written.
    package static func ascii(_ text: String) -> String {
        String(
            decoding: text.utf8.flatMap { $0 < 0x80 ? [$0] : escape($0) },
            as: UTF8.self)
    }

    /// Calls `body` with the path of a text as a C string.
    package static func withCPath<Result>(
        _ text: String, _ body: (UnsafePointer<CChar>) throws -> Result
    ) rethrows -> Result {
        if !text.utf8.contains(backslash) { return try text.withCString(body) }
        return try (bytes(text) + [0]).withUnsafeBufferPointer {
            try $0.withMemoryRebound(to: CChar.self) { try body($0.baseAddress!) }
        }
    }

    /// Returns the state of the file at the path of a text, following links; nil if there is none.
    package static func status(_ text: String) -> stat? {
        var status = stat()
        return withCPath(text) { stat($0, &status) } == 0 ? status : nil
    }

    private static func escape(_ byte: UInt8) -> [UInt8] {
        Array("\\x".utf8) + Array(String(byte, radix: 16, uppercase: true).utf8)
    }

    /// Returns the byte that the escape sequence at `i` stands for; nil if there is none.
    private static func escaped(_ bytes: [UInt8], at i: Int) -> UInt8? {
        guard bytes[i] == backslash, i + 3 < bytes.count, bytes[i + 1] == UInt8(ascii: "x"),
            let high = digit(bytes[i + 2]), let low = digit(bytes[i + 3])
        else { return nil }
        let byte = high << 4 | low
        return byte >= 0x80 || byte == backslash ? byte : nil
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Returns the length of the UTF-8 scalar at `i`; 0 if there is none.
    private static func scalarLength(_ bytes: [UInt8], at i: Int) -> Int {
        let length =
            switch bytes[i] {
            case ..<0x80: 1
            case 0xc2..<0xe0: 2
            case 0xe0..<0xf0: 3
            case 0xf0..<0xf5: 4
            default: 0
            }
        guard length > 0, i + length <= bytes.count,
            String(validating: bytes[i..<i + length], as: UTF8.self) != nil
        else { return 0 }
        return length
    }
}
