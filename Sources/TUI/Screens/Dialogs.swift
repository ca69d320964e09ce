import Canvas
import Dashboard
import Keys
import Network
import Phrases
import Recipes
import Runs
import Themes
import Training

/// A button of a dialog: the key's label, the key, and a word or two for its effect.
typealias DialogButton = (label: String, key: Key, word: String)

extension DashboardView {
    func draw(_ dialog: Dialog, _ state: DashboardState, into buffer: inout CellBuffer) {
        let strings = state.strings
        switch dialog {
        case .help(let scroll, let query):
            drawBindings(
                state.helpLines(query.text), strings(.helpTitle), query, from: scroll, chosen: nil, state,
                into: &buffer)
        case .palette(let query, let chosen):
            drawBindings(
                state.keys.search(query.text, strings).map(state.line), strings(.paletteTitle), query,
                from: chosen, chosen: chosen, state, into: &buffer)
        case .runs(let query, let chosen): drawRuns(query, chosen, state, into: &buffer)
        case .prediction(let index): drawPrediction(index, state, into: &buffer)
        case .featureMaps(let layer): drawFeatureMaps(layer, state, into: &buffer)
        case .histograms(let layer): drawHistograms(layer, state, into: &buffer)
        case .outsidePhoto: drawOutsidePhoto(state, into: &buffer)
        case .sample: drawSample(state, into: &buffer)
        case .tensor(let view): drawTensor(view, state, into: &buffer)
        case .finding(let copy): drawFinding(copy, state, into: &buffer)
        case .checkpoints(let purpose, let chosen):
            drawCheckpoints(purpose, chosen, state, into: &buffer)
        case .sweep(let chosen): drawSweep(chosen, state, into: &buffer)
        case .form(let form): draw(form, state, into: &buffer)
        case .confirm(let question):
            let (title, text, word) = wording(question, state)
            var buttons: [DialogButton] = [("enter", .enter, word)]
            if question == .quit, state.canDetach {
                buttons.append(
                    state.departure.isAttached
                        ? ("s", .character("s"), strings[.buttonStopRun])
                        : ("d", .character("d"), strings[.buttonDetach]))
            }
            let refusal: Phrase = if case .replaceFile = question { .buttonKeep } else { .buttonStay }
            box(title, [text], buttons + [("esc", .escape, strings[refusal])], into: &buffer)
        case .unfreeze(let layer):
            let name = state.context?.layers[layer].name ?? ""
            box(
                strings[.unfreezeTitle],
                [
                    strings(.unfreezeFrom, layer, name),
                    strings(
                        .unfreezeParameters, state.trainableParameters(from: layer).grouped,
                        (state.stage?.trainableParameters ?? 0).grouped),
                    state.unfreezingAdvice,
                    strings[state.stage?.stage == .head ? .unfreezeEndsStage : .unfreezeMovesBoundary],
                ],
                [
                    ("↑", .up, ""), ("↓", .down, strings[.buttonOtherLayer]),
                    ("enter", .enter, strings[.buttonUnfreeze]),
                    ("esc", .escape, strings[.buttonLeave]),
                ], into: &buffer)
        }
    }

    private func wording(_ question: Dialog.Confirmation, _ state: DashboardState) -> (
        title: String, text: String, word: String
    ) {
        let strings = state.strings
        let run = state.context?.run ?? ""
        switch question {
        case .quit where state.departure.isAttached && !state.run.status.isLast:
            return (strings[.leaveTitle], strings(.leaveText, run), strings[.buttonDetach])
        case .quit:
            let text: String =
                switch state.run.status {
                case .finished, .stopped, .failed: strings[.quitEnded]
                case .disconnected: strings[.isDisconnected]
                case .preparing: strings[.quitPreparing]
                case .training, .paused, .validating:
                    strings(.quitSaves, run, state.position.epochText(strings))
                }
            let marks =
                state.data.doctor.isUnwritten
                ? " "
                    + strings(
                        .quitLosesMarks, state.data.doctor.marked.count.grouped,
                        state.keys.label(.data(.write))) : ""
            return (strings[.quitTitle], text + marks, strings[.buttonQuit])
        case .finishStage:
            let text =
                state.stage?.stage == .head
                ? strings(.finishHead, state.context?.recipe.fineTuneAt ?? 100)
                : strings[.finishFineTune]
            return (strings[.finishTitle], text, strings[.buttonFinish])
        case .raiseRate(let rate, _):
            let now = state.run.learningRate
            return (
                strings[.raiseTitle],
                strings(.raiseText, rate.rateText, Int(nearest: rate / now).grouped, now.rateText),
                strings[.buttonApply]
            )
        case .freeze: return (strings[.freezeTitle], strings[.freezeText], strings[.buttonFreeze])
        case .replaceFile(let path, _):
            return (strings[.replaceTitle], strings(.replaceText, path), strings[.buttonReplace])
        }
    }

    // MARK: Boxes

    /// Clears and frames an area in the middle of the screen. Returns the area inside.
    func dialogFrame(_ title: String, columns: Int, rows: Int, into buffer: inout CellBuffer) -> Rect {
        let rect = Rect(
            column: (buffer.size.columns - columns) / 2, row: max(0, (buffer.size.rows - rows) / 2),
            columns: columns, rows: rows)
        cover(rect, into: &buffer)
        targets.add(.dialog, rect)
        buffer.frame(rect, title: title, style: theme.style(.accent), titleStyle: theme.style(.title, .bold))
        return rect.inset()
    }

    /// Draws a centred box of wrapped lines with buttons below them.
    private func box(
        _ title: String, _ lines: [String], _ buttons: [DialogButton], into buffer: inout CellBuffer
    ) {
        let columns = min(64, buffer.size.columns - 4)
        var wrapped = lines.flatMap { wrap($0, columns: columns - 4) }
        let buttonRows = buttonLines(buttons, columns: columns - 4)
        let rows = min(wrapped.count + buttonRows + 3, buffer.size.rows - 2)
        // If space is short, cut the text and keep the buttons.
        let room = max(0, rows - buttonRows - 2)
        if wrapped.count > room { wrapped.removeSubrange(room...) }
        let inside = dialogFrame(title, columns: columns, rows: rows, into: &buffer)
        write(
            wrapped.map { ($0, .text) },
            in: Rect(
                column: inside.column + 1, row: inside.row, columns: inside.columns - 2, rows: inside.rows),
            into: &buffer)
        drawButtons(
            buttons, column: inside.column + 1, row: inside.row + inside.rows - buttonRows,
            columns: inside.columns - 2, into: &buffer)
    }

    private func width(_ button: DialogButton) -> Int {
        displayWidth(button.label) + (button.word.isEmpty ? 0 : 1 + displayWidth(button.word))
    }

    /// Returns the number of rows that the buttons need.
    func buttonLines(_ buttons: [DialogButton], columns: Int) -> Int {
        var (rows, used) = (1, 0)
        for button in buttons {
            if used > 0, used + width(button) > columns { (rows, used) = (rows + 1, 0) }
            used += width(button) + (button.word.isEmpty ? 1 : 3)
        }
        return rows
    }

    /// Draws the keys of a dialog as buttons, each a mouse target.
    func drawButtons(
        _ buttons: [DialogButton], column: Int, row: Int, columns: Int, into buffer: inout CellBuffer
    ) {
        var (x, y) = (0, row)
        for button in buttons {
            if x > 0, x + width(button) > columns { (x, y) = (0, y + 1) }
            let start = column + x
            var end =
                x
                + buffer.write(
                    button.label, column: start, row: y, style: theme.style(.text, .bold),
                    maxColumns: columns - x)
            if !button.word.isEmpty {
                end +=
                    1
                    + buffer.write(
                        button.word, column: column + end + 1, row: y, style: theme.style(.dim),
                        maxColumns: max(0, columns - end - 1))
            }
            targets.add(.press(button.key), Rect(column: start, row: y, columns: end - x, rows: 1))
            x = end + (button.word.isEmpty ? 1 : 3)
        }
    }

    /// Draws a list of bindings in a box. In the palette, one of them is chosen and stays visible.
    private func drawBindings(
        _ lines: [HelpLine], _ title: String, _ query: TextField, from top: Int, chosen: Int?,
        _ state: DashboardState,
        into buffer: inout CellBuffer
    ) {
        let columns = min(132, max(buffer.size.columns * 2 / 3, 96), buffer.size.columns - 4)
        let rows = min(max(lines.count, state.keys.bindings.count) + 3, buffer.size.rows - 2)
        let inside = dialogFrame(title, columns: columns, rows: rows, into: &buffer)
        drawQuery(query, state, in: inside, into: &buffer)
        let list = Rect(
            column: inside.column, row: inside.row + 1, columns: inside.columns, rows: inside.rows - 1)
        if lines.isEmpty {
            buffer.write(
                state.strings[.noKeyDoesThat], column: list.column + 1, row: list.row,
                style: theme.style(.dim),
                maxColumns: list.columns - 1)
        }
        let wanted = chosen == nil ? top : top - list.rows / 2
        let first = max(0, min(wanted, lines.count - list.rows))
        for (offset, line) in lines.dropFirst(first).prefix(list.rows).enumerated() {
            let row = list.row + offset
            let isChosen = first + offset == chosen
            if chosen != nil {
                targets.add(
                    .row(first + offset), Rect(column: list.column, row: row, columns: list.columns, rows: 1))
            }
            switch line {
            case .heading(let text):
                buffer.write(
                    fit(text, columns: list.columns - 2), column: list.column + 1, row: row,
                    style: theme.style(.title, [.bold, .underline]))
            case .binding(let binding, let obstacle):
                draw(
                    binding, obstacle, isChosen: isChosen, isCommand: chosen != nil, state,
                    in: Rect(column: list.column, row: row, columns: list.columns, rows: 1), into: &buffer)
            }
        }
    }

    /// Draws a binding's keys, its description, and what stands in its way. A command is carried
    /// out from any screen, so there its place is no obstacle.
    private func draw(
        _ binding: KeyBinding, _ note: String?, isChosen: Bool, isCommand: Bool, _ state: DashboardState,
        in line: Rect,
        into buffer: inout CellBuffer
    ) {
        let off = isCommand && !binding.works(on: state.screen) ? nil : binding.disabled(state)
        if isChosen {
            buffer.write("▸", column: line.column, row: line.row, style: theme.style(.accent, .bold))
        }
        buffer.write(
            binding.keys.map(\.label).joined(separator: " "), column: line.column + 1, row: line.row,
            style: theme.style(.accent, .bold), maxColumns: 14)
        let used = buffer.write(
            binding.describe(state.strings), column: line.column + 16, row: line.row,
            style: theme.style(off == nil ? .text : .dim, isChosen ? .bold : []),
            maxColumns: line.columns - 16)
        let room = line.columns - 18 - used
        guard let note, room > 4 else { return }
        buffer.write(
            fit("– \(note)", columns: room), column: line.column + 17 + used, row: line.row,
            style: theme.style(.dim, .italic))
    }

    /// Draws a dialog's filter in its first line.
    func drawQuery(
        _ query: TextField, _ state: DashboardState, in inside: Rect, into buffer: inout CellBuffer
    ) {
        let label = state.strings[.filter] + " "
        let used = buffer.write(
            label, column: inside.column + 1, row: inside.row, style: theme.style(.dim),
            maxColumns: inside.columns - 1)
        draw(
            query, isFocused: true,
            in: Rect(
                column: inside.column + 1 + used, row: inside.row,
                columns: min(40, inside.columns - used - 2), rows: 1),
            into: &buffer)
    }

    /// Draws the runs that can be shown behind the charts.
    private func drawRuns(
        _ query: TextField, _ chosen: Int, _ state: DashboardState, into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let found = state.comparableRuns(query.text)
        let columns = min(90, buffer.size.columns - 4)
        let rows = min(max(found.count, 3) + 4, buffer.size.rows - 2)
        let inside = dialogFrame(strings[.runsTitle], columns: columns, rows: rows, into: &buffer)
        drawQuery(query, state, in: inside, into: &buffer)
        let list = Rect(
            column: inside.column, row: inside.row + 1, columns: inside.columns, rows: inside.rows - 2)
        if found.isEmpty {
            let text = strings[state.charts.runs == nil ? .runsLoading : .runsNone]
            buffer.write(
                text, column: list.column + 1, row: list.row, style: theme.style(.dim),
                maxColumns: list.columns - 1)
        }
        let first = max(0, min(chosen - list.rows / 2, found.count - list.rows))
        for (offset, run) in found.dropFirst(first).prefix(list.rows).enumerated() {
            let row = list.row + offset
            let isChosen = first + offset == chosen
            targets.add(
                .row(first + offset), Rect(column: list.column, row: row, columns: list.columns, rows: 1))
            if isChosen {
                buffer.write("▸", column: list.column, row: row, style: theme.style(.accent, .bold))
            }
            let best = run.bestValidationAccuracy.map { strings(.bestAccuracy, $0.short) } ?? ""
            let isShown = state.charts.showsGhost(run.run) ? " · " + strings[.shownNow] : ""
            buffer.write(
                "\(run.run)  \(strings[run.status.phrase]) · \(strings(.epochsDone, run.epochsDone, run.epochs)) · \(best)\(isShown) · \(run.data)",
                column: list.column + 1, row: row, style: theme.style(.text, isChosen ? .bold : []),
                maxColumns: list.columns - 1)
        }
        drawButtons(
            [
                (
                    "enter", .enter,
                    strings[
                        found.indices.contains(chosen) && state.charts.showsGhost(found[chosen].run)
                            ? .buttonHide : .buttonShow]
                ),
                ("esc", .escape, strings[.buttonLeave]),
            ], column: inside.column + 1, row: inside.row + inside.rows - 1, columns: inside.columns - 2,
            into: &buffer)
    }
}

extension RunStatus {
    var phrase: Phrase {
        switch self {
        case .running: .statusTraining
        case .finished: .statusFinished
        case .stopped: .statusStopped
        case .interrupted: .endInterrupted
        case .failed: .statusFailed
        }
    }
}

extension Double {
    /// An epoch position as counted from 1: `2, 41 % done`.
    fileprivate func epochText(_ strings: Strings) -> String {
        let whole = Int(nearest: rounded(.down))
        let percent = Int(nearest: (self - Double(whole)) * 100)
        return percent == 0 ? strings(.epochsBehind, whole) : strings(.epochAndPercent, whole + 1, percent)
    }
}
