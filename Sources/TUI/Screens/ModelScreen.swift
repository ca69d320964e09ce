import Canvas
import Dashboard
import Foundation
import Keys
import Network
import Photos
import Phrases
import Plots
import Recipes
import Themes
import Training

extension DashboardView {
    func drawModel(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        guard let context = state.context else {
            return drawWaiting(state, state.strings[.screenModel], in: rect, into: &buffer)
        }
        let strings = state.strings
        let total = context.layers.reduce(context.headParameters) { $0 + $1.parameters }
        let inside = panel(
            filtered(strings(.modelTitle, context.layers.count, total.grouped), state), in: rect,
            into: &buffer)
        let boundary = state.stage?.fineTuneAt
        let wide = inside.columns >= 90
        let nameWidth = wide ? 30 : 26

        func row(_ cells: [String], _ row: Int, _ style: Style) {
            let widths = wide ? [5, nameWidth, 20, 12, 12] : [5, nameWidth, 0, 11, 11]
            var column = inside.column + 1
            for (cell, width) in zip(cells, widths) where width > 0 {
                let isNumber = cell.first?.isNumber ?? false
                let text = fit(cell, columns: width - 1)
                let shift = isNumber && width != 5 ? width - 1 - displayWidth(text) : 0
                buffer.write(text, column: column + shift, row: row, style: style)
                column += width
            }
            buffer.write(
                cells[5], column: column + 1, row: row, style: style,
                maxColumns: inside.columns - (column - inside.column) - 1)
        }

        row(
            [
                "#", strings[.columnLayer], strings[.columnKind], strings[.columnOutput],
                strings[.columnParameters], strings[.columnState],
            ],
            inside.row, theme.style(.dim, .underline))
        let rows = inside.rows - 4
        guard rows > 0 else { return }
        let shown = state.shownLayers
        if shown.isEmpty {
            buffer.write(
                strings[.nothingMatches], column: inside.column + 1, row: inside.row + 1,
                style: theme.style(.dim))
        }
        let first = max(0, min(state.model.top, shown.count - rows))
        for (offset, index) in shown.dropFirst(first).prefix(rows).enumerated() {
            let layer = context.layers[index]
            targets.add(
                .row(index),
                Rect(column: inside.column, row: inside.row + 1 + offset, columns: inside.columns, rows: 1))
            let trains = boundary.map { layer.index >= $0 } ?? false
            let isCursor = layer.index == state.model.cursor
            let isChosen = layer.index == state.model.chosen
            var word =
                trains
                ? "● " + strings[layer.trainableParameters > 0 ? .layerTrains : .layerOpen]
                : "○ " + strings[.layerFrozen]
            if isChosen {
                let key = state.keys.label(.unfreeze)
                word += " ◀ " + (wide ? strings(.unfreezesHere, key) : key)
            }
            var style = theme.style(trains ? .good : .dim)
            if isChosen { style = theme.style(.accent) }
            if isCursor { style.attributes.insert(.reverse) }
            row(
                [
                    "\(layer.index)", layer.name, layer.kind,
                    layer.outputShape.map(String.init).joined(separator: "×"),
                    layer.parameters.grouped, word,
                ], inside.row + 1 + offset, style)
        }
        let bottom = inside.row + inside.rows - 2
        drawNorms(of: state.model.cursor, state, row: bottom - 1, in: inside, into: &buffer)
        buffer.write(
            strings(.headSummary, context.dataset.classes.count, context.headParameters.grouped),
            column: inside.column + 1, row: bottom, style: theme.style(.good), maxColumns: inside.columns - 1)
        let now = state.stage?.trainableParameters ?? context.headParameters
        buffer.write(
            strings(
                .trainableFrom, now.grouped, state.model.cursor,
                state.trainableParameters(from: state.model.cursor).grouped,
                state.keys.label(.unfreeze)),
            column: inside.column + 1, row: bottom + 1, style: theme.style(.text),
            maxColumns: inside.columns - 1)
    }

    /// Draws a layer's weight norm, gradient norm and update ratio, and the ratio's recent course.
    private func drawNorms(
        of layer: Int, _ state: DashboardState, row: Int, in inside: Rect, into buffer: inout CellBuffer
    ) {
        guard let norms = state.model.history.norms[layer] else { return }
        func value(_ number: Float?) -> String { number.map { String(format: "%.2e", $0) } ?? "–" }
        let text = state.strings(
            .layerNorms, layer, value(norms.weightNorm), value(norms.gradientNorm), value(norms.updateRatio))
        let used = buffer.write(
            text, column: inside.column + 1, row: row, style: theme.style(.text),
            maxColumns: inside.columns - 1)
        // The curve spans ratios from 1e-6 to 0.1; 1e-3 is healthy.
        let line = Sparkline.text(
            state.model.history.curve(layer), in: -6 ... -1, columns: inside.columns - used - 3)
        buffer.write(line, column: inside.column + used + 2, row: row, style: theme.style(.train))
    }
}
