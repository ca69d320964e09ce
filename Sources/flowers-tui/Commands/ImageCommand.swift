public import ArgumentParser
import Basics
public import Canvas
import Foundation
import Photos
public import Pictures
import Terminal

struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Show photos as coloured text, or as pictures where the terminal can."
    )

    @Argument(help: "Photo files; - is standard input.", completion: .file(), transform: typedPath)
    var files: [String]
    @Option(help: "Space for each photo in columns and rows, 80x24 (default: the terminal's).")
    var size: String?
    @Option(help: "Exact columns and rows, 40x20; stretches unless another shape is given.")
    var cells: String?
    @Flag(help: "How a photo fills the space (default: --fit).")
    var shape: PictureShape?
    @Option(help: "half, quadrant, sextant, octant, all or braille.")
    var symbols: SymbolSet = .quadrant
    @Option(help: "truecolor, 256, 16 or none (default: the terminal's; truecolor without one).")
    var colors: ColorDepth?
    @Option(name: .customLong("protocol"), help: "auto, cells, sixel or kitty.")
    var choice: PictureChoice = .auto
    @Flag(help: "The terminal's background is light: for photos without colours.")
    var onLight = false

    func validate() throws {
        if files.isEmpty { throw ValidationError("Name a photo file, or - for standard input.") }
        if size != nil, cells != nil { throw ValidationError("--size and --cells cannot be used together.") }
        if let size { _ = try Size(size, option: "--size") }
        if let cells { _ = try Size(cells, option: "--cells") }
    }

    func run() throws {
        let output = try PhotoOutput(self)
        var isWhole = true
        for file in files {
            do {
                let image = try PhotoInput.load(file)
                if files.count > 1 { Console.say(PhotoInput.name(file)) }
                Console.line(output.text(image))
            } catch let error as any Failure where files.count > 1 {
                // Show the other photos all the same.
                Console.error(error.line)
                isWhole = false
            }
        }
        if !isWhole { throw ExitCode.failure }
    }

    /// Formats photos for the output.
    private struct PhotoOutput {
        let room: Size
        let shape: PictureShape
        let symbols: SymbolSet
        let colors: ColorDepth
        let pictures: PictureProtocol
        let cell: PixelSize
        let isOnLight: Bool

        init(_ command: ImageCommand) throws {
            let isTerminal = isatty(STDOUT_FILENO) == 1
            let window = TerminalWindow(descriptor: STDOUT_FILENO)
            let answers = isTerminal && command.choice != .cells ? TerminalProbe.pictures() : nil
            pictures =
                answers?.chosen(command.choice) ?? PictureProtocol(rawValue: command.choice.rawValue)
                ?? .cells
            cell = window?.cellPixels ?? answers?.cellPixels ?? .usualCell
            if let cells = command.cells {
                room = try Size(cells, option: "--cells")
                shape = command.shape ?? .stretch
            } else {
                // Leave a row for the prompt below the photo.
                let own =
                    window.map { Size(columns: $0.size.columns, rows: max(1, $0.size.rows - 1)) }
                    ?? Size(columns: 80, rows: 24)
                room = try command.size.map { try Size($0, option: "--size") } ?? own
                shape = command.shape ?? .fit
            }
            symbols = command.symbols
            colors = command.colors ?? (isTerminal ? TerminalProbe.colors() : .trueColor)
            isOnLight = command.onLight
        }

        func text(_ picture: RGBImage) -> String {
            let (picture, size) = picture.shaped(
                shape, into: room, cellAspect: Double(cell.height) / Double(cell.width))
            switch pictures {
            case .cells:
                return picture.cells(
                    columns: size.columns, rows: size.rows, symbols: symbols, depth: colors,
                    isOnLight: isOnLight
                )
                .ansi(colors: colors)
            case .sixel:
                let (width, height) = pixels(picture, size)
                return Sixel.encode(
                    picture.resized(width: width, height: height), colors: colors == .ansi16 ? 16 : 256)
            case .kitty:
                let (width, height) = pixels(picture, size)
                // The terminal can enlarge the photo itself.
                let sent =
                    width < picture.width || height < picture.height
                    ? picture.resized(width: width, height: height) : picture
                // Three bytes, so as not to be a palette entry; random, to spare earlier photos.
                let id = Int.random(in: 0x1_0000...0xff_ffff)
                let size = Size(
                    columns: min(size.columns, KittyGraphics.limit), rows: min(size.rows, KittyGraphics.limit)
                )
                return KittyGraphics.transmit(sent, id: id, size: size)
                    + KittyGraphics.cells(size: size, id: id).ansi(colors: .trueColor)
            }
        }

        /// Size of a photo on the screen in pixels, with no side longer than 4,096.
        private func pixels(_ picture: RGBImage, _ size: Size) -> (width: Int, height: Int) {
            var (width, height) = (Double(size.columns * cell.width), Double(size.rows * cell.height))
            if shape == .fit {
                let scale = min(width / Double(picture.width), height / Double(picture.height))
                (width, height) = (Double(picture.width) * scale, Double(picture.height) * scale)
            }
            let scale = min(1, 4096 / max(width, height))
            return (max(1, Int((width * scale).rounded())), max(1, Int((height * scale).rounded())))
        }
    }
}

extension SymbolSet: ExpressibleByArgument {}
extension ColorDepth: ExpressibleByArgument {}
extension PictureChoice: ExpressibleByArgument {}
extension PictureShape: EnumerableFlag {
    package static func help(for value: PictureShape) -> ArgumentHelp? {
        switch value {
        case .fit: "Show the whole photo."
        case .crop: "Fill the space, cropping what does not fit."
        case .stretch: "Fill the space, changing the proportions."
        }
    }
}
