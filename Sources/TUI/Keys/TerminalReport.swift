/// A terminal's answer to a query about its abilities.
package enum TerminalReport: Equatable, Sendable {
    /// Primary device attributes (DA1); 4 among them announces sixel.
    case attributes([Int])
    /// Width and height of a cell in pixels.
    case cellPixels(width: Int, height: Int)
    /// Whether the kitty graphics protocol is supported.
    case kittyGraphics(Bool)
    /// Name and version (XTVERSION).
    case name(String)
    /// The colour of the background (OSC 11).
    case background(red: UInt8, green: UInt8, blue: UInt8)
}

extension TerminalReport {
    /// Image number used to query for kitty graphics.
    package static let askedPicture = 31

    /// - Parameter body: a control string without its introducer and terminator.
    init?(introducer: UInt8, body: String) {
        switch introducer {
        case UInt8(ascii: "P"):
            guard body.hasPrefix(">|") else { return nil }
            self = .name(String(body.dropFirst(2)))
        case UInt8(ascii: "_"):
            let parts = body.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
            guard body.hasPrefix("G"), parts.count == 2,
                parts[0].dropFirst().split(separator: ",").contains("i=\(Self.askedPicture)")
            else { return nil }
            self = .kittyGraphics(parts[1] == "OK")
        case UInt8(ascii: "]"):
            guard let color = Self.color(body) else { return nil }
            self = color
        default: return nil
        }
    }

    /// Parses `11;rgb:rrrr/gggg/bbbb`, in which each part has one to four hexadecimal digits, and
    /// `11;rgba:…`.
    private static func color(_ body: String) -> TerminalReport? {
        guard let prefix = ["11;rgb:", "11;rgba:"].first(where: body.hasPrefix) else { return nil }
        let values = body.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false).map
        {
            part -> UInt8? in
            guard (1...4).contains(part.count), let value = UInt32(part, radix: 16) else { return nil }
            return UInt8(value * 255 / (1 << (4 * UInt32(part.count)) - 1))
        }
        guard values.count == (prefix.hasSuffix("a:") ? 4 : 3), let red = values[0], let green = values[1],
            let blue = values[2]
        else { return nil }
        return .background(red: red, green: green, blue: blue)
    }
}
