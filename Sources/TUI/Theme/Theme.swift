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

    /// A little of the frame's colour over the background; where that is the terminal's own, over black, for which such
    /// themes are written. The background itself where the frame's colour is the terminal's own.
    private static func shade(background: Color?, border: Color?) -> Color {
        let ground: Color = background == .standard ? .rgb(0, 0, 0) : background ?? .rgb(0, 0, 0)
        guard case .rgb(let r, let g, let b) = ground, case .rgb(let toR, let toG, let toB)? = border else {
            return background ?? .standard
        }
        func mix(_ from: UInt8, _ to: UInt8) -> UInt8 { UInt8((Int(from) * 4 + Int(to)) / 5) }
        return .rgb(mix(r, toR), mix(g, toG), mix(b, toB))
    }

    /// A part of a role's colour over the background, for heat maps; nil where one of them is not a colour of 24 bits.
    func tint(_ role: Role, _ fraction: Double) -> Color? {
        let ground: Color = colors[.background] ?? .standard
        guard case .rgb(let r, let g, let b) = ground == .standard ? .rgb(0, 0, 0) : ground,
            case .rgb(let toR, let toG, let toB)? = colors[role]
        else { return nil }
        let part = min(max(fraction.isFinite ? fraction : 0, 0), 1)
        func mix(_ from: UInt8, _ to: UInt8) -> UInt8 { UInt8((Double(from) + (Double(to) - Double(from)) * part).rounded()) }
        return .rgb(mix(r, toR), mix(g, toG), mix(b, toB))
    }

    func style(_ role: Role, _ attributes: Attributes = []) -> Style {
        Style(foreground: colors[role] ?? .standard, background: colors[.background] ?? .standard, attributes: attributes)
    }
}
