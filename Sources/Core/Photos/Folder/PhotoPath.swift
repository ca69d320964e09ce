import Basics
import Foundation

/// The path of a photo relative to the photo folder, or the name of a class.
///
/// Paths are bytes: two that differ only in how accents are written (Unicode normal forms) are two
/// paths, and a path need not be UTF-8. So equality, hash and order are those of the bytes; `text`
/// is what JSON, the run store and screens hold.
package struct PhotoPath: Sendable, Hashable, Comparable {
    /// The path's `PathText`: the path itself if it is UTF-8.
    package let text: String

    /// - Parameter text: a path's text, such as `daisy/1.jpg`.
    package init(_ text: String) {
        // One path may be written with more escapes than it needs.
        let mayEscape = text.utf8.contains(UInt8(ascii: "\\"))
        self.text = mayEscape ? PathText.text(PathText.bytes(text)) : text
    }

    package static func == (a: Self, b: Self) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xff as UInt8)
    }

    /// Orders by bytes, as Python orders names in UTF-8.
    package static func < (a: Self, b: Self) -> Bool {
        PathText.bytes(a.text).lexicographicallyPrecedes(PathText.bytes(b.text))
    }

    /// The bytes of the path.
    package var bytes: [UInt8] { PathText.bytes(text) }

    /// Whether the path ends in an ASCII suffix, such as `.jpg`, in upper or lower case.
    package func hasSuffix(_ suffix: String) -> Bool {
        text.utf8.count >= suffix.utf8.count
            && zip(text.utf8.suffix(suffix.utf8.count), suffix.utf8).allSatisfy {
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 == $1 : $0 == $1
            }
    }

    /// Returns keys for a JSON object by these names: the names' texts, but in ASCII where two would
    /// be taken for one key.
    package static func keys(_ names: [PhotoPath]) -> [String] {
        var seen = Set<String>()
        return names.map { seen.insert($0.text).inserted ? $0.text : PathText.ascii($0.text) }
    }
}

extension PhotoPath: CustomStringConvertible {
    package var description: String { text }
}

extension PhotoPath: ExpressibleByStringInterpolation {
    package init(stringLiteral text: String) { self.init(text) }
}

extension PhotoPath: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
