import ArgumentParser
import Basics
import Canvas
import Dashboard
import Keys
import Phrases
import Runs
import Screens
import Sessions
import Store
import Terminal

struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "A screen of a recorded run as ANSI text or SVG, or the run's course as an animated SVG.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case ansi, svg }

    @Argument(help: "train, data, model, predictions, log or runs.")
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
    @OptionGroup var ghosts: GhostOption
    @Option(
        help:
            "Keys to press at the end, such as 4v; \\t is tab, \\r enter, \\e escape. May be given more than once."
    )
    var keys: [String] = []
    @Option(help: "Seconds: the run's course and the screen after each --keys, as a looping SVG; for svg.")
    var animate: Double?
    @OptionGroup var moved: MovedDataOption
    @OptionGroup var place: PlaceOptions

    func validate() throws {
        _ = try Size(size, option: "--size")
        guard let animate else { return }
        if format != .svg { throw ValidationError("--animate makes an SVG; give --format svg as well.") }
        if !(1...600).contains(animate) {
            throw ValidationError(
                "--animate is a number of seconds from 1 to 600, not \(animate).")
        }
    }

    func run() throws {
        let events = try RunReplay.load(run: id, moved.place(place))
        var still = StillFrame()
        (still.screen, still.size, still.theme, still.language) = (
            screen, try Size(size, option: "--size"), theme, lang
        )
        (still.layout, still.openChart) = (layout, open)
        still.timeOfDay = Clock.text
        still.depth = format == .svg ? .trueColor : colors
        let (ghosts, warnings) = try ghosts.load(home: place.homePath)
        still.ghosts = ghosts
        for warning in warnings { Console.error("warning: \(warning)") }
        still.keys = keys.map(Self.typed)
        if screen == .runs || keys.joined().contains("6") {
            let store = try RunStore(home: place.homePath, .reading)
            let records = try store.list()
            still.runs = (records, try store.accuracies(of: records.map(\.run)))
        }
        if let animate {
            Console.line(try still.animate(events, seconds: animate).svg())
            return
        }
        let frame = try still.draw(events)
        Console.line(format == .svg ? frame.svg() : frame.ansi(colors: colors))
    }

    /// Returns the keys that a terminal would send for a text.
    private static func typed(_ keys: String) -> [Key] {
        let text = keys.replacing("\\t", with: "\t").replacing("\\r", with: "\r")
            .replacing("\\e", with: "\u{1b}")
        var parser = InputParser()
        // One by one, so that escape and the key after it stay two.
        return text.flatMap { parser.feed(String($0).utf8) + parser.flush() }.compactMap { input in
            if case .key(let key) = input { key } else { nil }
        }
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
