import Core
import Foundation

/// A dialog of fields, one of which has the focus.
struct Form: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        case rate, variation, guards, epochs, exclusions
        /// What is noted of a photo.
        case note(file: String)
        /// A photo of the person's, by its path.
        case classify
    }

    struct Field: Equatable, Sendable {
        enum Value: Equatable, Sendable {
            case text(TextField)
            case choice([Phrase], chosen: Int)
            case flag(Bool)
            /// A number that ← and → move within a range by a step.
            case amount(Double, step: Double, range: ClosedRange<Double>)
        }
        var label: Phrase
        var value: Value
    }

    let kind: Kind
    var fields: [Field]
    var focus = 0
    /// Why what was entered cannot be applied.
    var problem: String?

    /// Whether all there is to it is a line of text.
    var isOneText: Bool {
        if fields.count == 1, case .text = fields[0].value { true } else { false }
    }

    /// Whether a field has a meaning with what the others hold.
    func isShown(_ index: Int) -> Bool {
        // Only two of the schedules have a number, each its own.
        kind != .rate || index < 2 || chosen(1) == index
    }

    init(_ kind: Kind, _ fields: [Field]) { (self.kind, self.fields) = (kind, fields) }

    /// Changes the focused field or the focus; false for a key that means nothing here.
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
        switch key {
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

    /// Moves a field's value by so many steps; a flag and a choice go round.
    mutating func change(_ index: Int, by steps: Int) {
        switch fields[index].value {
        case .text: break
        case .choice(let options, let chosen):
            fields[index].value = .choice(options, chosen: (chosen + steps + options.count) % options.count)
        case .flag(let isOn): fields[index].value = .flag(!isOn)
        case .amount(let value, let step, let range):
            // Steps are kept on their grid, so that they come back to where they were.
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

    // MARK: What was entered

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

    func flag(_ index: Int) -> Bool {
        if case .flag(let isOn) = fields[index].value { return isOn }
        return false
    }

    func amount(_ index: Int) -> Double {
        if case .amount(let value, _, _) = fields[index].value { return value }
        return 0
    }
}
