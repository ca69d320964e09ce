import Foundation
package import Keys
package import Network
package import Photos
package import Phrases
package import Recipes

/// A dialog of input fields, one of which has the focus.
package struct Form: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case rate, variation, guards, epochs, exclusions
        case moreEpochs
        /// A branch of a run, which has these settings now.
        case branch(run: String, Recipe)
        /// The weights of a run, a report on a run; by its id.
        case exportWeights(run: String)
        case writeReport(run: String)
        /// A new run; the form edits this recipe.
        case newRun(Recipe)
        /// The note and the tags of a run.
        case runNote(run: String)
        /// The note on a photo.
        case note(file: PhotoPath)
        /// Classification of a photo file, by its path.
        case classify
    }

    package struct Field: Equatable, Sendable {
        package enum Value: Equatable, Sendable {
            case text(TextField)
            case choice([Phrase], chosen: Int)
            /// A base of the network.
            case model(Architecture)
            case flag(Bool)
            /// A number that ← and → change by `step` within `range`.
            case amount(Double, step: Double, range: ClosedRange<Double>)
        }
        package var label: Phrase
        package var value: Value
    }

    package let kind: Kind
    package var fields: [Field]
    package var focus = 0
    /// Why the input cannot be applied.
    package var problem: String?

    /// Whether every field is a text field.
    package var isAllText: Bool {
        fields.allSatisfy { if case .text = $0.value { true } else { false } }
    }

    /// Whether the form consists of a single text field.
    package var isOneText: Bool { fields.count == 1 && isAllText }

    /// Whether a field applies, given the values of the others.
    package func isShown(_ index: Int) -> Bool {
        // Only two of the schedules have a number, each its own.
        kind != .rate || index < 2 || chosen(1) == index
    }

    init(_ kind: Kind, _ fields: [Field]) { (self.kind, self.fields) = (kind, fields) }

    /// Edits the focused field or moves the focus; returns false for a key that does neither.
    mutating func press(_ key: Key) -> Bool {
        problem = nil
        switch key {
        case .tab:
            moveFocus(1, goesRound: true)
            return true
        case .backTab:
            moveFocus(-1, goesRound: true)
            return true
        default: break
        }
        if case .text(var field) = fields[focus].value, field.press(key) {
            fields[focus].value = .text(field)
            return true
        }
        switch key.narrow {
        case .down, .character("j"): moveFocus(1, goesRound: false)
        case .up, .character("k"): moveFocus(-1, goesRound: false)
        case .left, .character("h"), .character("-"): change(focus, by: -1)
        case .right, .character("l"), .character("+"), .character("="): change(focus, by: 1)
        case .character(" "): change(focus, by: 1)
        default: return false
        }
        return true
    }

    private mutating func moveFocus(_ step: Int, goesRound: Bool) {
        let shown = fields.indices.filter(isShown)
        guard let place = shown.firstIndex(of: focus) else {
            focus = 0
            return
        }
        let next = place + step
        focus = shown[goesRound ? (next + shown.count) % shown.count : max(0, min(next, shown.count - 1))]
    }

    /// Changes a field's value by a number of steps. Flags and choices wrap around.
    mutating func change(_ index: Int, by steps: Int) {
        let before = basis
        defer { if let before, let after = basis, before != after { follow(from: before, to: after) } }
        switch fields[index].value {
        case .text: break
        case .choice(let options, let chosen):
            fields[index].value = .choice(options, chosen: (chosen + steps + options.count) % options.count)
        case .model(let model):
            let all = Architecture.allCases
            let place = (all.firstIndex(of: model)! + steps % all.count + all.count) % all.count
            fields[index].value = .model(all[place])
        case .flag(let isOn): fields[index].value = .flag(!isOn)
        case .amount(let value, let step, let range):
            // Snap to the grid of steps, so that stepping back returns to the same value.
            let next = ((value / step).rounded() + Double(steps)) * step
            fields[index].value = .amount(
                min(max(next, range.lowerBound), range.upperBound), step: step, range: range)
        }
    }

    mutating func paste(_ text: String) {
        guard case .text(var field) = fields[focus].value else { return }
        field.insert(text)
        fields[focus].value = .text(field)
    }

    // MARK: Values

    func text(_ index: Int) -> String {
        if case .text(let field) = fields[index].value {
            return field.text.trimmingCharacters(in: .whitespaces)
        }
        return ""
    }

    func chosen(_ index: Int) -> Int {
        if case .choice(_, let chosen) = fields[index].value { return chosen }
        return 0
    }

    func model(_ index: Int) -> Architecture {
        if case .model(let model) = fields[index].value { return model }
        return .mobileNetV2
    }

    func flag(_ index: Int) -> Bool {
        if case .flag(let isOn) = fields[index].value { return isOn }
        return false
    }

    func amount(_ index: Int) -> Double {
        if case .amount(let value, _, _) = fields[index].value { return value }
        return 0
    }
}
