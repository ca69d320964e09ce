import Keys
import Phrases
package import Recipes
import Training

/// A checkpoint of the run.
package struct CheckpointEntry: Sendable, Equatable {
    /// Its name in `RunFolder.checkpoints`.
    package var name: String
    package var place: RunPlace

    package init(name: String, place: RunPlace) { (self.name, self.place) = (name, place) }

    /// Whether `runs restore` set it aside, so that it belongs to another course of the run.
    package var isSetAside: Bool { name.contains("before") }
}

/// The use of a checkpoint that is chosen from the list.
package enum CheckpointPurpose: Sendable, Equatable {
    /// Train on from it.
    case restore
    /// End the run with it.
    case end
}

/// The list of the run's checkpoints.
extension DashboardState {
    /// The measure by which the run's best weights are kept.
    package var bestMeasure: BestMeasure { context?.recipe.bestMeasure ?? .loss }

    /// Whether the checkpoints have been listed.
    package var hasCheckpoints: Bool { run.checkpoints != nil }

    /// The checkpoints to choose from, newest first, each place once. Until they are listed, the one
    /// kept as the best.
    package var shownCheckpoints: [CheckpointEntry] {
        let best = run.timeline.best(by: bestMeasure).map {
            CheckpointEntry(name: "best", place: RunPlace(epoch: $0.epoch + 1, step: 0))
        }
        guard let listed = run.checkpoints else { return best.map { [$0] } ?? [] }
        // A file has several names if it is kept for several reasons.
        let ranks = ["best": 0, "last": 1]
        var byPlace: [RunPlace: CheckpointEntry] = [:]
        for entry in listed where !entry.isSetAside {
            guard let other = byPlace[entry.place] else {
                byPlace[entry.place] = entry
                continue
            }
            if ranks[entry.name] ?? 2 < ranks[other.name] ?? 2 { byPlace[entry.place] = entry }
        }
        return byPlace.values.sorted { $0.place > $1.place }
            + listed.filter(\.isSetAside).sorted { $0.place > $1.place }
    }

    /// The results of the epoch at whose end a checkpoint was saved; nil within an epoch.
    package func score(of entry: CheckpointEntry) -> EpochScore? {
        guard entry.place.step == 0, !entry.isSetAside else { return nil }
        return epochs.last { $0.epoch + 1 == entry.place.epoch }?.score
    }

    /// The measures by which a checkpoint is the best of the run.
    package func merits(of entry: CheckpointEntry) -> [BestMeasure] {
        guard let score = score(of: entry) else { return [] }
        return BestMeasure.allCases.filter { run.timeline.best(by: $0)?.epoch == score.epoch }
    }

    /// Index of the chosen checkpoint; nil if there is none.
    package func chosenCheckpoint(_ chosen: Int?) -> Int? {
        let shown = shownCheckpoints
        if shown.isEmpty { return nil }
        return chosen.map { clamp($0, shown.count) } ?? shown.firstIndex { $0.name == "best" } ?? 0
    }

    /// A place in the run in words, such as `epoch 5` or `epoch 6, batch 40`.
    package func words(_ place: RunPlace) -> String {
        place.step == 0
            ? strings(.checkpointAfter, place.epoch) : strings(.checkpointAt, place.epoch + 1, place.step)
    }

    mutating func openCheckpoints(_ purpose: CheckpointPurpose) -> [Effect] {
        dialog = .checkpoints(purpose, chosen: nil)
        run.checkpoints = nil
        return context.map { [.listCheckpoints(run: $0.run)] } ?? []
    }

    mutating func take(_ found: [CheckpointEntry], of run: String) {
        guard run == context?.run else { return }
        guard case .checkpoints(let purpose, let chosen?) = dialog, !shownCheckpoints.isEmpty else {
            self.run.checkpoints = found
            return
        }
        // The choice follows its checkpoint, not its row.
        let place = shownCheckpoints[clamp(chosen, shownCheckpoints.count)].place
        self.run.checkpoints = found
        dialog = .checkpoints(purpose, chosen: shownCheckpoints.firstIndex { $0.place == place })
    }

    /// Lists the checkpoints again if one was saved while they are shown.
    func listCheckpoints(after event: SessionEvent) -> [Effect] {
        guard case .training(.checkpointSaved) = event, case .checkpoints = dialog, let context else {
            return []
        }
        return [.listCheckpoints(run: context.run)]
    }

    /// The best epochs whose weights are no longer kept, with what they are the best by. An epoch that ended
    /// after the checkpoints were listed is not among them.
    package var lostBests: [(measure: BestMeasure, epoch: Int)] {
        guard let listed = run.checkpoints else { return [] }
        let places = Set(listed.filter { !$0.isSetAside }.map(\.place))
        let newest = places.map(\.epoch).max() ?? 0
        return BestMeasure.allCases.compactMap { measure in
            guard let best = run.timeline.best(by: measure), best.epoch < newest,
                !places.contains(RunPlace(epoch: best.epoch + 1, step: 0))
            else { return nil }
            return (measure, best.epoch)
        }
    }

    mutating func pressInCheckpoints(_ key: Key, _ purpose: CheckpointPurpose, _ chosen: Int?) -> [Effect] {
        let shown = shownCheckpoints
        guard let index = chosenCheckpoint(chosen) else {
            if [.escape, .enter, .character("q")].contains(key) { dialog = nil }
            return []
        }
        func move(to next: Int) { dialog = .checkpoints(purpose, chosen: clamp(next, shown.count)) }
        switch key {
        case .escape, .character("q"), .character("n"): dialog = nil
        case .enter, .character("y"):
            dialog = nil
            let name = shown[index].name
            return switch purpose {
            case .restore: [.send(name == "best" ? .restoreBest : .restoreCheckpoint(name))]
            case .end: [.send(name == "best" ? .stopKeepingBest : .stopKeepingCheckpoint(name))]
            }
        case .down, .character("j"): move(to: index + 1)
        case .up, .character("k"): move(to: index - 1)
        case .pageDown: move(to: index + 10)
        case .pageUp: move(to: index - 10)
        case .home, .character("g"): move(to: 0)
        case .end, .character("G"): move(to: shown.count - 1)
        case .tab:
            let bests = shown.indices.filter { !merits(of: shown[$0]).isEmpty }
            if let next = bests.first(where: { $0 > index }) ?? bests.first { move(to: next) }
        default: break
        }
        return []
    }
}
