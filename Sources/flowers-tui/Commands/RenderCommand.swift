import ArgumentParser
import Core
import Plots
import TUI

struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "One frame of a screen of a recorded run, as ANSI text or SVG.")

    enum ScreenName: String, ExpressibleByArgument, CaseIterable {
        case train, data, model, predictions
        var screen: Screen {
            switch self {
            case .train: .train
            case .data: .data
            case .model: .model
            case .predictions: .predictions
            }
        }
    }

    enum Format: String, ExpressibleByArgument, CaseIterable { case ansi, svg }

    @Argument(help: "train, data, model or predictions.")
    var screen: ScreenName
    @Option(name: .customLong("run"), help: "The run's id.")
    var id: String
    @Option(help: "Columns and rows.")
    var size = "120x40"
    @Option(help: "ansi or svg.")
    var format: Format = .ansi
    @Option(help: "truecolor, 256, 16 or none; for ansi.")
    var colors: ColorDepth = .trueColor
    @Option(help: "A theme's name.")
    var theme: String?
    @OptionGroup var place: PlaceOptions

    private func cells() throws -> Size {
        let parts = size.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let columns = parts[0], let rows = parts[1], (1...1000).contains(columns),
            (1...1000).contains(rows)
        else { throw ValidationError("--size must be columns and rows from 1 to 1000, such as 120x40, not \(size).") }
        return Size(columns: columns, rows: rows)
    }

    func validate() throws { _ = try cells() }

    func run() throws {
        let events = try RunReplay.load(
            run: id, home: place.homePath, cache: Home.cachePath(), threads: place.threadCount)
        let depth = format == .svg ? .trueColor : colors
        let frame = try StillFrame.draw(screen.screen, of: events, size: try cells(), theme: theme, depth: depth)
        Console.line(format == .svg ? frame.svg() : frame.ansi(colors: colors))
    }
}
