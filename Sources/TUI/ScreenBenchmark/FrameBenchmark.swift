import Basics
import Canvas
import Dashboard
import Foundation
import Pictures
import Recipes
import Screens
import Terminal
import Themes
import Training

/// Measures drawing on the current terminal, from the state to the bytes that ncurses writes.
package enum FrameBenchmark {
    /// Text that is on the screen only while the help is open.
    package static let helpText = "halve the learning rate"

    /// Returns milliseconds per frame: for a full redraw, after a training step, and without a
    /// change, with the bytes that an unchanged frame writes. In true colour instead: for a frame
    /// in which every cell has colours of its own, and for one with twelve new pictures.
    ///
    /// - Throws: `UserError` without a terminal.
    package static func run(rounds: Int) throws -> [(name: String, values: [Double])] {
        let driver = try TerminalDriver()
        defer { driver.close() }
        return driver.depth == .trueColor ? pictures(driver, rounds) : try screens(driver, rounds)
    }

    private static let framesInRound = 20

    private static func screens(_ driver: TerminalDriver, _ rounds: Int) throws -> [(
        name: String, values: [Double]
    )] {
        let theme = try ThemeLibrary(folders: []).themes[0]
        let view = DashboardView(theme: theme, depth: driver.depth, thumbnails: ThumbnailCache())
        var state = busyState(driver.size)
        var step = 0
        func milliseconds(_ before: () -> Void) -> Double {
            let start = ContinuousClock.now
            for _ in 0..<framesInRound {
                before()
                driver.show(view.render(state))
            }
            return start.duration(to: .now).seconds * 1000 / Double(framesInRound)
        }
        var (full, partial, idle, bytes): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        for _ in 0..<rounds {
            full.append(milliseconds { driver.invalidate() })
            partial.append(
                milliseconds {
                    step += 1
                    _ = state.reduce(
                        .session(
                            .training(.batchEnded(Self.batch(epoch: 9, step: step % 92 + 1))), clock: "12:00")
                    )
                })
            let written = bytesWritten()
            idle.append(milliseconds {})
            if let written, let now = bytesWritten() { bytes.append(now - written) }
        }
        return [
            ("frame_full_milliseconds", full), ("frame_partial_milliseconds", partial),
            ("frame_idle_milliseconds", idle), ("frame_idle_bytes", bytes),
        ].filter { !$0.1.isEmpty }
    }

    /// Bytes that this process has written to any file; nil if the system does not count them.
    private static func bytesWritten() -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/self/io", encoding: .utf8) else { return nil }
        return text.split(separator: "\n").first { $0.hasPrefix("wchar:") }.flatMap {
            Double($0.dropFirst(6).trimmingCharacters(in: .whitespaces))
        }
    }

    private static func pictures(_ driver: TerminalDriver, _ rounds: Int) -> [(
        name: String, values: [Double]
    )] {
        var random = Scatter()
        func byte() -> UInt8 { UInt8.random(in: 0...255, using: &random) }
        func color() -> Color { .rgb(byte(), byte(), byte()) }
        func noise() -> CellBuffer {
            var buffer = CellBuffer(size: driver.size)
            for row in 0..<buffer.size.rows {
                for column in 0..<buffer.size.columns {
                    buffer[column, row] = Cell("▀", style: Style(foreground: color(), background: color()))
                }
            }
            return buffer
        }
        func photos() -> CellBuffer {
            var buffer = CellBuffer(size: driver.size)
            let (columns, rows) = (driver.size.columns / 4, driver.size.rows / 3)
            for index in 0..<12 {
                let cells = photo(&random).cells(columns: min(columns, rows * 2), rows: rows)
                buffer.blit(cells, column: index % 4 * columns, row: index / 4 * rows)
            }
            return buffer
        }
        func milliseconds(_ frame: () -> CellBuffer) -> Double {
            // Prepare the frames outside the measured time.
            let frames = (0..<framesInRound / 2).map { _ in frame() }
            let start = ContinuousClock.now
            for frame in frames { driver.show(frame) }
            return start.duration(to: .now).seconds * 1000 / Double(frames.count)
        }
        var (worst, twelve): ([Double], [Double]) = ([], [])
        for _ in 0..<rounds {
            worst.append(milliseconds(noise))
            twelve.append(milliseconds(photos))
        }
        return [("frame_worst_milliseconds", worst), ("frame_pictures_milliseconds", twelve)]
    }

    /// Two blots on a noisy colour gradient, with about as many colours as a photo of a flower.
    private static func photo(_ random: inout Scatter) -> RGBImage {
        let side = 96
        func point() -> SIMD3<Double> { SIMD3.random(in: 0...255, using: &random) }
        let (from, to, blots) = (point(), point(), [(point(), point()), (point(), point())])
        var pixels: [UInt8] = []
        pixels.reserveCapacity(side * side * 3)
        for y in 0..<side {
            for x in 0..<side {
                let t = Double(x + y) / Double(2 * side)
                var value = from * (1 - t) + to * t
                for (place, color) in blots {
                    let (dx, dy) = (Double(x) - place.x * 0.37, Double(y) - place.y * 0.37)
                    let weight = exp(-(dx * dx + dy * dy) / 400)
                    value = value * (1 - weight) + color * weight
                }
                value += SIMD3.random(in: -12...12, using: &random)
                for channel in 0..<3 { pixels.append(UInt8(max(0, min(255, value[channel])))) }
            }
        }
        return RGBImage(width: side, height: side, pixels: pixels)
    }

    private static func batch(epoch: Int, step: Int) -> TrainerEvent.BatchEnded {
        let position = Double(epoch) + Double(step) / 92
        return TrainerEvent.BatchEnded(
            epoch: epoch, step: step, steps: 92, loss: 1.5 / (1 + position),
            accuracy: 1 - 0.7 / (1 + position),
            batchLoss: 1.5 / (1 + position) + (step % 7 == 0 ? 0.2 : 0), learningRate: 1e-3,
            imagesPerSecond: 300)
    }

    /// A dashboard state after ten epochs of 92 steps.
    private static func busyState(_ size: Size) -> DashboardState {
        var state = DashboardState(size: size)
        for epoch in 0..<10 {
            for step in 1...92 {
                _ = state.reduce(
                    .session(.training(.batchEnded(Self.batch(epoch: epoch, step: step))), clock: "12:00"))
            }
            let ended = TrainerEvent.EpochEnded(
                epoch: epoch, stage: epoch < 5 ? .head : .fineTune, trainLoss: 1.5 / Double(epoch + 2),
                trainAccuracy: 0.8, validationLoss: 1.4 / Double(epoch + 2), validationAccuracy: 0.8,
                trainSeconds: 9,
                validationSeconds: 1, imagesPerSecond: 300)
            _ = state.reduce(.session(.training(.epochEnded(ended)), clock: "12:00"))
        }
        return state
    }
}

/// Marsaglia's xorshift generator: varied colours, the same in every run.
private struct Scatter: RandomNumberGenerator {
    private var state: UInt64 = 0x2545_f491_4f6c_dd1d

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
