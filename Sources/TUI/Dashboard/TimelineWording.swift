import Phrases
package import Plots
import Recipes

/// The marks of the run's timeline in the user's language.
extension DashboardState {
    /// The marks for the charts, in the order in which they happened. Equal marks at one position
    /// are shown once.
    package var marks: [LineChart.Mark] {
        run.timeline.marks.reduce(into: []) { marks, mark in
            if let wording = wording(mark), marks.last != wording { marks.append(wording) }
        }
    }

    /// Returns nil for commands that change nothing that the charts show.
    private func wording(_ mark: RunTimeline.Mark) -> LineChart.Mark? {
        func worded(_ label: String, _ glyph: String, _ kind: LineChart.Mark.Kind = .change)
            -> LineChart.Mark
        {
            LineChart.Mark(x: mark.position, label: label, glyph: glyph, kind: kind)
        }
        switch mark.kind {
        case .fineTuning: return worded(strings[.markFineTune], "┊", .phase)
        case .boundary(let layer): return worded(strings(.markFrom, layer), "◇")
        case .command(let applied):
            switch applied.command {
            case .setLearningRate:
                let before = applied.baseRateBefore ?? .nan
                return worded(
                    "LR \(applied.learningRate.rateText)",
                    applied.learningRate < before ? "↓" : applied.learningRate > before ? "↑" : "↕")
            case .multiplyLearningRate(let factor):
                return factor < 1
                    ? worded("LR ÷\((1 / factor).short)", "↓") : worded("LR ×\(factor.short)", "↑")
            case .setSchedule: return worded(strings[.markSchedule], "∿")
            case .freeze: return worded(strings[.markFrozen], "❄")
            case .restoreBest: return worded(strings[.markRestored], "↺", .restore)
            case .restoreCheckpoint:
                return worded(
                    strings(.markCheckpoint, applied.restored.map { words($0) } ?? ""), "↺", .restore)
            default: return nil
            }
        }
    }
}
