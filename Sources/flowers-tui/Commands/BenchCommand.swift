import ArgumentParser
import Core
import Foundation
import TUI

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "How fast this machine decodes, augments, predicts, trains and draws.")

    @Option(help: "Folder with one folder of photos per class (default: the cached flowers, else synthetic ones).")
    var data: String?
    @Option(help: "Rounds; each figure is the median over them.")
    var rounds = 5
    @Option(help: "Seconds a part and round.")
    var seconds = 0.5
    @Flag(help: "Print one JSON object.")
    var json = false
    @OptionGroup var place: PlaceOptions

    func validate() throws {
        if !(1...1000).contains(rounds) { throw ValidationError("--rounds must be from 1 to 1000, not \(rounds).") }
        if !(seconds > 0 && seconds <= 60) { throw ValidationError("--seconds must be above 0 and at most 60, not \(seconds).") }
    }

    func run() throws {
        let bar = ProgressLine(isShown: Console.errorIsTerminal)
        defer { bar.clear() }
        let launch = try Launch.measure(data: data, place: place)
        let benchmark = try Benchmark(data: data, cache: Home.cachePath(), threads: place.threadCount, seconds: seconds)
        var figures = benchmark.run(rounds: rounds) { done, total in
            bar.show("measuring", fraction: Double(done) / Double(total), tail: "round \(done) of \(total)")
        }
        figures += FrameBenchmark.run(rounds: rounds).map { Benchmark.Figure(name: $0.name, values: $0.values) }
        if let launch { figures.append(Benchmark.Figure(name: "launch_to_first_step_seconds", values: [launch])) }
        figures.append(Benchmark.Figure(name: "peak_memory_bytes", values: [Double(ProcessUsage.peakMemory)]))
        bar.clear()
        if json {
            var object: [String: Any] = ["photos": benchmark.photoCount, "threads": place.threadCount, "rounds": rounds]
            for figure in figures {
                object[figure.name] = figure.median
                if figure.values.count > 1 { object[figure.name + "_spread"] = [figure.low, figure.high] }
            }
            let text = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
            Console.line(String(decoding: text, as: UTF8.self))
            return
        }
        let width = figures.map(\.name.count).max() ?? 0
        for figure in figures {
            let name = figure.name.replacingOccurrences(of: "_", with: " ").padding(toLength: width + 2, withPad: " ", startingAt: 0)
            let spread = figure.values.count > 1 ? "   (\(Self.text(figure.low)) – \(Self.text(figure.high)))" : ""
            print(name + Self.text(figure.median) + spread)
        }
        print("\(benchmark.photoCount) photos, \(place.threadCount) threads, \(rounds) rounds")
    }

    private static func text(_ value: Double) -> String {
        String(format: value >= 100 ? "%.0f" : value >= 1 ? "%.2f" : "%.5f", value)
    }
}

/// From the start of a process to its first training step, with a warm cache.
private enum Launch {
    static func measure(data: String?, place: PlaceOptions) throws -> Double? {
        guard let data else { return nil }
        let home = NSTemporaryDirectory() + "/flowers-tui-bench-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: home) }
        var times: [Double] = []
        // The first one may have to decode; it only warms the cache.
        for round in 0..<4 {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            process.arguments = [
                "train", "--data", data, "--json", "--epochs", "1", "--fine-tune-epochs", "0", "--home", home,
                "--threads", "\(place.threadCount)", "--demo",
            ]
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = FileHandle.nullDevice
            let start = ContinuousClock.now
            try process.run()
            var text = ""
            while !text.contains("batch_ended") {
                let chunk = pipe.fileHandleForReading.availableData
                if chunk.isEmpty { break }
                text += String(decoding: chunk, as: UTF8.self)
            }
            let elapsed = start.duration(to: .now).seconds
            process.terminate()
            process.waitUntilExit()
            if !text.contains("batch_ended") { return nil }
            if round > 0 { times.append(elapsed) }
        }
        return times.sorted()[times.count / 2]
    }
}
