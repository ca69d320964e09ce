/// The colour of a cell.
@frozen public enum Color: Hashable, Sendable {
    /// The terminal's default foreground or background.
    case standard
    /// A 24-bit colour, which the driver maps to what the terminal can show.
    case rgb(UInt8, UInt8, UInt8)
    /// A palette entry from 0 to 255; 0–15 are the terminal's own colours.
    case palette(UInt8)
}

/// Character attributes of a cell.
@frozen public struct Attributes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let bold = Attributes(rawValue: 1)
    public static let dim = Attributes(rawValue: 2)
    public static let underline = Attributes(rawValue: 4)
    public static let reverse = Attributes(rawValue: 8)
    public static let italic = Attributes(rawValue: 16)
}

/// Colours and attributes of a cell.
@frozen public struct Style: Hashable, Sendable {
    public var foreground: Color
    public var background: Color
    public var attributes: Attributes

    @inlinable public init(
        foreground: Color = .standard, background: Color = .standard, attributes: Attributes = []
    ) {
        (self.foreground, self.background, self.attributes) = (foreground, background, attributes)
    }
}
