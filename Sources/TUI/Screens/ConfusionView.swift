import Canvas
import Dashboard
import Foundation
import Keys
import Photos
import Phrases
import Plots
import Runs
import Themes

extension DashboardView {
    /// Draws the confusion matrix as a heat map, with the metrics of each class.
    func drawConfusion(
        _ inspection: PredictionInspection, _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        let (strings, matrix) = (state.strings, inspection.matrix)
        let reference = state.reference
        var title = strings(.confusionTitle, inspection.epoch)
        if let reference { title += " · " + reference.name }
        let inside = panel(title, in: rect, into: &buffer)
        drawViewTabs(state, beside: title, in: rect, into: &buffer)
        guard matrix.classes > 0, inside.rows > 4 else { return }
        let difference = reference.flatMap { ConfusionDifference(from: $0.matrix, to: matrix) }
        let metricRows = min(matrix.classes, max(1, inside.rows - 4))
        let isWide = inside.columns >= 100
        let tableColumns = isWide ? min(58, inside.columns / 2) : inside.columns
        // On narrow screens the table stands below the map, with as many classes as fit.
        let belowRows = isWide ? 0 : min(metricRows, max(0, inside.rows - matrix.classes - 6)) + 1
        let map = Rect(
            column: inside.column, row: inside.row,
            columns: isWide ? inside.columns - tableColumns - 2 : inside.columns,
            rows: inside.rows - 2 - (belowRows > 1 ? belowRows : 0))
        drawMap(matrix, difference, state, dataset.classes, in: map, into: &buffer)
        let table =
            isWide
            ? Rect(
                column: inside.column + map.columns + 2, row: inside.row, columns: tableColumns,
                rows: inside.rows - 2)
            : Rect(
                column: inside.column, row: inside.row + map.rows, columns: inside.columns, rows: belowRows)
        if isWide || belowRows > 1 {
            drawMetrics(matrix, difference, state, dataset.classes, in: table, into: &buffer)
        }
        drawChosenCell(
            matrix, difference, state, dataset.classes, row: inside.row + inside.rows - 2, in: inside,
            into: &buffer)
    }

    private func drawMap(
        _ matrix: ConfusionMatrix, _ difference: ConfusionDifference?, _ state: DashboardState,
        _ classes: [String],
        in rect: Rect, into buffer: inout CellBuffer
    ) {
        let nameColumns = min(14, max(6, rect.columns / 6))
        let cellColumns = max(6, min(13, (rect.columns - nameColumns - 1) / matrix.classes))
        // If not all classes fit, show a window around the chosen cell.
        let shownColumns = max(1, min(matrix.classes, (rect.columns - nameColumns - 1) / cellColumns))
        let cellRows = max(1, min(3, (rect.rows - 2) / matrix.classes))
        let shownRows = max(1, min(matrix.classes, (rect.rows - 2) / cellRows))
        func window(_ chosen: Int, _ shown: Int) -> Int {
            max(0, min(chosen - shown / 2, matrix.classes - shown))
        }
        let (firstRow, firstColumn) = (
            window(state.predictions.settings.label, shownRows),
            window(state.predictions.settings.predicted, shownColumns)
        )
        buffer.write(
            state.strings[.confusionAxes], column: rect.column + 1, row: rect.row, style: theme.style(.dim),
            maxColumns: rect.columns - 1)
        for offset in 0..<shownColumns {
            let name = fit(classes[firstColumn + offset], columns: cellColumns - 1)
            buffer.write(
                name, endingAt: rect.column + nameColumns + 1 + (offset + 1) * cellColumns - 1,
                row: rect.row + 1,
                style: theme.style(
                    firstColumn + offset == state.predictions.settings.predicted ? .accent : .dim))
        }
        for row in 0..<shownRows {
            let label = firstRow + row
            let top = rect.row + 2 + row * cellRows
            guard top + cellRows <= rect.row + rect.rows else { break }
            buffer.write(
                fit(classes[label], columns: nameColumns), column: rect.column + 1,
                row: top + (cellRows - 1) / 2,
                style: theme.style(label == state.predictions.settings.label ? .accent : .text))
            for offset in 0..<shownColumns {
                let predicted = firstColumn + offset
                let cell = Rect(
                    column: rect.column + nameColumns + 1 + offset * cellColumns, row: top,
                    columns: cellColumns, rows: cellRows)
                targets.add(.confusion(label: label, predicted: predicted), cell)
                let style = confusionStyle(
                    matrix, difference, label, predicted,
                    isChosen: (label, predicted) == (
                        state.predictions.settings.label, state.predictions.settings.predicted
                    ))
                buffer.fill(cell, Cell(" ", style: style))
                let (count, share) = Self.texts(matrix, difference, label, predicted)
                let lines =
                    cellRows > 1
                    ? [count, share] : [cellColumns >= 10 && !share.isEmpty ? "\(count) \(share)" : count]
                for (line, text) in lines.enumerated() {
                    buffer.write(
                        text, endingAt: cell.column + cell.columns - 1, row: top + line, style: style)
                }
            }
        }
    }

    /// Returns a cell's style: the diagonal in the good colour and errors in the bad one, deeper
    /// with the cell's share of its true class; compared with a reference, improvements in the good
    /// colour and deteriorations in the bad one, deeper with the change.
    private func confusionStyle(
        _ matrix: ConfusionMatrix, _ difference: ConfusionDifference?, _ label: Int, _ predicted: Int,
        isChosen: Bool
    ) -> Style {
        let isDiagonal = label == predicted
        var role: Theme.Role = isDiagonal ? .good : .bad
        var depth = matrix.share(label, predicted) ?? 0
        if let difference {
            let change = difference.share(label, predicted) ?? 0
            // More on the diagonal is an improvement, more beside it a deterioration.
            role = (change > 0) == isDiagonal ? .good : .bad
            depth = min(1, abs(change) * 4)
        }
        var style = theme.style(depth > 0 ? .text : .dim, isDiagonal ? .bold : [])
        if depth > 0, let color = theme.heat(role, depth) {
            (style.background, style.foreground) = (color, theme.ink(on: color))
        }
        if isChosen { style.attributes.formUnion([.reverse, .bold]) }
        return style
    }

    private static func texts(
        _ matrix: ConfusionMatrix, _ difference: ConfusionDifference?, _ label: Int, _ predicted: Int
    ) -> (count: String, share: String) {
        if let difference {
            let change = difference.count(label, predicted)
            if change == 0 { return ("·", "") }
            let share =
                difference.share(label, predicted).map { ($0 > 0 ? "+" : "") + $0.percentText } ?? ""
            return ((change > 0 ? "+" : "") + "\(change)", share)
        }
        let count = matrix.count(label, predicted)
        return count == 0
            ? ("·", "") : (count.grouped, matrix.share(label, predicted).map(\.percentText) ?? "")
    }

    /// Draws precision, recall, F1 and support of each class, and F1 over the epochs.
    private func drawMetrics(
        _ matrix: ConfusionMatrix, _ difference: ConfusionDifference?, _ state: DashboardState,
        _ classes: [String], in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let nameColumns = min(14, max(6, rect.columns / 4))
        let number = 10
        func at(_ index: Int) -> Int { rect.column + nameColumns + (index + 1) * number }
        let after = at(3) + 1
        let room = rect.column + rect.columns - after
        for (index, title) in [Phrase.columnPrecision, .columnRecall, .columnF1, .columnSupport].enumerated()
        {
            buffer.write(
                fit(strings[title], columns: number - 1), endingAt: at(index), row: rect.row,
                style: theme.style(.dim, .underline))
        }
        if room >= 4 {
            buffer.write(
                fit(strings[difference == nil ? .columnOverEpochs : .columnChange], columns: room),
                column: after, row: rect.row, style: theme.style(.dim))
        }
        func value(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }
        func line(_ name: String, _ metrics: ConfusionMatrix.ClassMetrics, _ row: Int, _ style: Style) {
            buffer.write(fit(name, columns: nameColumns), column: rect.column, row: row, style: style)
            let texts = [
                value(metrics.precision), value(metrics.recall), value(metrics.f1), metrics.support.grouped,
            ]
            for (index, text) in texts.enumerated() {
                buffer.write(text, endingAt: at(index), row: row, style: style)
            }
        }
        let averages = rect.rows >= matrix.classes + 4 ? 2 : 0
        let shown = min(matrix.classes, max(0, rect.rows - 1 - averages))
        let first = max(0, min(state.predictions.settings.label - shown / 2, matrix.classes - shown))
        for offset in 0..<shown {
            let (label, row) = (first + offset, rect.row + 1 + offset)
            targets.add(
                .confusion(label: label, predicted: label),
                Rect(column: rect.column, row: row, columns: rect.columns, rows: 1))
            let metrics = matrix.metrics(label)
            line(
                classes[label], metrics, row,
                theme.style(label == state.predictions.settings.label ? .accent : .text))
            guard room >= 4 else { continue }
            if let difference {
                let change = difference.f1(label)
                let text = change.map { String(format: "%+.3f", $0) } ?? "–"
                buffer.write(
                    text, column: after, row: row, style: theme.style((change ?? 0) < 0 ? .bad : .good),
                    maxColumns: room)
            } else {
                let curve = state.predictions.history.series(of: label, \.f1)
                let text =
                    curve.count > 1
                    ? Sparkline.text(curve, columns: room) : Bar.text(metrics.f1 ?? 0, columns: room)
                buffer.write(text, column: after, row: row, style: theme.style(.validation))
            }
        }
        guard averages > 0 else { return }
        let row = rect.row + shown + 2
        line(strings[.macroAverage], matrix.macroAverage, row, theme.style(.dim))
        line(strings[.weightedAverage], matrix.weightedAverage, row + 1, theme.style(.dim))
    }

    private func drawChosenCell(
        _ matrix: ConfusionMatrix, _ difference: ConfusionDifference?, _ state: DashboardState,
        _ classes: [String], row: Int,
        in inside: Rect, into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let (label, predicted) = (state.predictions.settings.label, state.predictions.settings.predicted)
        guard classes.indices.contains(label), classes.indices.contains(predicted) else { return }
        let count = matrix.count(label, predicted)
        let share = matrix.share(label, predicted).map { Int(($0 * 100).rounded()) } ?? 0
        let text =
            label == predicted
            ? strings(.cellRight, count.grouped, matrix.support(label).grouped, classes[label], share)
            : strings(
                .cellWrong, count.grouped, matrix.support(label).grouped, classes[label], share,
                classes[predicted])
        buffer.write(
            text, column: inside.column + 1, row: row, style: theme.style(.text, .bold),
            maxColumns: inside.columns - 2)
        let accuracy = matrix.accuracy.map { String(format: "%.3f", $0) } ?? "–"
        let change = difference?.accuracy.map { String(format: " (%+.3f)", $0) } ?? ""
        let help = strings(
            .confusionHelp, accuracy + change, state.keys.label(.open),
            state.keys.label(.prediction(.nextReference)))
        buffer.write(
            help, column: inside.column + 1, row: row + 1, style: theme.style(.dim),
            maxColumns: inside.columns - 2)
    }
}
