import Canvas
import Dashboard
import Foundation
import Keys
import Network
import Photos
import Phrases
import Plots
import Recipes
import Sessions
import Themes

extension DashboardView {
    func draw(_ form: Form, _ state: DashboardState, into buffer: inout CellBuffer) {
        let strings = state.strings
        let columns = min(66, buffer.size.columns - 4)
        let notes = self.notes(form, state).flatMap { wrap($0, columns: columns - 4) }
        let remark = form.problem ?? form.caution.map { strings[$0] }
        let problem = remark.map { wrap($0, columns: columns - 4) } ?? []
        let buttons: [DialogButton] =
            (form.fields.count > 1 ? [("tab", .tab, strings[.buttonNextField])] : [])
            + (form.kind == .classify ? [("tab", .tab, strings[.buttonComplete])] : [])
            + (form.isOneText ? [] : [("←", .left, ""), ("→", .right, strings[.buttonChange])])
            + [("enter", .enter, strings[.buttonApply]), ("esc", .escape, strings[.buttonLeave])]
        let shownFields = form.fields.enumerated().filter { form.isShown($0.offset) }
        let buttonRows = buttonLines(buttons, columns: columns - 4)
        let wanted = notes.count + shownFields.count + problem.count + buttonRows + 3
        let rows = min(wanted, buffer.size.rows - 2)
        let inside = dialogFrame(strings[title(form.kind)], columns: columns, rows: rows, into: &buffer)
        // With little room, notes are dropped before fields, problem and buttons.
        let shownNotes = notes.prefix(max(0, inside.rows - shownFields.count - problem.count - buttonRows))
        var row = inside.row
        for line in shownNotes {
            buffer.write(
                line, column: inside.column + 1, row: row, style: theme.style(.dim),
                maxColumns: inside.columns - 2)
            row += 1
        }
        let labelColumns = min(
            inside.columns - 14, (form.fields.map { displayWidth(strings[$0.label]) }.max() ?? 0) + 2)
        // Texts line up with choices, which have room for an arrow on either side.
        let indent = form.isAllText ? 0 : 2
        // Fields that do not fit scroll with the focus.
        let fieldRows = max(1, inside.rows - shownNotes.count - problem.count - buttonRows)
        let focused = shownFields.firstIndex { $0.offset == form.focus } ?? 0
        let firstField = max(0, min(focused - fieldRows / 2, shownFields.count - fieldRows))
        for (index, field) in shownFields.dropFirst(firstField).prefix(fieldRows) {
            let isFocused = index == form.focus
            targets.add(
                .field(index), Rect(column: inside.column, row: row, columns: inside.columns, rows: 1))
            if isFocused {
                buffer.write("▸", column: inside.column, row: row, style: theme.style(.accent, .bold))
            }
            buffer.write(
                strings[field.label], column: inside.column + 1, row: row,
                style: theme.style(.text, isFocused ? .bold : []),
                maxColumns: labelColumns - 1)
            draw(
                field, isFocused: isFocused, indent, strings,
                in: Rect(
                    column: inside.column + 1 + labelColumns, row: row,
                    columns: max(0, inside.columns - labelColumns - 2), rows: 1),
                into: &buffer)
            row += 1
        }
        // More fields above or below are announced at the edge.
        let edge = inside.column + inside.columns - 1
        if firstField > 0 { buffer.write("▴", column: edge, row: row - fieldRows, style: theme.style(.dim)) }
        if firstField + fieldRows < shownFields.count {
            buffer.write("▾", column: edge, row: row - 1, style: theme.style(.dim))
        }
        for line in problem where row < inside.row + inside.rows {
            buffer.write(
                line, column: inside.column + 1, row: row, style: theme.style(.warning),
                maxColumns: inside.columns - 2)
            row += 1
        }
        drawButtons(
            buttons, column: inside.column + 1, row: inside.row + inside.rows - buttonRows,
            columns: inside.columns - 2, into: &buffer)
    }

    private func title(_ kind: Form.Kind) -> Phrase {
        switch kind {
        case .rate: .rateTitle
        case .variation: .variationTitle
        case .guards: .guardsTitle
        case .epochs: .epochsTitle
        case .note: .noteTitle
        case .classify: .classifyTitle
        case .exclusions: .exclusionsTitle
        case .moreEpochs: .moreEpochsTitle
        case .branch: .branchTitle
        case .newRun: .newRunTitle
        case .exportWeights: .exportTitle
        case .writeReport: .reportTitle
        case .runNote: .runNoteTitle
        }
    }

    private func notes(_ form: Form, _ state: DashboardState) -> [String] {
        let strings = state.strings
        switch form.kind {
        case .rate: return [strings(.rateNow, state.run.learningRate.rateText)]
        case .variation: return [strings[.variationNote]]
        case .guards: return [strings[.guardsNote]]
        case .epochs: return [strings(.epochsNow, state.totalEpochs)]
        case .note(let file): return [file.text]
        case .classify: return [strings[.classifyNote]]
        case .moreEpochs: return [strings(.moreEpochsNote, state.epochs.count)]
        case .branch(let run, _): return [strings(.branchNote, run)] + inBackground(state)
        case .newRun: return [strings[.newRunNote]] + inBackground(state)
        case .exportWeights(let run): return [strings(.run, run) + ": " + strings[.exportNote]]
        case .writeReport(let run): return [strings(.run, run) + ": " + strings[.reportNote]]
        case .runNote(let run): return [strings(.run, run)]
        case .exclusions: return [strings(.exclusionsNote, state.data.doctor.marked.count.grouped)]
        }
    }

    /// Says what becomes of the run that this process trains.
    private func inBackground(_ state: DashboardState) -> [String] {
        state.canDetach && state.departure.abilities.trainsHere ? [state.strings[.goesOnInBackground]] : []
    }

    private func draw(
        _ field: Form.Field, isFocused: Bool, _ indent: Int, _ strings: Strings, in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        let style = theme.style(isFocused ? .accent : .text, isFocused ? .bold : [])
        func arrows(_ text: String) {
            buffer.write(
                isFocused ? "‹ \(text) ›" : "  \(text)", column: rect.column, row: rect.row, style: style,
                maxColumns: rect.columns)
        }
        switch field.value {
        case .text(let text):
            draw(
                text, isFocused: isFocused,
                in: Rect(
                    column: rect.column + indent, row: rect.row,
                    columns: min(text.limit > 60 ? rect.columns : 24, rect.columns - indent), rows: 1),
                into: &buffer)
        case .choice(let options, let chosen): arrows(strings[options[chosen]])
        case .model(let model): arrows(model.rawValue)
        case .flag(let isOn): arrows(strings[isOn ? .on : .off])
        case .amount(let amount, let step, let range):
            if step < 1 {
                let bar = Bar.text(
                    (amount - range.lowerBound) / (range.upperBound - range.lowerBound), columns: 12,
                    empty: "░")
                let text =
                    switch field.label {
                    case .fieldRotation: "±" + amount.degreesText
                    case .fieldCrop where amount == 0, .fieldColor where amount == 0,
                        .fieldMixup where amount == 0, .fieldCutmix where amount == 0:
                        strings[.off]
                    case .fieldCrop: "≥" + (1 - amount).percentText
                    case .fieldColor: "±" + amount.percentText
                    case .fieldMixup, .fieldCutmix: amount.short
                    default: amount.percentText
                    }
                arrows(pad(text, columns: 5) + " " + bar)
            } else {
                arrows(amount == 0 ? "0" : "\(Int(amount))")
            }
        }
    }
}
