import ArgumentParser
import Core
import Plots

struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "image", abstract: "Show a photo as coloured text.")

    @Argument(help: "A JPEG or PNG file.")
    var file: String
    @Option(help: "Columns and rows, 40x20.")
    var cells: String
    @Option(help: "half, quadrant, sextant, octant, all or braille.")
    var symbols: SymbolSet = .quadrant
    @Option(help: "truecolor, 256, 16 or none.")
    var colors: ColorDepth = .trueColor

    private func size() throws -> (columns: Int, rows: Int) {
        let parts = cells.lowercased().split(separator: "x").map { Int($0) }
        guard parts.count == 2, let columns = parts[0], let rows = parts[1], (1...1000).contains(columns), (1...1000).contains(rows)
        else { throw ValidationError("--cells must be columns and rows from 1 to 1000, such as 40x20, not \(cells).") }
        return (columns, rows)
    }

    func validate() throws { _ = try size() }

    func run() throws {
        let (columns, rows) = try size()
        let image = try RGBImage(file: file)
        let picture = Picture(width: image.width, height: image.height, pixels: image.pixels)
        Console.line(picture.cells(columns: columns, rows: rows, symbols: symbols, depth: colors).ansi(colors: colors))
    }
}

extension SymbolSet: ExpressibleByArgument {}
extension ColorDepth: ExpressibleByArgument {}
