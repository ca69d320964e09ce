import ArgumentParser
import Basics
import Canvas
import Dashboard
import Keys
import Phrases
import Runs
import Screens
import Sessions
import Terminal

struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "One frame of a screen of a recorded run, as ANSI text or SVG.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case ansi, svg }

    @Argument(help: "train, data, model, predictions or log.")
    var screen: Screen
    @Option(name: .customLong("run"), help: "The run's id.")
    var id: String
    @Option(help: "Columns and rows.")
    var size = "120x40"
    @Option(help: "ansi or svg.")
    var format: Format = .ansi
    @Option(help: "truecolor, 256, 16 or none; for ansi.")
    var colors: ColorDepth = .trueColor
    @Option(help: "Name of a theme.")
    var theme: String?
    @Option(help: "Language: en or zh-Hans.")
    var lang: Language = .english
    @Option(help: "Charts of the train screen: pair, four, six or one.")
    var layout: ChartLayout?
    @Option(help: "Open one chart: accuracy, loss, learningRate, gap, gradientNorm, speed or resources.")
    var open: ChartKind?
    @Option(help: "Id of another run to draw behind the charts; may be repeated.")
    var ghost: [String] = []
    @OptionGroup var place: PlaceOptions

    func validate() throws { _ = try Size(size, option: "--size") }

    func run() throws {
        let events = try RunReplay.load(
            run: id, home: place.homePath, cache: Home.cachePath(), threads: place.threadCount)
        var still = StillFrame()
        (still.screen, still.size, still.theme, still.language) = (
            screen, try Size(size, option: "--size"), theme, lang
        )
        (still.layout, still.openChart) = (layout, open)
        still.timeOfDay = Clock.text
        still.depth = format == .svg ? .trueColor : colors
        still.ghosts = try ghost.map { id in
            let folder = try RunFolder.find(home: place.homePath, id: id)
            return (folder.id, EventLog.read(folder.events))
        }
        let frame = try still.draw(events)
        Console.line(format == .svg ? frame.svg() : frame.ansi(colors: colors))
    }
}

extension Screen: ExpressibleByArgument {
    package init?(argument: String) {
        guard let screen = Screen.allCases.first(where: { "\($0)" == argument }) else { return nil }
        self = screen
    }

    package static var allValueStrings: [String] { allCases.map { "\($0)" } }
}

extension Language: ExpressibleByArgument {}
extension ChartKind: ExpressibleByArgument {}
extension ChartLayout: ExpressibleByArgument {}
