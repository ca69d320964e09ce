/// How pictures reach the screen.
public enum PictureProtocol: String, Sendable {
    /// Characters in two colours each, everywhere.
    case cells
    case sixel
    /// kitty's graphics, placed by Unicode placeholders.
    case kitty
}

/// The way that the person asks for; `auto` is the best that the terminal says it has.
public enum PictureChoice: String, CaseIterable, Sendable {
    case auto, cells, sixel, kitty
}

/// What a terminal says about pictures, as its answers come in.
public struct TerminalPictures: Equatable, Sendable {
    private(set) var hasSixel = false
    private(set) var hasKitty = false
    private(set) var name = ""
    /// Width and height of a cell in pixels.
    public private(set) var cellPixels: PixelSize?
    /// Whether the last answer has come: all terminals give it, so that those before it have come or will not.
    private(set) var isComplete = false

    init() {}

    mutating func note(_ report: TerminalReport) {
        switch report {
        case .attributes(let values):
            // The first says which terminal it copies.
            (hasSixel, isComplete) = (values.dropFirst().contains(4), true)
        case .cellPixels(let width, let height): cellPixels = PixelSize(plausible: width, height)
        case .kittyGraphics(let answer): hasKitty = answer
        case .name(let text): name = text
        }
    }

    /// The way to show pictures. Graphics of kitty's without placeholders, as some terminals have them, do not count.
    public func chosen(_ choice: PictureChoice) -> PictureProtocol {
        switch choice {
        case .cells: .cells
        case .sixel: .sixel
        case .kitty: .kitty
        case .auto: hasKitty && hasPlaceholders ? .kitty : hasSixel ? .sixel : .cells
        }
    }

    private var hasPlaceholders: Bool { ["kitty", "ghostty"].contains { name.lowercased().hasPrefix($0) } }

    // MARK: Questions

    /// What to ask a terminal of this name; empty where the question might show as letters.
    ///
    /// tmux and screen take a question of kitty's for a title.
    static func query(to name: String) -> String {
        let isMultiplexer = name.hasPrefix("tmux") || name.hasPrefix("screen")
        guard
            isMultiplexer
                || [
                    "xterm", "kitty", "foot", "alacritty", "wezterm", "ghostty", "contour", "konsole", "vte",
                    "mintty", "iterm",
                ]
                .contains(where: name.hasPrefix)
        else { return "" }
        let kitty = "\u{1b}_Gi=\(TerminalReport.askedPicture),s=1,v=1,a=q,t=d,f=24;AAAA\u{1b}\\"
        return (isMultiplexer ? "" : "\u{1b}[>q" + kitty) + "\u{1b}[16t\u{1b}[c"
    }
}
