import Foundation
import Plots

/// Width and height in pixels.
public struct PixelSize: Hashable, Sendable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

    /// A cell's size, unless no font has such.
    init?(plausible width: Int, _ height: Int) {
        guard (3...200).contains(width), (3...400).contains(height),
            (1...4).contains(Double(height) / Double(width))
        else { return nil }
        self.init(width: width, height: height)
    }

    /// That of a cell where the terminal does not tell: the VT340's.
    public static let usualCell = PixelSize(width: 10, height: 20)
}

/// A terminal's window.
public struct TerminalWindow: Equatable, Sendable {
    public var size: Size
    /// Nil where the terminal does not tell.
    public var cellPixels: PixelSize?

    /// - Parameters:
    ///   - columns, rows: of the window.
    ///   - width, height: of the window in pixels; 0 where the terminal does not tell.
    init(columns: Int, rows: Int, width: Int, height: Int) {
        size = Size(columns: columns, rows: rows)
        cellPixels = columns > 0 && rows > 0 ? PixelSize(plausible: width / columns, height / rows) : nil
    }

    /// Asks the system for the window of a terminal; nil when `descriptor` is none or has no size.
    public init?(descriptor: Int32) {
        var window = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return nil
        }
        self.init(
            columns: Int(window.ws_col), rows: Int(window.ws_row), width: Int(window.ws_xpixel),
            height: Int(window.ws_ypixel))
    }
}
