package import Canvas
import Foundation

/// Width and height in pixels.
package struct PixelSize: Hashable, Sendable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

    /// Creates the size of a cell; nil if it is implausible for a font.
    init?(plausible width: Int, _ height: Int) {
        guard (3...200).contains(width), (3...400).contains(height),
            (1...4).contains(Double(height) / Double(width))
        else { return nil }
        self.init(width: width, height: height)
    }

    /// Assumed size of a cell if the terminal does not report it: that of the VT340.
    package static let usualCell = PixelSize(width: 10, height: 20)
}

/// Size of a terminal window.
package struct TerminalWindow: Equatable, Sendable {
    package var size: Size
    /// Size of a cell in pixels; nil if the terminal does not report it.
    package var cellPixels: PixelSize?

    /// - Parameters:
    ///   - columns, rows: the window's size in cells.
    ///   - width, height: the window's size in pixels; 0 if the terminal does not report it.
    init(columns: Int, rows: Int, width: Int, height: Int) {
        size = Size(columns: columns, rows: rows)
        cellPixels = columns > 0 && rows > 0 ? PixelSize(plausible: width / columns, height / rows) : nil
    }

    /// Reads a terminal's window size (`TIOCGWINSZ`); nil if there is no terminal or no size.
    package init?(descriptor: Int32) {
        var window = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return nil
        }
        self.init(
            columns: Int(window.ws_col), rows: Int(window.ws_row), width: Int(window.ws_xpixel),
            height: Int(window.ws_ypixel))
    }
}
