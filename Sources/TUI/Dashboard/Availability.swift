package import Keys
import Phrases
import Recipes
import Sessions
import Training

/// Whether a key's action is available now.
extension KeyBinding {
    /// Whether it applies to the current view.
    package func matters(_ state: DashboardState) -> Bool {
        // A run that has ended has nothing to steer; the keys for what comes next stand on its screen.
        if state.run.status.isLast, needs.contains(.running) { return false }
        if action == .togglePause, state.run.status == .finished { return false }
        return switch state.screen {
        case .data: views?.contains(state.data.view) ?? true
        case .predictions: needs.allSatisfy { $0.holds(in: state.predictions) }
        case .train, .model, .log, .runs: true
        }
    }

    /// The reason why it is unavailable now; nil if it is available.
    package func disabled(_ state: DashboardState) -> String? {
        needs.lazy.compactMap { state.reasonAgainst($0) }.first
    }
}

extension Requirement {
    /// Whether a requirement about the view or the epoch of the predictions holds; true for any
    /// other.
    fileprivate func holds(in predictions: PredictionsState) -> Bool {
        switch self {
        case .predictionViews(let views): views.contains(predictions.settings.view)
        case .earlierEpoch: predictions.past != nil
        case .on(.predictions, let requirement): requirement.holds(in: predictions)
        default: true
        }
    }
}

extension DashboardState {
    /// Says why a requirement is not met; nil if it is.
    fileprivate func reasonAgainst(_ requirement: Requirement) -> String? {
        switch requirement {
        case .running: notRunning
        case .resumable: [.stopped, .failed].contains(run.status) && isOpenable ? nil : notRunning
        case .extendable: run.status == .finished && isOpenable ? nil : notRunning
        case .saved: subject != nil ? nil : strings[screen == .runs ? .noRunListed : .stillPreparing]
        case .branchable: departure.opensRuns ? reasonAgainst(.saved) : strings[.onlyWatched]
        case .listedRun: chosenRun == nil ? strings[.noRunListed] : nil
        case .deletedRun: runs.deleted.isEmpty ? strings[.nothingDeleted] : nil
        case .detachable: departure.isAttached ? nil : notRunning
        case .ready: context == nil ? strings[.stillPreparing] : nil
        case .bestEpoch: run.timeline.bestEpoch == nil ? strings[.noBestYet] : nil
        case .unfrozenLayers:
            stage?.stage == .fineTune && stage?.fineTuneAt != nil ? nil : strings[.alreadyFrozen]
        case .undoableChange: run.undos.isEmpty ? strings[.nothingToUndo] : nil
        case .prediction:
            predictions.shown.isEmpty ? strings(.noPredictionsYet, keys.label(.refresh)) : nil
        case .predictionViews(let views):
            notIn(
                views.contains(predictions.settings.view),
                PredictionView.allCases.filter(views.contains).map(\.title), .prediction(.nextView))
        case .earlierEpoch: predictions.past == nil ? strings[.newestShown] : nil
        case .finding: noFinding
        case .markedPhotos:
            data.doctor.marked.isEmpty ? strings(.nothingMarked, keys.label(.data(.mark))) : nil
        case .views(let views):
            notIn(
                views.contains(data.view), DataView.allCases.filter(views.contains).map(\.title),
                .data(.nextView))
        case .on(let place, let requirement): screen == place ? reasonAgainst(requirement) : nil
        case .exceptOn(let place, let requirement): screen == place ? nil : reasonAgainst(requirement)
        }
    }

    private var isOpenable: Bool { departure.opensRuns && context != nil }

    /// The reason why commands to the trainer are unavailable.
    private var notRunning: String? {
        switch run.status {
        case .preparing: strings[.stillPreparing]
        case .finished:
            isOpenable ? strings(.isFinishedHere, keys.label(.addEpochs)) : strings[.isFinished]
        case .stopped:
            isOpenable
                ? strings(.isStoppedHere, keys.label(.togglePause))
                : strings(.isStopped, context?.run ?? "ID")
        case .failed: strings[.hasFailed]
        case .disconnected: strings[.isDisconnected]
        case .training, .paused, .validating: nil
        }
    }

    private var noFinding: String? {
        if data.doctor.report == nil { return strings(.doctorIdle, keys.label(.data(.check))) }
        return data.doctor.shown.isEmpty ? strings[.nothingMatches] : nil
    }

    /// The reason why a binding of certain views is unavailable in the current one.
    private func notIn(_ isThere: Bool, _ views: [Phrase], _ key: KeyAction) -> String? {
        if isThere { return nil }
        let names = views.map { strings[$0] }
        return strings(.worksInViews, names.joined(separator: ", "), keys.label(key))
    }
}
