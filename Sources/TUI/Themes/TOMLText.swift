/// Checks TOML before it is parsed. toml++, the parser behind TOMLKit, aborts the process on much
/// malformed input: a header without a name, `}` in a list, or a bad time after a date's `T`.
///
/// Accepts only what this project's files contain: tables, strings, decimal numbers, booleans, and
/// lists and inline tables of these. Source: TOML 1.0.0.
package struct TOMLText {
    /// The first fault: its line, counted from 1, and a description without a final full stop.
    package struct Fault: Error, Equatable, CustomStringConvertible {
        package let line: Int
        package let description: String
    }

    private let bytes: [UInt8]
    private var place = 0
    private var line = 1

    private static let deepest = 32

    private init(_ text: String) {
        bytes = Array(text.utf8)
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { place = 3 }
    }

    /// Returns the first fault in a text, or nil if there is none.
    package static func fault(in text: String) -> Fault? {
        var text = TOMLText(text)
        do throws(Fault) {
            try text.document()
            return nil
        } catch {
            return error
        }
    }

    private mutating func document() throws(Fault) {
        while true {
            skipLines()
            guard let first = next else { return }
            if first == UInt8(ascii: "[") {
                try header()
            } else {
                try entry(0)
            }
            skipBlanks()
            skipComment()
            if next != nil, !takeNewline() { throw fault("nothing more is expected on this line") }
        }
    }

    /// Parses `[a.b]` or `[[a.b]]`.
    private mutating func header() throws(Fault) {
        place += 1
        let isList = take("[")
        skipBlanks()
        if !beginsName { throw fault("a table has no name behind its [") }
        try key()
        guard take("]"), !isList || take("]") else { throw fault("a table's name ends with ]") }
    }

    /// Parses `a.b = value`.
    private mutating func entry(_ depth: Int) throws(Fault) {
        if !beginsName { throw fault("a name is expected, of letters, digits, _ and -, or in quotes") }
        try key()
        guard take("=") else { throw fault("= is expected behind a name") }
        skipBlanks()
        try value(depth)
    }

    /// Parses a dotted key and the blanks after it.
    private mutating func key() throws(Fault) {
        repeat {
            skipBlanks()
            if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") {
                try string(canBeLong: false)
            } else {
                guard beginsName else {
                    throw fault("a name is expected, of letters, digits, _ and -, or in quotes")
                }
                while let byte = next, Self.isOfName(byte) { place += 1 }
            }
            skipBlanks()
        } while take(".")
    }

    private mutating func value(_ depth: Int) throws(Fault) {
        guard depth < Self.deepest else { throw fault("lists and tables are more than \(Self.deepest) deep") }
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): try string(canBeLong: true)
        case UInt8(ascii: "["): try list(depth + 1)
        case UInt8(ascii: "{"): try inlineTable(depth + 1)
        default:
            let start = place
            while let byte = next,
                Self.isOfName(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
            { place += 1 }
            let word = bytes[start..<place]
            guard word.elementsEqual("true".utf8) || word.elementsEqual("false".utf8) || Self.isNumber(word)
            else {
                throw fault("a value is expected: text in quotes, a number, true, false, or a list of these")
            }
        }
    }

    private mutating func list(_ depth: Int) throws(Fault) {
        place += 1
        while true {
            skipLines()
            if take("]") { return }
            try value(depth)
            skipLines()
            if take("]") { return }
            if !take(",") { throw fault("a list goes on with , or ends with ]") }
        }
    }

    private mutating func inlineTable(_ depth: Int) throws(Fault) {
        place += 1
        skipBlanks()
        if take("}") { return }
        while true {
            skipBlanks()
            try entry(depth)
            skipBlanks()
            if take("}") { return }
            if !take(",") { throw fault("a table goes on with , or ends with }") }
        }
    }

    /// Skips a string in any of the four quoting styles. Its content is left to the parser.
    private mutating func string(canBeLong: Bool) throws(Fault) {
        let (quote, start) = (bytes[place], line)
        let isLong = canBeLong && bytes[place...].starts(with: [quote, quote, quote])
        place += isLong ? 3 : 1
        while let byte = next {
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                place += 1
                if let escaped = next {
                    if escaped == UInt8(ascii: "\n") { line += 1 }
                    place += 1
                }
            } else if byte == quote, !isLong {
                place += 1
                return
            } else if byte == quote, bytes[place...].starts(with: [quote, quote, quote]) {
                // A long string may end with two quotes of its own before the closing three.
                place += 3
                for _ in 0..<2 where next == quote { place += 1 }
                return
            } else if byte == UInt8(ascii: "\n") {
                if !isLong { break }
                line += 1
                place += 1
            } else {
                place += 1
            }
        }
        line = start
        throw fault("a text has no end; it ends with the quote that it begins with")
    }

    // MARK: Bytes

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }
    private var beginsName: Bool {
        next.map { Self.isOfName($0) || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") } ?? false
    }

    private func fault(_ description: String) -> Fault { Fault(line: line, description: description) }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: mark) else { return false }
        place += 1
        return true
    }

    private mutating func takeNewline() -> Bool {
        guard bytes[place...].starts(with: "\n".utf8) || bytes[place...].starts(with: "\r\n".utf8) else {
            return false
        }
        place += next == UInt8(ascii: "\r") ? 2 : 1
        line += 1
        return true
    }

    private mutating func skipBlanks() {
        while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { place += 1 }
    }

    private mutating func skipComment() {
        guard next == UInt8(ascii: "#") else { return }
        while let byte = next, byte != UInt8(ascii: "\n") { place += 1 }
    }

    /// Skips blanks, comments and line ends.
    private mutating func skipLines() {
        repeat {
            skipBlanks()
            skipComment()
        } while takeNewline()
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: isDigit(byte)
        }
    }

    /// Whether a word is a decimal number, such as `-1_000.5e-3`, with digits around any point.
    private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
        var rest = word
        func takeSign() {
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        }
        /// Removes leading digits, with single underscores between them. Returns their length, or
        /// nil if there are none.
        func takeDigits() -> Int? {
            let digits = rest.prefix { isDigit($0) || $0 == UInt8(ascii: "_") }
            rest.removeFirst(digits.count)
            let parts = digits.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
            return parts.allSatisfy { !$0.isEmpty } ? digits.count : nil
        }
        takeSign()
        let beginsWithZero = rest.first == UInt8(ascii: "0")
        guard let whole = takeDigits(), whole == 1 || !beginsWithZero else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            if takeDigits() == nil { return false }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            takeSign()
            if takeDigits() == nil { return false }
        }
        return rest.isEmpty
    }
}
