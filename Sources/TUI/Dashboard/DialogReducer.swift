import Foundation
import Keys
import Phrases
import Recipes
import Runs
import Training

/// Key handling while a dialog is open. Esc always closes the dialog, enter confirms.
extension DashboardState {
    mutating func pressInDialog(_ key: Key) -> [Effect] {
        guard let dialog else { return [] }
        switch dialog {
        case .help(let scroll, let query):
            return pressInHelp(query.isEmpty ? key.narrow : key, scroll, query)
        case .palette(let query, let chosen): return pressInPalette(key, query, chosen)
        case .runs(let query, let chosen): return pressInRuns(key, query, chosen)
        case .form(let form): return press(key, in: form)
        case .confirm(let question): return answer(key.narrow, question)
        case .unfreeze(let layer): return pressInUnfreezing(key.narrow, layer)
        case .checkpoints(let purpose, let chosen): return pressInCheckpoints(key.narrow, purpose, chosen)
        case .sweep(let chosen): return pressInSweep(key.narrow, chosen)
        case .prediction(let index): return pressInPrediction(key.narrow, index)
        case .featureMaps(let layer): return pressInFeatureMaps(key.narrow, layer)
        case .histograms(let layer): return pressInHistograms(key.narrow, layer)
        case .outsidePhoto: return pressInOutsidePhoto(key.narrow)
        case .sample: return pressInSample(key.narrow)
        case .tensor(let view): return pressInTensor(key.narrow, view)
        case .finding(let copy): return pressInFinding(key.narrow, copy)
        }
    }

    private mutating func answer(_ key: Key, _ question: Dialog.Confirmation) -> [Effect] {
        switch key {
        case .escape, .character("n"): dialog = nil
        case .character("q") where question != .quit: dialog = nil
        case .character("s") where question == .quit && departure.isAttached && canDetach:
            dialog = nil
            return departure.stopElsewhere()
        case .character("d") where question == .quit && canDetach:
            dialog = nil
            return departure.detach()
        case .enter, .character("y"), .character("q"):
            dialog = nil
            switch question {
            case .quit: return departure.quit(sending: .send(.stop))
            case .finishStage: return [.send(.finishStage)]
            case .freeze: return [.send(.freeze)]
            case .raiseRate(_, let commands): return commands.map(Effect.send)
            case .replaceFile(_, let effect): return [effect]
            }
        default: break
        }
        return []
    }

    private mutating func pressInUnfreezing(_ key: Key, _ layer: Int) -> [Effect] {
        let count = context?.layers.count ?? 0
        func move(_ steps: Int) { dialog = .unfreeze(layer: clamp(layer + steps, count)) }
        switch key {
        case .enter, .character("y"):
            dialog = nil
            return [.send(.unfreeze(fromLayer: layer))]
        case .escape, .character("n"), .character("q"): dialog = nil
        case .down, .right, .character("j"), .character("l"): move(1)
        case .up, .left, .character("k"), .character("h"): move(-1)
        case .pageDown: move(10)
        case .pageUp: move(-10)
        case .home, .character("g"): move(-layer)
        case .end, .character("G"): move(count)
        default: break
        }
        return []
    }

    // MARK: Filtered lists

    private mutating func pressInHelp(_ key: Key, _ scroll: Int, _ query: TextField) -> [Effect] {
        let last = max(0, helpLines(query.text).count - 1)
        switch key {
        case .escape, .enter: dialog = nil
        case .character("?") where query.isEmpty: dialog = nil
        case .down: dialog = .help(scroll: min(scroll + 1, last), query: query)
        case .up: dialog = .help(scroll: max(0, scroll - 1), query: query)
        case .pageDown: dialog = .help(scroll: min(scroll + 10, last), query: query)
        case .pageUp: dialog = .help(scroll: max(0, scroll - 10), query: query)
        case .home where query.isEmpty: dialog = .help()
        case .end where query.isEmpty: dialog = .help(scroll: last)
        default:
            var field = query
            if field.press(key) {
                dialog = .help(scroll: field.text == query.text ? scroll : 0, query: field)
            }
        }
        return []
    }

    private mutating func pressInPalette(_ key: Key, _ query: TextField, _ chosen: Int) -> [Effect] {
        let found = keys.search(query.text, strings)
        switch key {
        case .escape, .palette: dialog = nil
        case .enter:
            dialog = nil
            guard found.indices.contains(chosen) else { return [] }
            return performAnywhere(found[chosen])
        default:
            if let next = Self.searched(key, query, chosen, found.count) {
                dialog = .palette(query: next.query, chosen: next.chosen)
            }
        }
        return []
    }

    private mutating func pressInRuns(_ key: Key, _ query: TextField, _ chosen: Int) -> [Effect] {
        let found = comparableRuns(query.text)
        switch key {
        case .escape: dialog = nil
        case .enter:
            guard found.indices.contains(chosen) else { return [] }
            dialog = nil
            let name = found[chosen].run
            if charts.showsGhost(name) {
                charts.hideGhost(name)
                say(strings(.ghostHidden, name))
                predictions.arrangement = nil
                arrangePredictions()
                return []
            }
            return [.loadGhost(run: found[chosen].run)]
        default:
            if let next = Self.searched(key, query, chosen, found.count) {
                dialog = .runs(query: next.query, chosen: next.chosen)
            }
        }
        return []
    }

    /// Handles a key in a filtered list: moves the choice or edits the query. A changed query moves
    /// the choice to the first entry. Returns nil for a key that does neither.
    private static func searched(_ key: Key, _ query: TextField, _ chosen: Int, _ count: Int) -> (
        query: TextField, chosen: Int
    )? {
        if let next = moved(key, chosen, count) { return (query, next) }
        var field = query
        guard field.press(key) else { return nil }
        return (field, field.text == query.text ? chosen : 0)
    }

    /// Returns the entry that a key moves to, or nil if the key does not move.
    private static func moved(_ key: Key, _ chosen: Int, _ count: Int) -> Int? {
        let next: Int
        switch key {
        case .down, .tab: next = chosen + 1
        case .up, .backTab: next = chosen - 1
        case .pageDown: next = chosen + 10
        case .pageUp: next = chosen - 10
        default: return nil
        }
        return max(0, min(next, count - 1))
    }

    // MARK: The learning-rate finder

    private mutating func pressInSweep(_ key: Key, _ chosen: Int?) -> [Effect] {
        let points = run.sweep?.points ?? []
        let isRunning = !(run.sweep?.isDone ?? false)
        func choose(_ steps: Int) {
            guard !points.isEmpty else { return }
            let start = chosen ?? suggestedPoint ?? points.count / 2
            dialog = .sweep(chosen: clamp(start + steps, points.count))
        }
        switch key {
        case .escape, .character("q"):
            dialog = nil
            if isRunning {
                say(strings[.sweepCancelled])
                return [.send(.cancelSweep)]
            }
        case .enter:
            guard !isRunning else { return [] }
            guard let rate = chosen.map({ points[$0].learningRate }) ?? run.sweep?.suggestion else {
                say(strings[.sweepChooseFirst])
                return []
            }
            return send(rate: rate.twoDigits, [.setLearningRate(rate.twoDigits)])
        case .left, .character("h"): choose(-1)
        case .right, .character("l"): choose(1)
        case .home: choose(-points.count)
        case .end: choose(points.count)
        default: break
        }
        return []
    }

    /// Closes the dialog and sends commands that set the learning rate to `rate`; asks first if that
    /// is 100 times the present one or more.
    mutating func send(rate: Double, _ commands: [TrainerCommand]) -> [Effect] {
        if run.learningRate > 0, rate >= 99.99 * run.learningRate {
            dialog = .confirm(.raiseRate(rate, then: commands))
            return []
        }
        dialog = nil
        return commands.map(Effect.send)
    }

    /// Index of the suggested rate among the sweep's points.
    var suggestedPoint: Int? {
        guard let sweep = run.sweep, let suggestion = sweep.suggestion else { return nil }
        return sweep.points.firstIndex { $0.learningRate >= suggestion * 0.999 }
    }
}

extension Double {
    /// Rounded to two significant digits: 3.2e-4 for 0.00031622776.
    package var twoDigits: Double { Double(String(format: "%.1e", self)) ?? self }
}
