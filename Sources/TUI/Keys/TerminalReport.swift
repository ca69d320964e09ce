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
        default: return nil
        }
    }
}
