import Basics
import EngineBenchmark
import Foundation
import Recipes
import Runs
import ScreenBenchmark

/// Benchmarks of the whole program: launch, key latency, and the dashboard's cost in training.
struct LiveBenchmark {
    let data: String
    let threads: Int
    let rounds: Int
    /// Total number of key presses.
    let keys: Int

    private let home = NSTemporaryDirectory() + "flowers-tui-bench-\(UUID().uuidString)"

    func run(only: [String], progress: (String) -> Void) throws -> [Benchmark.Figure] {
        defer { try? FileManager.default.removeItem(atPath: home) }
        func wants(_ name: String) -> Bool {
            only.isEmpty || only.contains { name.hasPrefix($0) || $0.hasPrefix(name) }
        }
        var figures: [Benchmark.Figure] = []
        if wants("launch") || wants("dashboard") || wants("key") {
            // Not measured, because it may have to decode the photos: it warms the cache.
            _ = try timeToFirstStep()
        }
        if wants("launch") {
            progress("launch")
            var (frames, steps): ([Double], [Double]) = ([], [])
            for _ in 0..<rounds {
                frames.append(try timeToFirstFrame())
                steps.append(try timeToFirstStep())
            }
            figures += [
                .init(name: "launch_to_first_frame_seconds", values: frames),
                .init(name: "launch_to_first_step_seconds", values: steps),
            ]
        }
        if wants("frame") {
            progress("frames")
            figures += try frames()
        }
        if wants("chart") {
            progress("charts")
            figures.append(
                .init(
                    name: "chart_million_points_milliseconds",
                    values: ChartBenchmark.millionPoints(rounds: rounds)))
        }
        if wants("key") {
            progress("keys")
            figures += try keyLatency()
        }
        if wants("dashboard") {
            progress("dashboard on and off")
            figures += try dashboardCost()
        }
        if wants("peak") {
            progress("memory")
            let training = try train(epochs: 1, fineTuneEpochs: 1)
            figures += [
                .init(name: "peak_memory_bytes", values: [Double(training.peakMemory())]),
                .init(
                    name: "peak_memory_of_bench_bytes",
                    values: [Double(Machine.peakMemory(of: getpid()))]),
            ]
        }
        return figures
    }

    private func arguments(epochs: Int, fineTuneEpochs: Int = 0) -> [String] {
        [
            "--data", data, "--epochs", "\(epochs)", "--fine-tune-epochs", "\(fineTuneEpochs)", "--home",
            home, "--threads", "\(threads)",
            "--demo",
        ]
    }

    private func timeToFirstFrame() throws -> Double {
        let start = ContinuousClock.now
        let child = try TerminalChild(["dashboard"] + arguments(epochs: 1), columns: 120, rows: 40)
        defer { child.end() }
        // The top line of a frame is written first, the hint bar last.
        let came = child.read(until: "quit", seconds: 20)
        guard came else { throw Self.failure("The dashboard drew nothing within 20 seconds") }
        return start.duration(to: .now).seconds
    }

    private static func failure(_ what: String) -> UserError {
        UserError("\(what) while it was measured; see whether flowers-tui --demo runs here.")
    }

    private func timeToFirstStep() throws -> Double {
        let start = ContinuousClock.now
        let process = try train(epochs: 1)
        defer {
            process.task.terminate()
            process.task.waitUntilExit()
        }
        guard process.waits(for: "batch_ended") else {
            throw Self.failure("Training ended before its first step")
        }
        return start.duration(to: .now).seconds
    }

    private struct Training {
        let task: Process
        let output: FileHandle

        func waits(for text: String) -> Bool {
            var seen = ""
            while !seen.contains(text) {
                let chunk = output.availableData
                if chunk.isEmpty { return false }
                seen += String(decoding: chunk, as: UTF8.self)
            }
            return true
        }

        /// Waits for the end; returns the process's peak memory in bytes.
        func peakMemory() -> Int {
            var peak = 0
            while !output.availableData.isEmpty {
                peak = max(peak, Machine.peakMemory(of: task.processIdentifier))
            }
            task.waitUntilExit()
            return peak
        }
    }

    private func train(epochs: Int, fineTuneEpochs: Int = 0) throws -> Training {
        let task = Process()
        task.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        task.arguments = ["train", "--json"] + arguments(epochs: epochs, fineTuneEpochs: fineTuneEpochs)
        let pipe = Pipe()
        task.standardOutput = pipe
        task.standardError = FileHandle.nullDevice
        try task.run()
        return Training(task: task, output: pipe.fileHandleForReading)
    }

    /// Measures drawing through ncurses, in a child process on a terminal of 200×60: screens in 256
    /// colours, pictures in true colour.
    private func frames() throws -> [Benchmark.Figure] {
        try frames("xterm-256color") + frames("xterm-direct")
    }

    private func frames(_ terminal: String) throws -> [Benchmark.Figure] {
        let file = NSTemporaryDirectory() + "flowers-tui-frames-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let child = try TerminalChild(
            ["bench", "--rounds", "\(rounds)", "--frames-to", file], columns: 200, rows: 60,
            terminal: terminal)
        _ = child.read(until: nil, seconds: 60)
        child.end()
        guard let data = FileManager.default.contents(atPath: file),
            let values = try? JSONDecoder().decode([String: [Double]].self, from: data)
        else {
            // Debian packages this terminfo entry separately.
            if terminal.hasSuffix("-direct") { return [] }
            throw Self.failure("No frame could be drawn on a pseudo-terminal")
        }
        return values.keys.sorted().map { .init(name: $0, values: values[$0]!) }
    }

    /// Measures the time from a key's byte to the frame that shows its effect during training.
    private func keyLatency() throws -> [Benchmark.Figure] {
        let child = try TerminalChild(["dashboard"] + arguments(epochs: 9000), columns: 120, rows: 40)
        defer { child.end() }
        guard child.read(until: "training", seconds: 30) else {
            throw Self.failure("The dashboard did not start to train")
        }
        // This thread waits for the frame, and must not wait for a core as well.
        WorkerThread.answerPromptly()
        var milliseconds: [Double] = []
        for key in 0..<keys {
            // Spread the presses over all phases of a frame and of a training step.
            usleep(UInt32(10_000 + key * 7919 % 30_000))
            let start = ContinuousClock.now
            child.send("?")
            let came = child.read(until: FrameBenchmark.helpText, seconds: 2)
            milliseconds.append(came ? start.duration(to: .now).seconds * 1000 : 2000)
            child.send("\u{1b}")
            _ = child.read(until: nil, seconds: 0.05)
        }
        let sorted = milliseconds.sorted()
        return [
            .init(name: "key_to_frame_milliseconds_median", values: [sorted[sorted.count / 2]]),
            .init(name: "key_to_frame_milliseconds_p99", values: [sorted[sorted.count * 99 / 100]]),
            .init(name: "key_to_frame_milliseconds_worst", values: [sorted.last!]),
        ]
    }

    /// Measures images per second of stage 1, alternately without and with a screen, and the
    /// drawing thread's share of the CPU time.
    private func dashboardCost() throws -> [Benchmark.Figure] {
        var (with, without, shares): ([Double], [Double], [Double]) = ([], [], [])
        for _ in 0..<rounds {
            let training = try train(epochs: 2)
            _ = training.output.readDataToEndOfFile()
            training.task.waitUntilExit()
            without.append(try lastRunsRate())
            let child = try TerminalChild(["dashboard"] + arguments(epochs: 2), columns: 120, rows: 40)
            guard child.read(until: "training", seconds: 30) else {
                child.end()
                throw Self.failure("The dashboard did not start to train")
            }
            _ = child.read(until: "finished", seconds: 120)
            let used = child.processorSeconds
            shares.append(used.screen / max(used.all, 1e-9))
            child.end()
            with.append(try lastRunsRate())
        }
        return [
            .init(name: "dashboard_off_images_per_second", values: without),
            .init(name: "dashboard_on_images_per_second", values: with),
            .init(name: "dashboard_processor_share", values: shares),
        ]
    }

    /// The newest run's training speed in its faster epoch.
    private func lastRunsRate() throws -> Double {
        let runs = ((try? FileManager.default.contentsOfDirectory(atPath: home + "/runs")) ?? []).sorted()
        let epochs = EventLog.read(home + "/runs/\(runs.last ?? "")/events.jsonl").compactMap { event in
            if case .epochEnded(let epoch) = event { epoch } else { nil }
        }
        guard let best = epochs.map(\.imagesPerSecond).max() else {
            throw Self.failure("A run ended without an epoch")
        }
        return best
    }
}
