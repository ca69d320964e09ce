/// An input event from the terminal.
package enum Input: Equatable, Sendable {
    case key(Key)
    case mouse(MouseEvent)
    /// Text sent as a bracketed paste, without control characters.
    case paste(String)
    case resize
    /// Ctrl-Z.
    case suspend
    /// The terminal's answer to a query.
    case report(TerminalReport)
}

/// Parses a terminal's bytes into keys, mouse events and pasted text.
///
/// Understands the sequences of xterm, VT220, the Linux console and rxvt, also through tmux and
/// screen, whatever `TERM` says: terminals of the same name send different ones. A sequence may
/// arrive in pieces.
package struct InputParser {
    /// Largest number of characters kept of a paste.
    static let pasteLimit = 4096
    private static let pasteEnd = Array("\u{1b}[201~".utf8)
    /// Largest number of bytes examined of a paste: up to four per character, and room for
    /// combining marks.
    private static let pasteBytes = 32_768
    /// Longer than any known sequence, and than any answer that contains text.
    private static func longest(_ bytes: ArraySlice<UInt8>) -> Int { isString(bytes) ? 256 : 64 }

    private var pending: [UInt8] = []
    private var pasted: [UInt8]?
    /// The kind of an overlong sequence whose rest is still to be discarded; nil if there is none.
    private var overlong: Overlong?
    private enum Overlong { case control, string }

    package init() {}

    /// Whether the pending bytes may be an incomplete sequence, which `flush` would resolve.
    package var isUnsettled: Bool { pasted == nil && (!pending.isEmpty || overlong != nil) }

    package mutating func feed(_ bytes: some Sequence<UInt8>) -> [Input] {
        pending += bytes
        var inputs: [Input] = []
        var start = 0
        while start < pending.count {
            if pasted != nil {
                pasted! += pending[start...]
                pending.removeAll()
                guard let (text, rest) = endOfPaste() else { return inputs }
                pasted = nil
                inputs.append(.paste(text))
                (pending, start) = (rest, 0)
                continue
            }
            if overlong != nil {
                guard let end = endOfOverlong(from: start) else { break }
                (start, overlong) = (end, nil)
                continue
            }
            guard let (count, input) = Self.first(pending[start...]) else {
                let longest = Self.longest(pending[start...])
                if pending.count - start < longest { break }
                overlong = Self.isString(pending[start...]) ? .string : .control
                start += longest
                // It may begin the string's terminator.
                if pending[start - 1] == 0x1b { start -= 1 }
                continue
            }
            start += count
            if let input {
                inputs.append(input)
            } else if pending[..<start].suffix(6).elementsEqual(Self.pasteStart) {
                pasted = []
            }
        }
        pending.removeFirst(start)
        return inputs
    }

    /// Returns the index after the overlong sequence, or nil if its end has not arrived; then keeps
    /// in `pending` only what may belong to the end.
    private mutating func endOfOverlong(from start: Int) -> Int? {
        let isControl = overlong == .control
        let end = pending[start...].firstIndex {
            isControl ? !(0x20...0x3f).contains($0) : $0 < 0x20 || $0 == 0x7f
        }
        guard let end else {
            pending.removeSubrange(start...)
            return nil
        }
        if isControl { return end }
        if pending[end] == 7 { return end + 1 }
        guard pending[end] == 0x1b else { return end }
        // ESC \ ends a string; an Escape with anything else begins the next key.
        guard end + 1 < pending.count else {
            pending.removeSubrange(start..<end)
            return nil
        }
        return pending[end + 1] == UInt8(ascii: "\\") ? end + 2 : end
    }

    private static func isString(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.first == 0x1b && bytes.dropFirst().first.map(stringIntroducers.contains) == true
    }

    private static let stringIntroducers = Array("P_]".utf8)
    private static let pasteStart = Array("\u{1b}[200~".utf8)

    /// Resolves an incomplete sequence when no more bytes arrive: a lone Escape was the Escape key.
    ///
    /// Anything longer is a sequence cut by a slow line, and its letters must not count as keys.
    package mutating func flush() -> [Input] {
        overlong = nil
        guard pasted == nil, pending.first == 0x1b, pending.count <= 2 else { return [] }
        let rest = pending.dropFirst()
        pending = []
        return [.key(.escape)] + feed(Array(rest))
    }

    /// Returns the pasted text and the bytes after it, once the end of the paste has arrived.
    private mutating func endOfPaste() -> (text: String, rest: [UInt8])? {
        guard let bytes = pasted else { return nil }
        let end = bytes.indices.first { bytes[$0] == 0x1b && bytes[$0...].starts(with: Self.pasteEnd) }
        guard let end else {
            // The last bytes may be the beginning of the end marker.
            let tail = Self.pasteEnd.count - 1
            if bytes.count > Self.pasteBytes + tail {
                pasted!.removeSubrange(Self.pasteBytes..<bytes.count - tail)
            }
            return nil
        }
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: bytes[..<end], as: UTF8.self).unicodeScalars
        where scalar.properties.generalCategory != .control { text.append(scalar) }
        return (String(String(text).prefix(Self.pasteLimit)), Array(bytes[(end + Self.pasteEnd.count)...]))
    }

    /// Parses the first input of `bytes`. Returns its length and the input, if it has a meaning
    /// here; nil if more bytes are needed.
    private static func first(_ bytes: ArraySlice<UInt8>) -> (count: Int, input: Input?)? {
        let byte = bytes[bytes.startIndex]
        switch byte {
        case 0x1b: return escape(Array(bytes.prefix(longest(bytes))))
        case 9: return (1, .key(.tab))
        case 10, 13: return (1, .key(.enter))
        case 8, 127: return (1, .key(.backspace))
        case 3: return (1, .key(.interrupt))
        case 12: return (1, .key(.redraw))
        case 16: return (1, .key(.palette))
        case 26: return (1, .suspend)
        case 1...26: return (1, .key(.control(Character(UnicodeScalar(byte + 96)))))
        case 0..<32: return (1, nil)
        default: return character(bytes)
        }
    }

    private static func character(_ bytes: ArraySlice<UInt8>) -> (count: Int, input: Input?)? {
        let first = bytes[bytes.startIndex]
        let length =
            first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0
        guard length > 0 else { return (1, nil) }
        let body = bytes.prefix(length).dropFirst()
        // A byte that is not a continuation byte ends a damaged character.
        if let wrong = body.firstIndex(where: { $0 & 0xc0 != 0x80 }) {
            return (wrong - bytes.startIndex, nil)
        }
        guard body.count == length - 1 else { return nil }
        guard let scalar = String(decoding: bytes.prefix(length), as: UTF8.self).unicodeScalars.first,
            scalar.properties.generalCategory != .control, scalar != "\u{fffd}"
        else { return (length, nil) }
        return (length, .key(.character(Character(scalar))))
    }

    private static func escape(_ bytes: [UInt8]) -> (count: Int, input: Input?)? {
        guard bytes.count >= 2 else { return nil }
        switch bytes[1] {
        case UInt8(ascii: "["): return control(bytes)
        case UInt8(ascii: "O"):
            guard bytes.count >= 3 else { return nil }
            return (3, key(final: bytes[2]) ?? keypad(bytes[2]))
        // The Linux console sends this for Shift-Tab.
        case 9: return (2, .key(.backTab))
        default: return stringIntroducers.contains(bytes[1]) ? string(bytes) : (1, .key(.escape))
        }
    }

    /// Parses a control string (DCS, APC or OSC) up to its end: ST or BEL.
    private static func string(_ bytes: [UInt8]) -> (count: Int, input: Input?)? {
        guard let end = bytes[2...].firstIndex(where: { $0 < 0x20 || $0 == 0x7f }) else { return nil }
        let body = String(decoding: bytes[2..<end], as: UTF8.self)
        let report = TerminalReport(introducer: bytes[1], body: body).map(Input.report)
        if bytes[end] == 7 { return (end + 1, report) }
        // Any other control character ends it, so that input is not swallowed for good.
        guard bytes[end] == 0x1b else { return (end, nil) }
        guard bytes.count > end + 1 else { return nil }
        return bytes[end + 1] == UInt8(ascii: "\\") ? (end + 2, report) : (end, nil)
    }

    /// Parses a control sequence: CSI, parameters, final byte.
    private static func control(_ bytes: [UInt8]) -> (count: Int, input: Input?)? {
        guard bytes.count >= 3 else { return nil }
        switch bytes[2] {
        // Function keys of the Linux console.
        case UInt8(ascii: "["): return bytes.count >= 4 ? (4, nil) : nil
        // Mouse reports of terminals without mode 1006.
        case UInt8(ascii: "M"):
            guard bytes.count >= 6 else { return nil }
            let values = bytes[3..<6].map { Int($0) - 32 }
            return (
                6, mouse(code: values[0], column: values[1], row: values[2], isRelease: values[0] & 0x43 == 3)
            )
        default: break
        }
        guard let end = bytes[2...].firstIndex(where: { !(0x20...0x3f).contains($0) }) else { return nil }
        // Another sequence began in the middle of this one.
        guard (0x40...0x7e).contains(bytes[end]) else { return (end, nil) }
        let text = String(decoding: bytes[2..<end], as: UTF8.self)
        let values = text.drop { !$0.isNumber }.split(separator: ";", omittingEmptySubsequences: false).map {
            Int($0) ?? 0
        }
        let count = end + 1
        switch bytes[end] {
        case UInt8(ascii: "M"), UInt8(ascii: "m"):
            guard text.hasPrefix("<"), values.count == 3 else { return (count, nil) }
            return (
                count,
                mouse(
                    code: values[0], column: values[1], row: values[2],
                    isRelease: bytes[end] == UInt8(ascii: "m"))
            )
        case UInt8(ascii: "~"):
            switch values.first {
            case 1, 7: return (count, .key(.home))
            case 4, 8: return (count, .key(.end))
            case 3: return (count, .key(.delete))
            case 5: return (count, .key(.pageUp))
            case 6: return (count, .key(.pageDown))
            default: return (count, nil)
            }
        case UInt8(ascii: "Z"): return (count, .key(.backTab))
        case UInt8(ascii: "c"): return (count, text.hasPrefix("?") ? .report(.attributes(values)) : nil)
        case UInt8(ascii: "t"):
            guard values.count == 3, values[0] == 6 else { return (count, nil) }
            return (count, .report(.cellPixels(width: values[2], height: values[1])))
        default: return (count, key(final: bytes[end]))
        }
    }

    private static func key(final: UInt8) -> Input? {
        switch final {
        case UInt8(ascii: "A"): .key(.up)
        case UInt8(ascii: "B"): .key(.down)
        case UInt8(ascii: "C"): .key(.right)
        case UInt8(ascii: "D"): .key(.left)
        case UInt8(ascii: "H"): .key(.home)
        case UInt8(ascii: "F"): .key(.end)
        default: nil
        }
    }

    /// The numeric keypad in application mode.
    private static func keypad(_ byte: UInt8) -> Input? {
        switch byte {
        case UInt8(ascii: "M"): .key(.enter)
        case UInt8(ascii: "X"): .key(.character("="))
        // `*` to `9`, in ASCII order.
        case UInt8(ascii: "j")...UInt8(ascii: "y"): .key(.character(Character(UnicodeScalar(byte - 64))))
        default: nil
        }
    }

    private static func mouse(code: Int, column: Int, row: Int, isRelease: Bool) -> Input? {
        // No screen is larger, and larger numbers might overflow later.
        guard (1...65_535).contains(column), (1...65_535).contains(row), code >= 0 else { return nil }
        let kind: MouseEvent.Kind
        // Bits 0, 1 and 6 are the button; 4, 8 and 16 are Shift, Alt and Ctrl; 32 is motion.
        switch (code & 0x43, code & 32 != 0) {
        case (64, _): kind = .wheelUp
        case (65, _): kind = .wheelDown
        case (0, true): kind = .drag
        case (0, false): kind = isRelease ? .release : .press
        case (3, false): kind = .release
        default: return nil
        }
        if code >= 128 || isRelease && kind != .release { return nil }
        return .mouse(
            MouseEvent(
                kind, column: column - 1, row: row - 1, isShift: code & 4 != 0, isControl: code & 16 != 0))
    }
}
