/// What a terminal answers when it is asked what it is.
enum TerminalReport: Equatable, Sendable {
    /// Primary device attributes; 4 among them is sixel.
    case attributes([Int])
    /// Width and height of a cell in pixels.
    case cellPixels(width: Int, height: Int)
    /// Whether kitty's graphics are understood.
    case kittyGraphics(Bool)
    /// Name and version (xterm's XTVERSION).
    case name(String)
}

extension TerminalReport {
    /// The number of the picture by which the terminal is asked for kitty's graphics.
    static let askedPicture = 31

    /// - Parameter body: a string between its introducer and its end.
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
