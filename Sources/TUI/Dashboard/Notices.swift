import Foundation
package import Phrases
package import Recipes
import Training
import Wording

/// News for a person who looks elsewhere: a notification, and the title of the terminal's window.
extension DashboardState {
    /// Returns what to tell of an event of a run that trains: its end, a divergence, a plateau. Nil for
    /// any other event, and in a replay.
    func notice(of event: SessionEvent) -> String? {
        guard !departure.isReplay, let run = context?.run else { return nil }
        switch event {
        case .training(.warning(let warning)) where [.lossJumped, .lossNotANumber].contains(warning.kind):
            return strings(.noticeDiverged, run)
        case .training(.commandApplied(let applied)) where applied.by == .guard:
            return wording(applied).map { strings(.noticeGuard, run, $0) }
        case .training(.runEnded(let end)) where end.reason == .finished:
            let accuracy = end.validationAccuracy ?? epochs.last?.validationAccuracy
            return strings(
                .noticeFinished, run, accuracy.map { String(format: "%.3f", $0) } ?? "–")
        case .failed(let error): return strings(.noticeFailed, run, strings(error))
        default: return nil
        }
    }

    /// Progress and status of the run, the most important first: titles are cut at their end.
    package var windowTitle: String {
        guard let run = context?.run else { return "flowers-tui" }
        let done = min(1, max(0, position / Double(max(1, totalEpochs))))
        let status = strings[self.run.status.phrase]
        return ["\(Int((done * 100).rounded(.down)))%", status, strings(.run, run), "flowers-tui"]
            .joined(separator: " · ")
    }
}

extension TrainerStatus {
    package var phrase: Phrase {
        switch self {
        case .preparing: .statusPreparing
        case .training: .statusTraining
        case .paused: .statusPaused
        case .validating: .statusValidating
        case .finished: .statusFinished
        case .stopped: .statusStopped
        case .failed: .statusFailed
        case .disconnected: .statusDisconnected
        }
    }
}
