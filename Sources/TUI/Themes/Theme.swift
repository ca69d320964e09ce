package import Canvas
import Foundation

/// The dashboard's colours by role, read from a TOML file (`docs/themes.md`):
///
///     name = "dark"
///     symbols = "ascii"     # optional: only 7-bit characters
///     [colors]
///     text = "default"      # the terminal's own
///     train = "#5fafff"     # 24-bit colour
///     good = 2              # palette entry
package struct Theme: Sendable, Equatable {
    package enum Role: String, CaseIterable, Sendable {
        case background, text, dim, border, title, accent, good, bad, warning, train, validation, batch, mark
        case selection
        /// Background of the fine-tuning phase on the charts.
        case shade

        /// Whether a theme may omit this role; it is then derived from the other colours.
        package var isOptional: Bool { self == .shade }
    }

    package var name: String
    package var colors: [Role: Color]
    /// Whether the dashboard is drawn with 7-bit characters only.
    package var isASCII = false
    /// The background that colours are mixed with: the theme's own; where that is the terminal's,
    /// black, for which such themes are designed, until `on(_:)` names it.
    package private(set) var ground: Color
    private let hasOwnShade: Bool

    /// - Throws: `ThemeFailure` naming the file, the line and the entry.
    package init(toml: String, file: String) throws {
        (name, colors, isASCII) = try ThemeFile(toml: toml, path: file).theme()
        let background = colors[.background] ?? .standard
        ground = background == .standard ? .rgb(0, 0, 0) : background
        hasOwnShade = colors[.shade] != nil
        if !hasOwnShade { colors[.shade] = derivedShade }
    }

    /// Returns the theme as it is drawn on a terminal with this background: what is mixed with the
    /// terminal's own background is mixed with this colour.
    package func on(_ terminal: Color?) -> Theme {
        guard let terminal, (colors[.background] ?? .standard) == .standard else { return self }
        var theme = self
        theme.ground = terminal
        if !hasOwnShade { theme.colors[.shade] = theme.derivedShade }
        return theme
    }

    /// The background with just as much of the border's colour mixed in as it takes to be seen, or
    /// the plain background if they cannot be mixed.
    private var derivedShade: Color {
        let parts = stride(from: 0.2, through: 1, by: 0.05)
        let shades = parts.lazy.compactMap { Self.mix(ground, colors[.border], $0) }
        return shades.first { Self.contrast($0, ground) >= Self.leastShade }
            ?? Self.mix(ground, colors[.border], 1) ?? colors[.background] ?? .standard
    }

    /// The background of a heat map's cell: a role's colour, deeper with `share`; nil if it cannot
    /// be mixed with the background. A small share already differs from none.
    package func heat(_ role: Role, _ share: Double) -> Color? {
        let share = share.isFinite ? min(max(share, 0), 1) : 0
        return Self.mix(ground, colors[role], 0.15 + 0.55 * share.squareRoot())
    }

    /// The colour for words on a mixed background: that of the text where it can be read, else
    /// black or white.
    package func ink(on color: Color) -> Color {
        let text = colors[.text] ?? .standard
        // The terminal's own text is taken to be grey.
        let isDark = !Self.isLight(ground)
        let seen = text == .standard ? (isDark ? Color.rgb(204, 204, 204) : .rgb(51, 51, 51)) : text
        if Self.contrast(seen, color) >= 4.5 { return text }
        return Self.isLight(color) ? .rgb(0, 0, 0) : .rgb(255, 255, 255)
    }

    /// The colour of another run's curves, by its place among them. Eight runs differ.
    package func ghost(_ index: Int) -> Color {
        let own = [colors[.train], colors[.validation]]
        switch colors[.train] {
        case .rgb:
            let colour = Self.ghosts[index % Self.ghosts.count]
            let goal: Color = Self.isLight(ground) ? .rgb(0, 0, 0) : .rgb(255, 255, 255)
            return stride(from: 0, through: 1, by: 0.02).lazy.compactMap { Self.mix(colour, goal, $0) }
                .first { colour in
                    Self.contrast(colour, ground) >= 4.5
                        && Self.contrast(colour, colors[.shade] ?? ground) >= Self.leastContrast
                } ?? goal
        case .palette:
            let entries = ([5, 6, 2, 1, 13, 14, 10, 9, 12, 11] as [UInt8]).map(Color.palette)
                .filter { !own.contains($0) }
            return entries[index % 8]
        case .standard, nil: return .standard
        }
    }

    /// Pink, green, olive, purple, red, brown, mint and grey: neither blue nor orange, which many
    /// themes use for the run's own curves.
    private static let ghosts: [Color] = [
        .rgb(0xe3, 0x77, 0xc2), .rgb(0x2c, 0xa0, 0x2c), .rgb(0xbc, 0xbd, 0x22), .rgb(0x94, 0x67, 0xbd),
        .rgb(0xd6, 0x27, 0x28), .rgb(0xa0, 0x78, 0x5a), .rgb(0x1f, 0xd6, 0xa0), .rgb(0x7f, 0x7f, 0x7f),
    ]

    /// Blends a fraction of a colour into another; nil unless both have 24 bits.
    private static func mix(_ ground: Color, _ color: Color?, _ part: Double) -> Color? {
        guard case .rgb(let r, let g, let b) = ground, case .rgb(let toR, let toG, let toB)? = color else {
            return nil
        }
        let part = part.isFinite ? min(max(part, 0), 1) : 0
        // The offset keeps results that are whole in decimal from being truncated.
        func mix(_ from: UInt8, _ to: UInt8) -> UInt8 {
            UInt8(Double(from) + (Double(to) - Double(from)) * part + 1e-6)
        }
        return .rgb(mix(r, toR), mix(g, toG), mix(b, toB))
    }

    package func style(_ role: Role, _ attributes: Attributes = []) -> Style {
        Style(
            foreground: colors[role] ?? .standard, background: colors[.background] ?? .standard,
            attributes: attributes)
    }
}
