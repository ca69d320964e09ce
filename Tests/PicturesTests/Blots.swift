import Canvas
import Foundation

@testable import Pictures

/// The picture of Tests/Fixtures/pictures.py, and the expected values that the script computed for
/// it.
struct Blots: Decodable {
    /// Least mean squared error of cells of 8×16 pixels with the best division and colours, by
    /// symbol set.
    let limits: [String: Double]
    let diacritics: [UInt32]
    let kittyNumber: Int
    /// RGB pixels that libsixel decodes from our encodings.
    private let blots: Data
    private let blots16: Data

    private enum CodingKeys: String, CodingKey {
        case limits, diacritics, blots
        case kittyNumber = "kitty_number"
        case blots16 = "blots-16"
    }

    static let (width, height) = (40, 80)

    static let picture = RGBImage(
        width: width, height: height,
        pixels: (0..<height).flatMap { y in
            (0..<width).flatMap { x -> [UInt8] in
                let rings = ((x - 20) * (x - 20) + (y - 30) * (y - 30)) / 3 % 256
                return [
                    UInt8(x * 255 / 39), UInt8((y * 255 / 79 + (x * 2 > y ? 200 : 40)) / 2), UInt8(rings),
                ]
            }
        })

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    static func load() throws -> Blots {
        try JSONDecoder().decode(
            Blots.self, from: Data(contentsOf: folder.appendingPathComponent("pictures.json")))
    }

    /// The program's output that the script decoded, without the final newline.
    static func encoding(_ name: String) throws -> String {
        var text = String(
            decoding: try Data(contentsOf: folder.appendingPathComponent("pictures/\(name)")), as: UTF8.self)
        if text.hasSuffix("\n") { text.removeLast() }
        return text
    }

    func sixelPixels(colors: Int) -> [UInt8] { [UInt8](colors == 16 ? blots16 : blots) }

    /// Mean squared error of cells that show the picture at 8×16 pixels each; nil for a glyph that
    /// is not a block element.
    static func error(_ cells: CellBuffer) -> Double? {
        var result = 0.0
        for y in 0..<height {
            for x in 0..<width {
                let cell = cells[x / 8, y / 16]
                guard let isFront = covers(cell.text, x % 8, y % 16) else { return nil }
                let (r, g, b) =
                    (isFront ? cell.style.foreground : cell.style.background).components ?? (0, 0, 0)
                let i = (y * width + x) * 3
                for (value, shown) in zip(picture.pixels[i..<i + 3], [r, g, b]) {
                    result += pow(Double(value) - Double(shown), 2)
                }
            }
        }
        return result / Double(width * height * 3)
    }

    private static func covers(_ glyph: String, _ x: Int, _ y: Int) -> Bool? {
        func isSet(_ mask: Int, _ region: Int) -> Bool { mask >> region & 1 == 1 }
        if let mask = SymbolSet.octants.firstIndex(of: glyph) { return isSet(mask, y / 4 * 2 + x / 4) }
        if let mask = SymbolSet.sextants.firstIndex(of: glyph) {
            return isSet(mask, (y < 5 ? 0 : y < 11 ? 1 : 2) * 2 + x / 4)
        }
        if let n = SymbolSet.lowerEighths.firstIndex(of: glyph) { return y >= 16 - 2 * (n + 1) }
        if let n = SymbolSet.leftEighths.firstIndex(of: glyph) { return x <= n }
        return nil
    }
}
