import Keys

/// How pictures are shown on the terminal.
package enum PictureProtocol: String, Sendable {
    /// Characters in two colours each; works everywhere.
    case cells
    case sixel
    /// The kitty graphics protocol, with Unicode placeholders.
    case kitty
}

/// The picture protocol that the user asks for; `auto` chooses the best that the terminal reports.
package enum PictureChoice: String, CaseIterable, Sendable {
    case auto, cells, sixel, kitty
}

/// The terminal's picture abilities, collected as its answers arrive.
package struct TerminalPictures: Equatable, Sendable {
    private(set) var hasSixel = false
    private(set) var hasKitty = false
    private(set) var name = ""
    /// Size of a cell in pixels.
    package private(set) var cellPixels: PixelSize?
    /// Whether the last answer has arrived. Every terminal sends it, so no other is still to come.
    private(set) var isComplete = false

    init() {}

    mutating func note(_ report: TerminalReport) {
        switch report {
        case .attributes(let values):
            // The first value is the terminal class, not a feature.
            (hasSixel, isComplete) = (values.dropFirst().contains(4), true)
        case .cellPixels(let width, let height): cellPixels = PixelSize(plausible: width, height)
        case .kittyGraphics(let answer): hasKitty = answer
        case .name(let text): name = text
        case .background: break
        }
    }

    /// Returns the protocol to use. kitty graphics count only with placeholders, which some
    /// terminals lack.
    package func chosen(_ choice: PictureChoice) -> PictureProtocol {
        switch choice {
        case .cells: .cells
        case .sixel: .sixel
        case .kitty: .kitty
        case .auto: hasKitty && hasPlaceholders ? .kitty : hasSixel ? .sixel : .cells
        }
    }

    private var hasPlaceholders: Bool { ["kitty", "ghostty"].contains { name.lowercased().hasPrefix($0) } }

    // MARK: Queries

    /// Returns the queries for a terminal of this name: its version, kitty graphics, the cell size
    /// and, last, its attributes. Empty if the terminal might print them.
    ///
    /// tmux and screen receive only the last two: they would take the kitty query for a title.
    static func query(to name: String, environment: [String: String] = [:]) -> String {
        guard mayBeAsked(name) else { return "" }
        let isMultiplexer = Multiplexer.isPresent(name, environment)
        let kitty = "\u{1b}_Gi=\(TerminalReport.askedPicture),s=1,v=1,a=q,t=d,f=24;AAAA\u{1b}\\"
        return (isMultiplexer ? "" : "\u{1b}[>q" + kitty) + "\u{1b}[16t" + lastQuery
    }

    /// The query that every terminal answers, which shows that all answers have arrived.
    static let lastQuery = "\u{1b}[c"

    /// Whether a terminal of this name takes queries for what they are.
    static func mayBeAsked(_ name: String) -> Bool {
        [
            "xterm", "kitty", "foot", "alacritty", "wezterm", "ghostty", "contour", "konsole", "vte",
            "mintty",
            "iterm", "tmux", "screen",
        ]
        .contains(where: name.hasPrefix)
    }
}
