import Core
import Plots

extension DashboardView {
    func draw(_ dialog: Dialog, _ state: DashboardState, into buffer: inout CellBuffer) {
        switch dialog {
        case .help(let scroll, let query):
            let title = query.isEmpty ? "keys · type to search · esc closes" : "keys · \(query)▏ · esc closes"
            drawBindings(KeyTable.search(query), title, from: scroll, chosen: nil, state, into: &buffer)
        case .palette(let query, let chosen):
            drawBindings(
                KeyTable.search(query), "command: \(query)▏ · ↑ ↓ choose · enter does it · esc leaves", from: chosen, chosen: chosen,
                state, into: &buffer)
        case .prediction(let index): drawPrediction(index, state, into: &buffer)
        case .quit:
            let what: String =
                switch state.status {
                case .finished, .stopped, .failed: "The run has ended; everything is saved."
                case .preparing: "Nothing has been trained yet; there is nothing to save."
                case .training, .paused, .validating:
                    "Saves run \(state.context?.run ?? "") after this batch (epoch \(state.position.epochText)), to be resumed with flowers-tui --run \(state.context?.run ?? "")."
                }
            box("quit?", [what, "", "enter quits · esc stays"], into: &buffer)
        case .finishStage:
            let next =
                state.stage?.stage == .head
                ? "This stage ends after the current batch: a validation pass, then fine-tuning from layer \(state.context?.configuration.fineTuneAt ?? 100)."
                : "This stage ends after the current batch: a validation pass, then the final evaluation."
            box("finish this stage?", [next, "", "enter finishes · esc goes on"], into: &buffer)
        case .unfreeze(let layer):
            let name = state.context?.layers[layer].name ?? ""
            box(
                "unfreeze?",
                [
                    "Layers from \(layer) (\(name)) on train, with a fresh Adam:",
                    "\(state.trainableParameters(from: layer).grouped) parameters instead of \((state.stage?.trainableParameters ?? 0).grouped).",
                    state.unfreezingAdvice,
                    state.stage?.stage == .head ? "Stage 1 ends after the current batch." : "Fine-tuning goes on with the new boundary.",
                    "", "↑ ↓ another layer · enter unfreezes · esc leaves it",
                ], into: &buffer)
        case .learningRate(let text, let problem):
            box(
                "learning rate",
                ["now \(state.learningRate.rateText); new: \(text)▏", problem ?? "", "enter applies · esc leaves it"],
                warning: problem != nil ? 1 : nil, into: &buffer)
        }
    }

    /// A centred box of wrapped lines.
    private func box(_ title: String, _ lines: [String], warning: Int? = nil, into buffer: inout CellBuffer) {
        let columns = min(64, buffer.size.columns - 4)
        var wrapped: [(String, Theme.Role)] = []
        for (index, line) in lines.enumerated() {
            let role: Theme.Role = index == warning ? .warning : index == lines.count - 1 ? .dim : .text
            let parts = wrap(line, columns: columns - 4)
            wrapped += parts.isEmpty ? [("", role)] : parts.map { ($0, role) }
        }
        let rows = min(wrapped.count + 2, buffer.size.rows - 2)
        // The last line says which keys there are; it is never the one that has no room.
        if wrapped.count > rows - 2, rows > 3 { wrapped.removeSubrange(rows - 3..<wrapped.count - 1) }
        let rect = Rect(
            column: (buffer.size.columns - columns) / 2, row: (buffer.size.rows - rows) / 2, columns: columns, rows: rows)
        buffer.fill(rect, Cell(" ", style: theme.style(.text)))
        let inside = panel(title, in: rect, into: &buffer)
        write(
            wrapped, in: Rect(column: inside.column + 1, row: inside.row, columns: inside.columns - 2, rows: inside.rows),
            into: &buffer)
    }

    /// A list of bindings in a box; in the palette one of them is chosen and stays in sight.
    private func drawBindings(
        _ bindings: [KeyBinding], _ title: String, from top: Int, chosen: Int?, _ state: DashboardState,
        into buffer: inout CellBuffer
    ) {
        let columns = min(92, buffer.size.columns - 4)
        let rows = min(KeyTable.bindings.count + 2, buffer.size.rows - 2)
        let rect = Rect(
            column: (buffer.size.columns - columns) / 2, row: (buffer.size.rows - rows) / 2, columns: columns, rows: rows)
        buffer.fill(rect, Cell(" ", style: theme.style(.text)))
        let inside = panel(title, in: rect, into: &buffer)
        if bindings.isEmpty {
            buffer.write(
                "No key does that.", column: inside.column + 1, row: inside.row, style: theme.style(.dim),
                maxColumns: inside.columns - 1)
        }
        let wanted = chosen == nil ? top : top - inside.rows / 2
        let first = max(0, min(wanted, bindings.count - inside.rows))
        for (offset, binding) in bindings.dropFirst(first).prefix(inside.rows).enumerated() {
            let row = inside.row + offset
            let off = binding.works(on: state.screen) ? binding.disabled(state) : nil
            let isChosen = first + offset == chosen
            if isChosen { buffer.write("▸", column: inside.column, row: row, style: theme.style(.accent, .bold)) }
            buffer.write(
                binding.keys.map(\.label).joined(separator: " "), column: inside.column + 1, row: row,
                style: theme.style(.accent, .bold), maxColumns: 12)
            let used = buffer.write(
                binding.description, column: inside.column + 14, row: row,
                style: theme.style(off == nil ? .text : .dim, isChosen ? .bold : []), maxColumns: inside.columns - 14)
            if let off {
                buffer.write(
                    "– \(off)", column: inside.column + 15 + used, row: row, style: theme.style(.dim, .italic),
                    maxColumns: inside.columns - 16 - used)
            }
        }
    }
}

extension Double {
    /// A position on the epoch axis as people count: `2, 41 % done`.
    fileprivate var epochText: String {
        let whole = Int(self)
        let percent = Int(((self - Double(whole)) * 100).rounded())
        return percent == 0 ? "\(whole) done" : "\(whole + 1), \(percent) % done"
    }
}
