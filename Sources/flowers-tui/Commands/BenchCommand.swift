import ArgumentParser
import Basics
import EngineBenchmark
import Foundation
import Network
import Phrases
import ScreenBenchmark

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "How fast this machine decodes, augments, predicts, trains and draws.",
        discussion:
            "Each part is measured once in every round, one after the other. Random weights are used: the speed does not depend on them."
    )

    @Option(
        help:
            "Folder with one folder of photos per class (default: the cached flowers, else synthetic ones).",
        completion: .directory, transform: typedPath)
    var data: String?
    @Option(help: "Rounds; each figure is the median over them.")
    var rounds = 5
    @Option(help: "Seconds a part and round.")
    var seconds = 0.5
    @OptionGroup var network: NetworkOptions
    @Option(help: "Classes of the head; more than the photos have are empty.")
    var classes: Int?
    @Option(help: "Keys pressed to measure the time to the frame that shows them.")
    var keys = 1000
    @Option(
        help:
            "Only figures whose names begin with: forward, stage1, stage2, decode, launch, key, …; may be given more than once."
    )
    var only: [String] = []
    @Flag(help: "Print one JSON object.")
    var json = false
    @Option(help: .hidden)
    var framesTo: String?
    @OptionGroup var place: PlaceOptions

    func validate() throws {
        if !(1...1000).contains(rounds) {
            throw ValidationError("--rounds must be from 1 to 1000, not \(rounds).")
        }
        if !(1...100_000).contains(keys) {
            throw ValidationError("--keys must be from 1 to 100000, not \(keys).")
        }
        if !(seconds > 0 && seconds <= 60) {
            throw ValidationError("--seconds must be above 0 and at most 60, not \(seconds).")
        }
        if let classes, !(2...10_000).contains(classes) {
            throw ValidationError("--classes must be from 2 to 10000, not \(classes).")
        }
    }

    func run() throws {
        if let framesTo {
            let frames = try FrameBenchmark.run(rounds: rounds)
            let values = Dictionary(uniqueKeysWithValues: frames.map { ($0.name, $0.values) })
            try JSONEncoder().encode(values).write(to: URL(fileURLWithPath: framesTo))
            return
        }
        let bar = ProgressLine(isShown: Console.errorIsTerminal)
        defer { bar.clear() }
        let photos = try data ?? Benchmark.localPhotos(Home.cachePath())
        let benchmark = try Benchmark(
            data: photos, cache: Home.cachePath(), network: network.network, classes: classes,
            threads: place.threadCount, seconds: seconds)
        var figures = benchmark.run(rounds: rounds, only: only) { done, total in
            bar.show("measuring", fraction: Double(done) / Double(total), tail: "round \(done) of \(total)")
        }
        let live = LiveBenchmark(data: photos, threads: place.threadCount, rounds: rounds, keys: keys)
        figures += try live.run(only: only) { bar.show("measuring", fraction: 1, tail: $0) }
        bar.clear()
        if figures.isEmpty {
            throw ValidationError(
                "No figure begins with \(only.joined(separator: " or ")); see the names with --json.")
        }
        if json { try printObject(figures, benchmark) } else { printTable(figures, benchmark) }
    }

    private func printObject(_ figures: [Benchmark.Figure], _ benchmark: Benchmark) throws {
        var object: [String: Any] = [
            "photos": benchmark.photoCount, "threads": place.threadCount, "rounds": rounds,
            "instruction_set": Benchmark.instructionSet, "precision": Self.precisions,
        ]
        for figure in figures {
            object[figure.name] = figure.median
            if figure.values.count > 1 { object[figure.name + "_spread"] = [figure.low, figure.high] }
        }
        let text = try JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        Console.line(String(decoding: text, as: UTF8.self))
    }

    private func printTable(_ figures: [Benchmark.Figure], _ benchmark: Benchmark) {
        let width = figures.map(\.name.count).max() ?? 0
        let peak = figures.first { $0.meaning == .peak }?.median
        for figure in figures {
            let name = figure.name.replacingOccurrences(of: "_", with: " ").padding(
                toLength: width + 2, withPad: " ", startingAt: 0)
            var line = name + Self.text(figure.median).padding(toLength: 10, withPad: " ", startingAt: 0)
            if figure.values.count > 1 { line += "(\(Self.text(figure.low)) – \(Self.text(figure.high)))" }
            if figure.meaning == .shareOfPeak, let peak {
                line += String(format: "   %.2f of the peak", figure.median / peak)
            }
            Console.line(line)
        }
        Console.line(
            "\(benchmark.photoCount.of("photo")), \(place.threadCount.of("thread")), \(Benchmark.instructionSet), \(rounds.of("round"))"
        )
        Console.line(
            Processor.current.bfloat16.map {
                "float32 unless a name says bfloat16, which is computed with \($0.rawValue)"
            } ?? "float32; \(Processor.current.name) has no units for bfloat16")
    }

    /// The precisions that are measured.
    private static var precisions: [String] {
        Precision.allCases.filter { $0.isComputed() }.map(\.rawValue)
    }

    private static func text(_ value: Double) -> String {
        String(format: value >= 100 ? "%.0f" : value >= 1 ? "%.2f" : "%.5f", value)
    }
}
