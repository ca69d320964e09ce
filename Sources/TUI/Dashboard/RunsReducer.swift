import Canvas
import Keys
import Phrases
package import Runs
import Sessions
import Training

/// The runs screen: moving, sorting, opening, drawing behind the charts, and deleting.
extension DashboardState {
    /// The run under the cursor; nil if none is shown.
    package var chosenRun: RunRecord? {
        runs.shown.indices.contains(runs.cursor) ? runs.shown[runs.cursor] : nil
    }

    /// Rows of the table on the screen.
    package var runRows: Int { max(1, size.rows - 5 - (size.rows >= 20 ? Self.runDetailRows : 0)) }
    /// Rows of the panel on the chosen run, on screens that have room for it.
    package static let runDetailRows = 5

    /// Index of the first run on the screen.
    package var firstRun: Int { max(0, min(runs.cursor - runRows / 2, runs.shown.count - runRows)) }

    mutating func arrangeRuns() { runs.arrange(charts.runs ?? [], filter: filter(.runs)) }

    mutating func moveRun(by steps: Int) { runs.cursor = clamp(runs.cursor + steps, runs.shown.count) }

    /// Asks for the curves of the runs on the screen.
    mutating func runRequests() -> [Effect] {
        guard screen == .runs else { return [] }
        let missing = runs.ask(for: runs.shown.dropFirst(firstRun).prefix(runRows))
        return missing.isEmpty ? [] : [.loadCurves(runs: missing)]
    }

    /// Keeps the table up to date while it is looked at, unless the home is a large one.
    mutating func refreshRuns() -> [Effect] {
        guard screen == .runs, let listed = charts.runs, listed.count <= RunsState.mostRefreshed,
            now - runs.refreshedAt >= RunsState.refreshSeconds
        else { return [] }
        runs.refreshedAt = now
        return [.listRuns]
    }

    mutating func perform(_ action: RunsAction) -> [Effect] {
        switch action {
        case .nextOrder:
            let all = RunsState.Order.allCases
            runs.order = all[(all.firstIndex(of: runs.order)! + 1) % all.count]
            arrangeRuns()
            say(strings(.runsOrderedBy, strings[runs.order.title]))
        case .reverseOrder:
            runs.isReversed.toggle()
            arrangeRuns()
        case .resume: return resumeChosenRun()
        case .overlay: return overlayChosenRun()
        case .delete: deleteChosenRun()
        case .editNote:
            guard let run = chosenRun else { return [] }
            dialog = .form(
                Form(
                    .runNote(run: run.run),
                    [
                        .init(label: .fieldNote, value: .text(TextField(run.note, limit: 1000))),
                        .init(
                            label: .fieldTags,
                            value: .text(TextField(run.tags.joined(separator: " "), limit: 1000))),
                    ]))
        }
        return []
    }

    /// Shows the chosen run: attached if it is being trained, otherwise as it was saved.
    mutating func openChosenRun() -> [Effect] {
        guard let run = chosenRun else { return [] }
        if run.run == context?.run {
            screen = .train
            return []
        }
        guard departure.opensRuns else {
            say(strings[.onlyWatched])
            return []
        }
        runs.deleted.removeAll { $0 == run.run }
        return open(run.status == .running ? .attach(run: run.run) : .show(run: run.run))
    }

    private mutating func resumeChosenRun() -> [Effect] {
        guard let run = chosenRun else { return [] }
        guard departure.opensRuns else {
            say(strings[.onlyWatched])
            return []
        }
        switch run.status {
        case .running: return openChosenRun()
        case .finished:
            say(strings(.openAndAddEpochs, keys.label(.open), keys.label(.addEpochs)))
            return []
        case .stopped, .interrupted, .failed:
            runs.deleted.removeAll { $0 == run.run }
            return open(.resume(run: run.run, moreEpochs: nil))
        }
    }

    private mutating func overlayChosenRun() -> [Effect] {
        guard let run = chosenRun else { return [] }
        if charts.showsGhost(run.run) {
            charts.hideGhost(run.run)
            say(strings[.ghostHidden])
            return []
        }
        guard run.run != context?.run, run.epochsDone > 0 else {
            say(strings[run.epochsDone > 0 ? .isThisRun : .noEpochToOverlay])
            return []
        }
        return [.loadGhost(run: run.run)]
    }

    // MARK: Deleting

    private mutating func deleteChosenRun() {
        guard let run = chosenRun else { return }
        if runs.deleted.contains(run.run) {
            runs.deleted.removeAll { $0 == run.run }
            return say(strings(.runStays, run.run))
        }
        guard run.status != .running, run.run != context?.run else {
            return say(strings[run.run == context?.run ? .isThisRun : .cannotDeleteLive])
        }
        runs.deleted.append(run.run)
        say(strings(.runIsDeleted, run.run, keys.label(.undo)))
        moveRun(by: 1)
    }

    mutating func undoDeletion() -> [Effect] {
        if let run = runs.deleted.popLast() { say(strings(.runStays, run)) }
        return []
    }
}

extension ChartState {
    mutating func hideGhost(_ run: String) { ghosts.removeAll { $0.name == run } }
}
