import Core
import Foundation
import Plots

/// What drawing costs, without a terminal: state to cell buffer.
public enum FrameBenchmark {
    /// Named medians-to-be, in milliseconds.
    public static func run(rounds: Int) -> [(name: String, values: [Double])] {
        guard let theme = try? ThemeLibrary(folders: []).themes[0] else { return [] }
        let view = DashboardView(theme: theme, depth: .trueColor, thumbnails: ThumbnailCache())
        var state = busyState()
        func milliseconds(_ count: Int, _ body: () -> Void) -> Double {
            let start = ContinuousClock.now
            for _ in 0..<count { body() }
            return start.duration(to: .now).seconds * 1000 / Double(count)
        }
        var frames: [Double] = []
        var keys: [Double] = []
        for _ in 0..<rounds {
            frames.append(milliseconds(20) { _ = view.render(state) })
            keys.append(
                milliseconds(20) {
                    _ = state.reduce(.key(.character("?")))
                    _ = view.render(state)
                    _ = state.reduce(.key(.escape))
                })
        }
        return [("frame_200x60_milliseconds", frames), ("key_to_buffer_milliseconds", keys)]
    }

    /// Ten epochs of 92 steps behind it.
    private static func busyState() -> DashboardState {
        var state = DashboardState(size: Size(columns: 200, rows: 60))
        for epoch in 0..<10 {
            for step in 1...92 {
                let position = Double(epoch) + Double(step) / 92
                let batch = TrainerEvent.BatchEnded(
                    epoch: epoch, step: step, steps: 92, loss: 1.5 / (1 + position), accuracy: 1 - 0.7 / (1 + position),
                    batchLoss: 1.5 / (1 + position) + (step % 7 == 0 ? 0.2 : 0), learningRate: 1e-3, imagesPerSecond: 300)
                _ = state.reduce(.session(.training(.batchEnded(batch)), clock: "12:00"))
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
