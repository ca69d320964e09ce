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
        let shown = state.shownLayers
        let count =
            shown.count == context.layers.count
            ? "\(shown.count)" : strings(.partOf, shown.count, context.layers.count)
        let inside = panel(
            filtered(
                strings(
                    .modelTitle, context.recipe.architecture.title, count, total.grouped,
                    context.recipe.basePrecision.rawValue), state),
            in: rect, into: &buffer)
        let columns = LayerColumn.fitting(context.layers, columns: inside.columns - 1, strings)
        var heading = inside.column + 1
        for (column, width) in columns {
            let title = fit(column.title.map { strings[$0] } ?? "#", columns: width - 1)
            let shift = column.isNumber ? width - 1 - displayWidth(title) : 0
            buffer.write(
                title, column: heading + shift, row: inside.row, style: theme.style(.dim, .underline))
            heading += width
        }
        let rows = inside.rows - 4
        guard rows > 0 else { return }
        if shown.isEmpty {
            buffer.write(
                strings[.nothingMatches], column: inside.column + 1, row: inside.row + 1,
                style: theme.style(.dim))
        }
        let most = context.layers.map(\.parameters).max() ?? 0
        let first = max(0, min(state.model.top, shown.count - rows))
        for (offset, index) in shown.dropFirst(first).prefix(rows).enumerated() {
            let (layer, row) = (context.layers[index], inside.row + 1 + offset)
            targets.add(
                .row(index), Rect(column: inside.column, row: row, columns: inside.columns, rows: 1))
            let trains = state.stage?.fineTuneAt.map { layer.index >= $0 } ?? false
            let isChosen = layer.index == state.model.chosen
            var style = theme.style(isChosen ? .accent : trains ? .good : .dim)
            let isCursor = layer.index == state.model.cursor
            if isCursor {
                style.attributes.insert(.reverse)
                buffer.fill(
                    Rect(column: inside.column, row: row, columns: inside.columns, rows: 1),
                    Cell(" ", style: style))
            }
            var column = inside.column + 1
            for (kind, width) in columns {
                let text = fit(
                    text(kind, layer, trains: trains, isChosen: isChosen, most: most, width, state),
                    columns: kind == .state ? width : width - 1)
                let shift = kind.isNumber ? width - 1 - displayWidth(text) : 0
                // Drawings in reverse would be read the wrong way round.
                let isDrawing = kind == .share || kind == .course
                buffer.write(
                    text, column: column + shift, row: row,
                    style: isDrawing ? theme.style(isChosen ? .accent : trains ? .good : .dim) : style)
                column += width
            }
        }
        let bottom = inside.row + inside.rows - 2
        // The head has no row; its norms stand below the table.
        let isListed = columns.contains { $0.0 == .ratio }
        drawNorms(
            of: isListed ? context.layers.count : state.model.cursor, state, row: bottom - 1, in: inside,
            into: &buffer)
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

    /// A column's text for a layer.
    private func text(
        _ column: LayerColumn, _ layer: LayerSummary, trains: Bool, isChosen: Bool, most: Int, _ width: Int,
        _ state: DashboardState
    ) -> String {
        let norms = state.model.history.norms[layer.index]
        func value(_ number: Float?) -> String { number.map { String(format: "%.2e", $0) } ?? "" }
        switch column {
        case .number: return "\(layer.index)"
        case .name: return layer.name
        case .kind: return layer.kind
        case .output: return layer.outputShape.map(String.init).joined(separator: "×")
        case .parameters: return layer.parameters.grouped
        case .share:
            guard layer.parameters > 0, most > 0 else { return "" }
            // An eighth at least, so that every layer with parameters has a bar.
            let fraction = max(1 / Double(8 * (width - 1)), Double(layer.parameters) / Double(most))
            return Bar.text(fraction, columns: width - 1)
        case .weights: return value(norms?.weightNorm)
        case .gradient: return value(norms?.gradientNorm)
        case .ratio: return value(norms?.updateRatio)
        // The curve spans ratios from 1e-6 to 0.1; 1e-3 is healthy.
        case .course:
            return Sparkline.text(
                state.model.history.curve(layer.index), in: -6 ... -1, columns: width - 1)
        case .state:
            let strings = state.strings
            let word =
                trains
                ? "● " + strings[layer.trainableParameters > 0 ? .layerTrains : .layerOpen]
                : "○ " + strings[.layerFrozen]
            guard isChosen else { return word }
            let key = state.keys.label(.unfreeze)
            let whole = word + " ◀ " + strings(.unfreezesHere, key)
            return displayWidth(whole) <= width ? whole : word + " ◀ " + key
        }
    }

    /// Draws a layer's weight norm, gradient norm and update ratio, and the ratio's recent course.
    private func drawNorms(
        of layer: Int, _ state: DashboardState, row: Int, in inside: Rect, into buffer: inout CellBuffer
    ) {
        guard let norms = state.model.history.norms[layer] else { return }
        func value(_ number: Float?) -> String { number.map { String(format: "%.2e", $0) } ?? "–" }
        let text = state.strings(
            .layerNorms, state.name(ofLayer: layer), value(norms.weightNorm), value(norms.gradientNorm),
            value(norms.updateRatio))
        let used = buffer.write(
            text, column: inside.column + 1, row: row, style: theme.style(.text),
            maxColumns: inside.columns - 1)
        // The curve spans ratios from 1e-6 to 0.1; 1e-3 is healthy.
        let line = Sparkline.text(
            state.model.history.curve(layer), in: -6 ... -1, columns: inside.columns - used - 3)
        buffer.write(line, column: inside.column + used + 2, row: row, style: theme.style(.train))
    }
}

/// A column of the list of layers.
enum LayerColumn: CaseIterable {
    case number, name, kind, output, parameters, share, weights, gradient, ratio, course, state

    var title: Phrase? {
        switch self {
        case .number: nil
        case .name: .columnLayer
        case .kind: .columnKind
        case .output: .columnOutput
        case .parameters: .columnParameters
        case .share: .columnShare
        case .weights: .columnWeights
        case .gradient: .columnGradient
        case .ratio: .columnRatio
        case .course: .columnRatios
        case .state: .columnState
        }
    }

    /// Whether its texts end at one column.
    var isNumber: Bool {
        switch self {
        case .parameters, .weights, .gradient, .ratio, .output: true
        case .number, .name, .kind, .share, .course, .state: false
        }
    }

    /// The columns that fit, in their order on the screen, with their widths. The rest of the row
    /// goes to the last.
    static func fitting(_ layers: [LayerSummary], columns: Int, _ strings: Strings) -> [(LayerColumn, Int)] {
        func longest(_ texts: [String]) -> Int { (texts.map { displayWidth($0) }.max() ?? 0) + 2 }
        let name = min(longest(layers.map(\.name)), max(12, columns / 3))
        func width(_ column: LayerColumn) -> Int {
            let least = column.title.map { displayWidth(strings[$0]) + 2 } ?? 0
            switch column {
            case .number: return 5
            case .name: return max(least, name)
            case .kind: return max(least, longest(layers.map(\.kind)))
            case .output: return max(least, 13)
            case .parameters: return max(least, 11)
            case .share, .course: return max(least, columns >= 170 ? 18 : 10)
            case .weights, .gradient, .ratio: return max(least, 10)
            case .state: return max(least, 13)
            }
        }
        // The columns that cannot be missed come first.
        let wanted: [LayerColumn] = [
            .number, .name, .state, .weights, .gradient, .ratio, .share, .parameters, .course, .output, .kind,
        ]
        var (chosen, used): (Set<LayerColumn>, Int) = ([], 0)
        for column in wanted where used + width(column) <= columns {
            chosen.insert(column)
            used += width(column)
        }
        return allCases.filter(chosen.contains).map { column in
            (column, width(column) + (column == .state ? columns - used : 0))
        }
    }
}
