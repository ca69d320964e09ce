package import Canvas
import Foundation

/// Whether a theme can be read on a terminal's own background.
extension Theme {
    /// The least contrast of words with their background (WCAG 2: large text, parts of a display).
    package static let leastContrast = 3.0

    /// The least contrast of the shade with the background.
    package static let leastShade = 1.3

    /// The roles in which words and figures are written.
    package static let written: [Role] = [
        .text, .dim, .title, .accent, .good, .bad, .warning, .train, .validation, .mark, .selection,
    ]

    /// The least contrast of what is written on `ground`, the terminal's background. The terminal's
    /// own colours are taken to suit it.
    package func contrast(on ground: Color) -> Double {
        let background = colors[.background] ?? .standard
        let behind = background == .standard ? ground : background
        return Self.written.compactMap { role -> Double? in
            guard case .rgb = colors[role] ?? .standard else { return nil }
            return Self.contrast(colors[role]!, behind)
        }.min() ?? 21
    }

    package func isReadable(on ground: Color) -> Bool { contrast(on: ground) >= Self.leastContrast }

    /// Whether a colour is nearer to white than to black, as the eye sees it.
    package static func isLight(_ color: Color) -> Bool {
        contrast(color, .rgb(0, 0, 0)) > contrast(color, .rgb(255, 255, 255))
    }

    /// WCAG 2's contrast ratio, from 1 to 21; 21 for colours that the terminal defines.
    package static func contrast(_ a: Color, _ b: Color) -> Double {
        guard let x = luminance(a), let y = luminance(b) else { return 21 }
        return (max(x, y) + 0.05) / (min(x, y) + 0.05)
    }

    private static func luminance(_ color: Color) -> Double? {
        guard case .rgb(let r, let g, let b) = color else { return nil }
        func linear(_ value: UInt8) -> Double {
            let value = Double(value) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }
}

extension ThemeLibrary {
    /// Returns `theme` if it can be read on the terminal's background, else one that can, if
    /// possible with a background of its own that is as light or as dark.
    package func readable(_ theme: Theme, on ground: Color?) -> Theme {
        guard let ground else { return theme }
        if theme.isReadable(on: ground) { return theme.on(ground) }
        let others = themes.filter { $0.isASCII == theme.isASCII && $0.isReadable(on: ground) }
        let other =
            others.first { other in
                guard case .rgb = other.colors[.background] ?? .standard else { return false }
                return Theme.isLight(other.colors[.background]!) == Theme.isLight(ground)
            } ?? others.first ?? theme
        return other.on(ground)
    }
}
