import Core
import Plots

extension DashboardView {
    func drawModel(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        guard let context = state.context else { return drawWaiting(state, "model", in: rect, into: &buffer) }
        let total = context.layers.reduce(context.headParameters) { $0 + $1.parameters }
        let inside = panel("MobileNetV2 · \(context.layers.count) layers · \(total.grouped) parameters", in: rect, into: &buffer)
        let boundary = state.stage?.fineTuneAt
        let wide = inside.columns >= 90
        let nameWidth = wide ? 30 : 26

        func row(_ cells: [String], _ row: Int, _ style: Style) {
            let widths = wide ? [5, nameWidth, 20, 12, 12] : [5, nameWidth, 0, 11, 10]
            var column = inside.column + 1
            for (cell, width) in zip(cells, widths) where width > 0 {
                let isNumber = cell.first?.isNumber ?? false
                let text = fit(cell, columns: width - 1)
                let shift = isNumber && width != 5 ? width - 1 - displayWidth(text) : 0
                buffer.write(text, column: column + shift, row: row, style: style)
                column += width
            }
            buffer.write(cells[5], column: column + 1, row: row, style: style, maxColumns: inside.columns - (column - inside.column) - 1)
        }

        row(["#", "layer", "kind", "output", "parameters", "state"], inside.row, theme.style(.dim, .underline))
        let rows = inside.rows - 3
        guard rows > 0 else { return }
        let first = max(0, min(state.layerCursor - rows / 2, context.layers.count - rows))
        for (offset, layer) in context.layers.dropFirst(first).prefix(rows).enumerated() {
            let trains = boundary.map { layer.index >= $0 } ?? false
            let isCursor = layer.index == state.layerCursor
            let isChosen = layer.index == state.chosenLayer
            var word = trains ? (layer.trainableParameters > 0 ? "● trains" : "● open") : "○ frozen"
            if isChosen { word += " ◀ u unfreezes from here" }
            var style = theme.style(trains ? .good : .dim)
            if isChosen { style = theme.style(.accent) }
            if isCursor { style.attributes.insert(.reverse) }
            row(
                [
                    "\(layer.index)", layer.name, layer.kind, layer.outputShape.map(String.init).joined(separator: "×"),
                    layer.parameters.grouped, word,
                ], inside.row + 1 + offset, style)
        }
        let bottom = inside.row + inside.rows - 2
        buffer.write(
            "head: global average pooling, dropout, dense \(context.dataset.classes.count) · \(context.headParameters.grouped) parameters · trains",
            column: inside.column + 1, row: bottom, style: theme.style(.good), maxColumns: inside.columns - 1)
        let now = state.stage?.trainableParameters ?? context.headParameters
        buffer.write(
            "trainable now \(now.grouped) · from layer \(state.layerCursor): \(state.trainableParameters(from: state.layerCursor).grouped) · enter chooses, u applies",
            column: inside.column + 1, row: bottom + 1, style: theme.style(.text), maxColumns: inside.columns - 1)
    }
}
