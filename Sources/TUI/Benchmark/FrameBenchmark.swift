import Core
import Foundation
import Plots

/// What drawing costs on the terminal that this process stands in: from the state to the bytes that ncurses writes.
public enum FrameBenchmark {
    /// Text that stands on the screen only while the help is open.
    public static let helpText = "halve the learning rate"

    /// Milliseconds of a frame that is drawn anew, of one after a training step and of one in which nothing changed.
    ///
    /// - Throws: `UserError` without a terminal.
    public static func run(rounds: Int) throws -> [(name: String, values: [Double])] {
        let driver = try TerminalDriver()
        defer { driver.close() }
        let theme = try ThemeLibrary(folders: []).themes[0]
        let view = DashboardView(theme: theme, depth: driver.depth, thumbnails: ThumbnailCache())
        var state = busyState(driver.size)
        var step = 0
        func milliseconds(_ before: () -> Void) -> Double {
            let count = 20
            let start = ContinuousClock.now
            for _ in 0..<count {
                before()
                driver.show(view.render(state))
            }
            return start.duration(to: .now).seconds * 1000 / Double(count)
        }
        var (full, partial, idle): ([Double], [Double], [Double]) = ([], [], [])
        for _ in 0..<rounds {
            full.append(milliseconds { driver.invalidate() })
            partial.append(
                milliseconds {
                    step += 1
                    _ = state.reduce(.session(.training(.batchEnded(Self.batch(epoch: 9, step: step % 92 + 1))), clock: "12:00"))
                })
            idle.append(milliseconds {})
        }
        return [
            ("frame_full_milliseconds", full), ("frame_partial_milliseconds", partial),
            ("frame_idle_milliseconds", idle),
        ]
    }

    private static func batch(epoch: Int, step: Int) -> TrainerEvent.BatchEnded {
        let position = Double(epoch) + Double(step) / 92
        return TrainerEvent.BatchEnded(
            epoch: epoch, step: step, steps: 92, loss: 1.5 / (1 + position), accuracy: 1 - 0.7 / (1 + position),
            batchLoss: 1.5 / (1 + position) + (step % 7 == 0 ? 0.2 : 0), learningRate: 1e-3, imagesPerSecond: 300)
    }

    /// Ten epochs of 92 steps behind it.
    private static func busyState(_ size: Size) -> DashboardState {
        var state = DashboardState(size: size)
        for epoch in 0..<10 {
            for step in 1...92 {
                _ = state.reduce(.session(.training(.batchEnded(Self.batch(epoch: epoch, step: step))), clock: "12:00"))
            }
            let ended = TrainerEvent.EpochEnded(
                epoch: epoch, stage: epoch < 5 ? .head : .fineTune, trainLoss: 1.5 / Double(epoch + 2),
                trainAccuracy: 0.8, validationLoss: 1.4 / Double(epoch + 2), validationAccuracy: 0.8, trainSeconds: 9,
                validationSeconds: 1, imagesPerSecond: 300)
            _ = state.reduce(.session(.training(.epochEnded(ended)), clock: "12:00"))
        }
        return state
    }
}
