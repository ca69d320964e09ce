/// What is looked at in a TOML file before its parser sees it.
///
/// toml++, which TOMLKit brings, ends the process when a table's header begins with anything but a name, as `[` at the end
/// of a line does.
public enum TOMLText {
    /// The line, from 1, of the first header of a table that has no name; nil where there is none, or where the parser
    /// stops before it.
    ///
    /// Follows the text as far as it is valid: strings, comments and lists, within which a bracket is no header.
    public static func headerWithoutName(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        var (place, line, depth, beginsLine) = (bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0, 1, 0, true)
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\n"): (line, beginsLine) = (line + 1, depth == 0)
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            case UInt8(ascii: "#"):
                place = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                continue
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let end = endOfString(bytes, from: place)
                line += bytes[place..<end].count { $0 == UInt8(ascii: "\n") }
                (place, beginsLine) = (end, false)
                continue
            case UInt8(ascii: "[") where beginsLine:
                place = afterBlanks(bytes, place + 1)
                if place < bytes.count, bytes[place] == UInt8(ascii: "[") { place = afterBlanks(bytes, place + 1) }
                if place < bytes.count, !beginsName(bytes[place]) { return line }
                beginsLine = false
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"): (depth, beginsLine) = (depth + 1, false)
            case UInt8(ascii: "]"), UInt8(ascii: "}"): (depth, beginsLine) = (max(0, depth - 1), false)
            default: beginsLine = false
            }
            place += 1
        }
        return nil
    }

    private static func afterBlanks(_ bytes: [UInt8], _ place: Int) -> Int {
        bytes[min(place, bytes.count)...].firstIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } ?? bytes.count
    }

    private static func beginsName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        // The parser itself complains about an empty name.
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "]"): true
        default: false
        }
    }

    /// The place behind the string that begins at `start`; a newline ends one of a single line, as it ends the parsing.
    private static func endOfString(_ bytes: [UInt8], from start: Int) -> Int {
        let quote = bytes[start]
        let mark = [quote, quote, quote]
        let isLong = bytes[start...].starts(with: mark)
        var place = start + (isLong ? 3 : 1)
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                place += 2
            } else if isLong, bytes[place...].starts(with: mark) {
                // Up to two quotes may stand before the three that end it.
                place += 3
                while place < bytes.count, bytes[place] == quote { place += 1 }
                return place
            } else if !isLong, bytes[place] == quote {
                return place + 1
            } else if !isLong, bytes[place] == UInt8(ascii: "\n") {
                return place
            } else {
                place += 1
            }
        }
        return bytes.count
    }
}
