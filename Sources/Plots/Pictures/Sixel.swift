public import Canvas

/// DEC's sixel graphics (VT330/VT340 Graphics Programming, chapter 14).
///
/// A character sets a column of six pixels to one colour; the colours of such a band are written
/// over each other.
public enum Sixel {
    /// Returns the sequence that draws a picture at the cursor, pixel by pixel.
    ///
    /// - Parameter colors: the largest number of colours, 2 to 256; the picture is dithered.
    public static func encode(_ picture: RGBImage, colors: Int = 256) -> String {
        guard picture.width > 0, picture.height > 0 else { return "" }
        var quantizer = ColorQuantizer(picture, count: max(2, min(256, colors)), rounded: rounded)
        let indices = quantizer.dithered(picture)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(indices.count)
        // P2 = 1: pixels without a colour, those below the picture in its last band, do not change.
        bytes += "\u{1b}P0;1;0q\"1;1;\(picture.width);\(picture.height)".utf8
        for (index, color) in quantizer.colors.enumerated() {
            bytes += "#\(index);2;\(percent(color.x));\(percent(color.y));\(percent(color.z))".utf8
        }
        var band = Band(width: picture.width)
        for top in stride(from: 0, to: picture.height, by: 6) {
            band.load(indices, top: top, bottom: min(picture.height, top + 6))
            band.write(to: &bytes)
        }
        bytes += "\u{1b}\\".utf8
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Sixel specifies colours in percent.
    private static func percent(_ value: Float) -> Int { Int(value * 100 / 255 + 0.5) }

    /// Returns the colour that the terminal derives from the percentages.
    static func rounded(_ color: SIMD4<Float>) -> SIMD4<Float> {
        func value(_ channel: Float) -> Float { Float((percent(channel) * 255 + 50) / 100) }
        return SIMD4(value(color.x), value(color.y), value(color.z), 0)
    }

    /// Six rows of pixels.
    private struct Band {
        private let width: Int
        /// By colour and column; bit i is row i.
        private var sixels: [UInt8]
        /// First and last column of each colour; an empty range if it does not occur.
        private var spans: [(first: Int, last: Int)]

        init(width: Int) {
            self.width = width
            sixels = Array(repeating: 0, count: 256 * width)
            spans = Array(repeating: (width, -1), count: 256)
        }

        mutating func load(_ indices: [UInt8], top: Int, bottom: Int) {
            for y in top..<bottom {
                for x in 0..<width {
                    let color = Int(indices[y * width + x])
                    sixels[color * width + x] |= 1 << UInt8(y - top)
                    spans[color] = (min(spans[color].first, x), max(spans[color].last, x))
                }
            }
        }

        /// Writes the band and clears it.
        mutating func write(to bytes: inout [UInt8]) {
            var isFirst = true
            for color in spans.indices where spans[color].last >= 0 {
                // Return to the left edge.
                if !isFirst { bytes.append(UInt8(ascii: "$")) }
                isFirst = false
                bytes += "#\(color)".utf8
                let (first, last) = spans[color]
                Self.write(0, times: first, to: &bytes)
                var x = first
                while x <= last {
                    let start = x
                    let sixel = sixels[color * width + x]
                    while x <= last, sixels[color * width + x] == sixel {
                        sixels[color * width + x] = 0
                        x += 1
                    }
                    Self.write(sixel, times: x - start, to: &bytes)
                }
                spans[color] = (width, -1)
            }
            bytes.append(UInt8(ascii: "-"))
        }

        private static func write(_ sixel: UInt8, times count: Int, to bytes: inout [UInt8]) {
            let character = sixel + 0x3f
            if count > 3 {
                bytes += "!\(count)".utf8
                bytes.append(character)
            } else {
                for _ in 0..<count { bytes.append(character) }
            }
        }
    }
}
