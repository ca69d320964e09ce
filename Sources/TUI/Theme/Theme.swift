import Core
import Foundation
import Plots

/// The colours of the dashboard by role, read from a TOML file (`docs/themes.md`):
///
///     name = "dark"
///     symbols = "ascii"     # optional: seven-bit characters only
///     [colors]
///     text = "default"      # the terminal's own
///     train = "#5fafff"     # 24 bits
///     good = 2              # palette entry
public struct Theme: Sendable, Equatable {
    public enum Role: String, CaseIterable, Sendable {
        case background, text, dim, border, title, accent, good, bad, warning, train, validation, batch, mark
        case selection
        /// Behind the fine-tuning phase of the charts.
        case shade

        /// Whether a theme may go without it; something that fits then takes its place.
        public var isOptional: Bool { self == .shade }
    }

    public var name: String
    var colors: [Role: Color]
    /// Whether everything is drawn in seven-bit characters.
    var isASCII = false

    /// - Throws: `UserError` that names the file, the line and the entry.
    public init(toml: String, file: String) throws {
        (name, colors, isASCII) = try ThemeFile(toml: toml, path: file).theme()
        if colors[.shade] == nil { colors[.shade] = Self.shade(background: colors[.background], border: colors[.border]) }
    }

    /// A little of the frame's colour over the background; the background where either is the terminal's own.
    private static func shade(background: Color?, border: Color?) -> Color {
        guard case .rgb(let r, let g, let b)? = background, case .rgb(let toR, let toG, let toB)? = border else {
            return background ?? .standard
        }
        func mix(_ from: UInt8, _ to: UInt8) -> UInt8 { UInt8((Int(from) * 22 + Int(to) * 3) / 25) }
        return .rgb(mix(r, toR), mix(g, toG), mix(b, toB))
    }

    func style(_ role: Role, _ attributes: Attributes = []) -> Style {
        Style(foreground: colors[role] ?? .standard, background: colors[.background] ?? .standard, attributes: attributes)
    }

    /// A role's style on the ground of the fine-tuning phase.
    func shaded(_ role: Role, _ attributes: Attributes = []) -> Style {
        Style(foreground: colors[role] ?? .standard, background: colors[.shade] ?? .standard, attributes: attributes)
    }
}
