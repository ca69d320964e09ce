public import Canvas
import Foundation

/// The kitty graphics protocol (sw.kovidgoyal.net/kitty/graphics-protocol) with Unicode
/// placeholders.
///
/// An image is sent to the terminal under a number. A cell with U+10EEEE then shows a part of it:
/// two diacritics encode the part's row and column, and the foreground colour the number. An image
/// therefore moves, is clipped and disappears with its cells.
public enum KittyGraphics {
    /// Largest number of columns and rows that the diacritics can encode.
    package static let limit = diacritics.count

    /// Returns the sequences that send a picture to the terminal, scaled to `size` cells.
    ///
    /// - Parameter id: 1 to 2²⁴ − 1; replaces an earlier picture of this number.
    public static func transmit(_ picture: RGBImage, id: Int, size: Size) -> String {
        let payload = Data(picture.pixels).base64EncodedString()
        var result = ""
        result.reserveCapacity(payload.utf8.count * 102 / 100 + 200)
        var start = payload.startIndex
        repeat {
            let end = payload.index(start, offsetBy: chunk, limitedBy: payload.endIndex) ?? payload.endIndex
            // q=2 suppresses responses, which would arrive as input.
            let keys =
                start == payload.startIndex
                ? "a=T,U=1,q=2,f=24,i=\(id),s=\(picture.width),v=\(picture.height),c=\(size.columns),r=\(size.rows)"
                : "q=2"
            result += "\u{1b}_G\(keys),m=\(end < payload.endIndex ? 1 : 0);\(payload[start..<end])\u{1b}\\"
            start = end
        } while start < payload.endIndex
        return result
    }

    /// Largest payload of a sequence, in characters, by the protocol.
    private static let chunk = 4096

    /// Returns the sequence that deletes a picture from the terminal.
    public static func delete(id: Int) -> String { "\u{1b}_Ga=d,d=I,q=2,i=\(id)\u{1b}\\" }

    /// Returns the cells that show picture `id`; blank beyond `limit`.
    public static func cells(size: Size, id: Int) -> CellBuffer {
        var buffer = CellBuffer(size: size)
        let style = Style(foreground: color(of: id))
        for row in 0..<min(size.rows, limit) {
            for column in 0..<min(size.columns, limit) {
                buffer[column, row] = Cell(placeholder(column: column, row: row), style: style)
            }
        }
        return buffer
    }

    /// The foreground that encodes a number: a palette entry up to 255, else a 24-bit colour.
    package static func color(of id: Int) -> Color {
        id < 256 ? .palette(UInt8(id)) : .rgb(UInt8(id >> 16 & 255), UInt8(id >> 8 & 255), UInt8(id & 255))
    }

    /// Returns the placeholder for a part of a picture.
    static func placeholder(column: Int, row: Int) -> String {
        var text = String.UnicodeScalarView()
        text.append("\u{10eeee}")
        text.append(diacritics[row])
        text.append(diacritics[column])
        return String(text)
    }

    /// The combining characters that encode 0, 1, 2 …
    ///
    /// These are the non-spacing marks above their base (class 230, NSM) of Unicode 6.0 that have
    /// no decomposition, without nineteen that normalisation may fuse with their base.
    static let diacritics: [UnicodeScalar] =
        ([
            0x305...0x305, 0x30d...0x30e, 0x310...0x310, 0x312...0x312, 0x33d...0x33f, 0x346...0x346,
            0x34a...0x34c,
            0x350...0x352, 0x357...0x357, 0x35b...0x35b, 0x363...0x36f, 0x483...0x487, 0x592...0x595,
            0x597...0x599,
            0x59c...0x5a1, 0x5a8...0x5a9, 0x5ab...0x5ac, 0x5af...0x5af, 0x5c4...0x5c4, 0x610...0x617,
            0x657...0x65b,
            0x65d...0x65e, 0x6d6...0x6dc, 0x6df...0x6e2, 0x6e4...0x6e4, 0x6e7...0x6e8, 0x6eb...0x6ec,
            0x730...0x730,
            0x732...0x733, 0x735...0x736, 0x73a...0x73a, 0x73d...0x73d, 0x73f...0x741, 0x743...0x743,
            0x745...0x745,
            0x747...0x747, 0x749...0x74a, 0x7eb...0x7f1, 0x7f3...0x7f3, 0x816...0x819, 0x81b...0x823,
            0x825...0x827,
            0x829...0x82d, 0x951...0x951, 0x953...0x954, 0xf82...0xf83, 0xf86...0xf87, 0x135d...0x135f,
            0x17dd...0x17dd,
            0x193a...0x193a, 0x1a17...0x1a17, 0x1a75...0x1a7c, 0x1b6b...0x1b6b, 0x1b6d...0x1b73,
            0x1cd0...0x1cd2,
            0x1cda...0x1cdb, 0x1ce0...0x1ce0, 0x1dc0...0x1dc1, 0x1dc3...0x1dc9, 0x1dcb...0x1dcc,
            0x1dd1...0x1de6,
            0x1dfe...0x1dfe, 0x20d0...0x20d1, 0x20d4...0x20d7, 0x20db...0x20dc, 0x20e1...0x20e1,
            0x20e7...0x20e7,
            0x20e9...0x20e9, 0x20f0...0x20f0, 0x2cef...0x2cf1, 0x2de0...0x2dff, 0xa66f...0xa66f,
            0xa67c...0xa67d,
            0xa6f0...0xa6f1, 0xa8e0...0xa8f1, 0xaab0...0xaab0, 0xaab2...0xaab3, 0xaab7...0xaab8,
            0xaabe...0xaabf,
            0xaac1...0xaac1, 0xfe20...0xfe26, 0x10a0f...0x10a0f, 0x10a38...0x10a38, 0x1d185...0x1d189,
            0x1d1aa...0x1d1ad,
            0x1d242...0x1d244,
        ] as [ClosedRange<UInt32>]).flatMap { $0.map { UnicodeScalar($0)! } }
}
