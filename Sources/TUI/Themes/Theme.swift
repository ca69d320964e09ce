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

    /// - Throws: `ThemeFailure` naming the file, the line and the entry.
    package init(toml: String, file: String) throws {
        (name, colors, isASCII) = try ThemeFile(toml: toml, path: file).theme()
        if colors[.shade] == nil {
            colors[.shade] = Self.shade(background: colors[.background], border: colors[.border])
        }
    }

    /// Returns the background with a little of the border's colour mixed in, or the plain
    /// background if they cannot be mixed.
    private static func shade(background: Color?, border: Color?) -> Color {
        mix(background, border, 0.2) ?? background ?? .standard
    }

    /// Blends a role's colour into the background, for heat maps; nil if they cannot be mixed.
    package func tint(_ role: Role, _ fraction: Double) -> Color? {
        Self.mix(colors[.background], colors[role], fraction)
    }

    /// Blends a fraction of a colour into the background. The terminal's own background counts as
    /// black, for which such themes are designed. Nil if either is a palette entry, or the colour
    /// is the terminal's own.
    private static func mix(_ background: Color?, _ color: Color?, _ part: Double) -> Color? {
        let ground: Color = background == .standard ? .rgb(0, 0, 0) : background ?? .rgb(0, 0, 0)
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
