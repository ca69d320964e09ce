import Core
import Foundation
import Plots

extension DashboardState {
    /// The one place where state changes. No clock, no terminal, no threads.
    public mutating func reduce(_ action: DashboardAction) -> [Effect] {
        switch action {
        case .tick(let time):
            now = time
            if let toast, toast.until <= now { self.toast = nil }
            return []
        case .resize(let size):
            self.size = size
            return [.redraw]
        case .themesChanged(let names, let problem):
            themes = names
            if !names.contains(theme), let first = names.first { theme = first }
            say(problem ?? "Themes read anew.")
            return []
        case .session(let event, let clock):
            apply(event, clock)
            return []
        case .mouse, .paste: return []
        case .key(let key):
            if key == .interrupt {
                isQuitting = true
                return [.interrupt, .quit]
            }
            return dialog == nil ? press(key) : pressInDialog(key)
        }
    }

    mutating func say(_ text: String) { toast = (text, now + 4) }

    // MARK: Keys

    private mutating func press(_ key: Key) -> [Effect] {
        guard let binding = KeyTable.binding(for: key, on: screen) else {
            if key == .escape {
                if screen == .train { _ = leaveChart() }
            } else {
                say("\(key.label) does nothing here; ? lists the keys.")
            }
            return []
        }
        return press(binding, as: key.label)
    }

    /// Does what a binding says, or says why not.
    private mutating func press(_ binding: KeyBinding, as label: String) -> [Effect] {
        if !binding.works(on: screen) {
            let names = Screen.allCases.filter(binding.works).map { "\($0.rawValue + 1) \($0.name)" }
            say("\(label) works on the screen\(names.count == 1 ? "" : "s") \(names.joined(separator: ", ")).")
            return []
        }
        if let reason = binding.disabled(self) {
            say(reason)
            return []
        }
        return perform(binding.action)
    }

    private mutating func perform(_ action: KeyAction) -> [Effect] {
        switch action {
        case .togglePause:
            isPaused.toggle()
            return [.send(isPaused ? .pause : .resume)]
        case .step: return [.send(.step)]
        case .unfreeze: dialog = .unfreeze(layer: chosenLayer)
        case .halveRate: return [.send(.multiplyLearningRate(0.5))]
        case .doubleRate: return [.send(.multiplyLearningRate(2))]
        case .typeRate: dialog = .learningRate(text: "", problem: nil)
        case .finishStage: dialog = .finishStage
        case .undo: return undo()
        case .save:
            say("Saving after this batch.")
            return [.send(.save)]
        case .nextTheme:
            let index = themes.firstIndex(of: theme) ?? 0
            theme = themes.isEmpty ? theme : themes[(index + 1) % themes.count]
            say("Theme \(theme).")
            return [.setTheme(theme)]
        case .refresh:
            if screen == .data {
                variant += 1
            } else {
                say("Predicting with the current weights.")
                return [.send(.refreshPredictions)]
            }
        case .help: dialog = .help(scroll: 0)
        case .palette: dialog = .palette(query: "", chosen: 0)
        case .quit:
            dialog = .quit
        case .interrupt: return [.interrupt, .quit]
        case .redraw: return [.redraw]
        case .open: open()
        case .screen(let screen): self.screen = screen
        case .nextScreen: screen = Screen(rawValue: (screen.rawValue + 1) % Screen.allCases.count)!
        case .previousScreen:
            screen = Screen(rawValue: (screen.rawValue + Screen.allCases.count - 1) % Screen.allCases.count)!
        case .move(let columns, let rows): move(columns: columns, rows: rows)
        case .page(let pages): move(pages: pages)
        case .first: jump(to: 0)
        case .last: jump(to: Int.max)
        case .chart(let action): perform(action)
        }
        return []
    }

    private mutating func undo() -> [Effect] {
        guard let last = undos.popLast() else {
            say("Nothing to take back: U undoes a change of the learning rate or of the frozen layers.")
            return []
        }
        isUndoing = true
        switch last {
        case .rate(let rate):
            say("Back to the learning rate \(rate.rateText).")
            return [.send(.setLearningRate(rate))]
        case .layer(let layer):
            say("Training again from layer \(layer).")
            return [.send(.unfreeze(fromLayer: layer))]
        }
    }

    private mutating func open() {
        switch screen {
        case .model:
            chosenLayer = min(layerCursor, (context?.layers.count ?? 1) - 1)
            say("u now unfreezes from layer \(chosenLayer).")
        case .predictions:
            if predictions?.predictions.isEmpty ?? true {
                say("There are no predictions yet; they come after the first epoch, or with r.")
            } else {
                dialog = .prediction(predictionCursor)
            }
        case .data: variant += 1
        case .train: perform(.toggleOpen)
        }
    }

    /// Columns of the predictions' and the sample's grids.
    static let gridColumns = 4

    private mutating func move(columns: Int, rows: Int) {
        switch screen {
        case .train: perform(rows == 0 ? .moveCursor(columns) : .nextKind(rows))
        case .data: sampleCursor = clamp(sampleCursor + columns + rows * Self.gridColumns, sample.count)
        case .model: layerCursor = clamp(layerCursor + rows + columns, context?.layers.count ?? 0)
        case .predictions:
            predictionCursor = clamp(predictionCursor + columns + rows * Self.gridColumns, predictions?.predictions.count ?? 0)
        }
    }

    private mutating func move(pages: Int) {
        switch screen {
        case .train: perform(.moveCursor(pages * 10))
        case .data: break
        case .model: layerCursor = clamp(layerCursor + pages * max(1, size.rows - 10), context?.layers.count ?? 0)
        case .predictions: predictionCursor = clamp(predictionCursor + pages * 12, predictions?.predictions.count ?? 0)
        }
    }

    private mutating func jump(to index: Int) {
        switch screen {
        case .train: perform(.moveCursor(index == 0 ? -100_000 : 100_000))
        case .data: sampleCursor = clamp(index, sample.count)
        case .model: layerCursor = clamp(index, context?.layers.count ?? 0)
        case .predictions: predictionCursor = clamp(index, predictions?.predictions.count ?? 0)
        }
    }

    private func clamp(_ index: Int, _ count: Int) -> Int { max(0, min(index, count - 1)) }

    // MARK: Dialogs

    private mutating func pressInDialog(_ key: Key) -> [Effect] {
        guard let dialog else { return [] }
        switch dialog {
        case .help(let scroll, let query): return pressInHelp(key, scroll, query)
        case .palette(let query, let chosen): return pressInPalette(key, query, chosen)
        default: break
        }
        if key == .escape || (key == .character("q") && dialog != .quit) {
            if case .learningRate = dialog, key != .escape { return type(key) }
            self.dialog = nil
            return []
        }
        switch dialog {
        case .help, .palette: break
        case .quit:
            switch key {
            case .enter, .character("y"), .character("q"):
                self.dialog = nil
                isQuitting = true
                return [.send(.stop), .quit]
            case .character("n"): self.dialog = nil
            default: break
            }
        case .unfreeze(let layer):
            switch key {
            case .enter, .character("y"):
                self.dialog = nil
                return [.send(.unfreeze(fromLayer: layer))]
            case .down, .character("j"), .right:
                self.dialog = .unfreeze(layer: clamp(layer + 1, context?.layers.count ?? 0))
            case .up, .character("k"), .left: self.dialog = .unfreeze(layer: max(0, layer - 1))
            case .character("n"): self.dialog = nil
            default: break
            }
        case .finishStage:
            if key == .enter || key == .character("y") {
                self.dialog = nil
                return [.send(.finishStage)]
            }
            if key == .character("n") { self.dialog = nil }
        case .learningRate: return type(key)
        case .prediction(let index):
            let count = predictions?.predictions.count ?? 0
            switch key {
            case .enter: self.dialog = nil
            case .left, .up, .character("h"), .character("k"): choosePrediction(clamp(index - 1, count))
            case .right, .down, .character("j"): choosePrediction(clamp(index + 1, count))
            default: break
            }
        }
        return []
    }

    private mutating func pressInHelp(_ key: Key, _ scroll: Int, _ query: String) -> [Effect] {
        let last = max(0, KeyTable.search(query).count - 1)
        switch key {
        case .escape, .enter: dialog = nil
        case .character("?") where query.isEmpty: dialog = nil
        case .down: dialog = .help(scroll: min(scroll + 1, last), query: query)
        case .up: dialog = .help(scroll: max(0, scroll - 1), query: query)
        case .pageDown: dialog = .help(scroll: min(scroll + 10, last), query: query)
        case .pageUp: dialog = .help(scroll: max(0, scroll - 10), query: query)
        case .backspace, .delete: dialog = .help(scroll: 0, query: String(query.dropLast()))
        case .character(let character) where query.count < 30:
            dialog = .help(scroll: 0, query: query + String(character))
        default: break
        }
        return []
    }

    private mutating func pressInPalette(_ key: Key, _ query: String, _ chosen: Int) -> [Effect] {
        let found = KeyTable.search(query)
        switch key {
        case .escape, .palette: dialog = nil
        case .enter:
            dialog = nil
            guard found.indices.contains(chosen) else { return [] }
            return press(found[chosen], as: found[chosen].keys[0].label)
        case .down, .tab: dialog = .palette(query: query, chosen: clamp(chosen + 1, found.count))
        case .up, .backTab: dialog = .palette(query: query, chosen: max(0, chosen - 1))
        case .pageDown: dialog = .palette(query: query, chosen: clamp(chosen + 10, found.count))
        case .pageUp: dialog = .palette(query: query, chosen: max(0, chosen - 10))
        case .backspace, .delete: dialog = .palette(query: String(query.dropLast()), chosen: 0)
        case .character(let character) where query.count < 30:
            dialog = .palette(query: query + String(character), chosen: 0)
        default: break
        }
        return []
    }

    private mutating func choosePrediction(_ index: Int) {
        predictionCursor = index
        dialog = .prediction(index)
    }

    private mutating func type(_ key: Key) -> [Effect] {
        guard case .learningRate(var text, _) = dialog else { return [] }
        switch key {
        case .character(let character) where text.count < 16:
            text.append(character)
        case .backspace, .delete: text = String(text.dropLast())
        case .enter:
            guard let rate = Double(text), rate > 0, rate.isFinite, rate <= 10 else {
                dialog = .learningRate(text: text, problem: "A rate is a number above 0 and at most 10, such as 1e-4.")
                return []
            }
            dialog = nil
            return [.send(.setLearningRate(rate))]
        default: return []
        }
        dialog = .learningRate(text: text, problem: nil)
        return []
    }
}
