import Canvas

/// A picture to draw on, for the pictures of event files, which have no text of their own.
struct PixelCanvas {
    typealias Color = (red: UInt8, green: UInt8, blue: UInt8)

    let width: Int
    let height: Int
    private var pixels: [UInt8]

    /// Starts with white.
    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        pixels = [UInt8](repeating: 255, count: width * height * 3)
    }

    var picture: RGBImage { RGBImage(width: width, height: height, pixels: pixels) }

    mutating func fill(x: Int, y: Int, width: Int, height: Int, _ color: Color) {
        for row in (y..<y + height).clamped(to: 0..<self.height) {
            for column in (x..<x + width).clamped(to: 0..<self.width) {
                let i = (row * self.width + column) * 3
                (pixels[i], pixels[i + 1], pixels[i + 2]) = color
            }
        }
    }

    mutating func draw(_ image: RGBImage, x: Int, y: Int) {
        for row in 0..<min(image.height, height - y) {
            let count = min(image.width, width - x) * 3
            let (source, target) = (row * image.width * 3, ((y + row) * width + x) * 3)
            pixels.replaceSubrange(target..<target + count, with: image.pixels[source..<source + count])
        }
    }

    /// Draws ASCII; other characters become a box.
    mutating func write(_ text: String, x: Int, y: Int, _ color: Color = (0, 0, 0)) {
        for (index, letter) in text.enumerated() {
            for (column, bits) in PixelFont.columns(letter).enumerated() {
                for row in 0..<8 where bits >> row & 1 == 1 {
                    fill(x: x + index * PixelFont.width + column, y: y + row, width: 1, height: 1, color)
                }
            }
        }
    }
}

/// Characters of five columns and seven rows, as on a dot-matrix display.
enum PixelFont {
    /// Pixels from one character to the next.
    static let width = 6
    static let height = 8

    /// Returns the columns of a character, each with its top row in the lowest bit.
    static func columns(_ letter: Character) -> [UInt8] {
        guard let code = letter.asciiValue, (0x20..<0x7f).contains(code) else {
            return [0x7f, 0x41, 0x41, 0x41, 0x7f]
        }
        return Array(glyphs[(Int(code) - 0x20) * 5..<(Int(code) - 0x1f) * 5])
    }

    private static let glyphs: [UInt8] = {
        let digits = table.utf8.map { $0 < 0x41 ? $0 - 0x30 : $0 - 0x37 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }()

    /// Two hexadecimal digits for each column of each character, from the blank to the tilde.
    private static let table =
        "000000000000005F00000007000700147F147F14242A7F2A12231308646236495620500008070300"
        + "001C2241000041221C002A1C7F1C2A08083E08080080703000080808080800006060002010080402"
        + "3E5149453E00427F400072494949462141494D331814127F1027454545393C4A4949314121110907"
        + "3649494936464949291E000014000000403400000008142241141414141400412214080201590906"
        + "3E415D594E7C1211127C7F494949363E414141227F4141413E7F494949417F090909013E41415173"
        + "7F0808087F00417F41002040413F017F081422417F404040407F021C027F7F0408107F3E4141413E"
        + "7F090909063E4151215E7F09192946264949493203017F01033F4040403F1F2040201F3F4038403F"
        + "631408146303047804036159494D43007F4141410204081020004141417F04020102044040404040"
        + "000307080020545478407F284444383844444428384444287F385454541800087E090218A4A49C78"
        + "7F0804047800447D40002040403D007F1028440000417F40007C047804787C080404783844444438"
        + "FC1824241818242418FC7C08040408485454542404043F44243C4040207C1C2040201C3C4030403C"
        + "44281028444C9090907C4464544C440008364100000077000000413608000201020402"
}
