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
        if colors[.shade] == nil {
            colors[.shade] = Self.shade(background: colors[.background], border: colors[.border])
        }
    }

    /// A little of the frame's colour over the background; the background itself where the frame's colour is the
    /// terminal's own.
    private static func shade(background: Color?, border: Color?) -> Color {
        mix(background, border, 0.2) ?? background ?? .standard
    }

    /// A part of a role's colour over the background, for heat maps; nil where one of them is a palette's.
    func tint(_ role: Role, _ fraction: Double) -> Color? {
        Self.mix(colors[.background], colors[role], fraction)
    }

    /// `part` of a colour over the background; where that is the terminal's own, over black, for which such themes are
    /// written. Nil where one of them has no 24 bits.
    private static func mix(_ background: Color?, _ color: Color?, _ part: Double) -> Color? {
        let ground: Color = background == .standard ? .rgb(0, 0, 0) : background ?? .rgb(0, 0, 0)
        guard case .rgb(let r, let g, let b) = ground, case .rgb(let toR, let toG, let toB)? = color else {
            return nil
        }
        let part = part.isFinite ? min(max(part, 0), 1) : 0
        // The trace added keeps what is whole in decimals from being cut to the number below.
        func mix(_ from: UInt8, _ to: UInt8) -> UInt8 {
            UInt8(Double(from) + (Double(to) - Double(from)) * part + 1e-6)
        }
        return .rgb(mix(r, toR), mix(g, toG), mix(b, toB))
    }

    func style(_ role: Role, _ attributes: Attributes = []) -> Style {
        Style(
            foreground: colors[role] ?? .standard, background: colors[.background] ?? .standard,
            attributes: attributes)
    }
}
