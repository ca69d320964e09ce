/// The colour of a cell.
package enum Color: Hashable, Sendable {
    /// The terminal's default foreground or background.
    case standard
    /// A 24-bit colour, which the driver maps to what the terminal can show.
    case rgb(UInt8, UInt8, UInt8)
    /// A palette entry from 0 to 255; 0–15 are the terminal's own colours.
    case palette(UInt8)
}

/// Character attributes of a cell.
package struct Attributes: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let bold = Attributes(rawValue: 1)
    package static let dim = Attributes(rawValue: 2)
    package static let underline = Attributes(rawValue: 4)
    package static let reverse = Attributes(rawValue: 8)
    package static let italic = Attributes(rawValue: 16)
}

package struct Style: Hashable, Sendable {
    package var foreground: Color
    package var background: Color
    package var attributes: Attributes

    package init(foreground: Color = .standard, background: Color = .standard, attributes: Attributes = []) {
        (self.foreground, self.background, self.attributes) = (foreground, background, attributes)
    }
}
