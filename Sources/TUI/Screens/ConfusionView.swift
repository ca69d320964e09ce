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
        let difference = reference.flatMap { ConfusionDifference(from: $0.matrix, to: matrix) }
        let share = Proportion(
            hits: (0..<matrix.classes).reduce(0) { $0 + matrix.count($1, $1) }, of: matrix.total)
        let accuracy = share.value.map { String(format: "%.3f", $0) } ?? "–"
        let change = difference?.accuracy.map { String(format: " (%+.3f)", $0) } ?? ""
        let inside = predictionPanel(
            [strings(.confusionTitle, state.epochText)] + (reference.map { [$0.name] } ?? [])
                + [strings(.accuracyIs, accuracy + change)] + (share.bounds.map { ["95 % \($0)"] } ?? []),
            state, in: rect, into: &buffer)
        guard matrix.classes > 0, inside.rows > 4 else { return }
        let isWide = inside.columns >= 100
        let tableColumns = isWide ? min(72, inside.columns / 2) : inside.columns
        let body = inside.rows - 2
        // On narrow screens the table stands below the map, with as many classes as fit.
        let below = isWide ? 0 : min(matrix.classes + 1, max(0, body - matrix.classes - 3))
        let belowRows = below > 1 ? below : 0
        let map = Rect(
            column: inside.column, row: inside.row,
            columns: isWide ? inside.columns - tableColumns - 2 : inside.columns, rows: body - belowRows)
        drawMap(matrix, difference, state, dataset.classes, in: map, into: &buffer)
        if isWide || belowRows > 0 {
            let table =
                isWide
                ? Rect(
                    column: inside.column + map.columns + 2, row: inside.row, columns: tableColumns,
                    rows: body)
                : Rect(
                    column: inside.column + 1, row: inside.row + map.rows, columns: inside.columns - 2,
                    rows: belowRows)
            drawMetrics(matrix, difference, state, dataset.classes, in: table, into: &buffer)
        }
        let lines = Rect(
            column: inside.column + 1, row: inside.row + body, columns: inside.columns - 2, rows: 2)
        drawChosenCell(matrix, state, dataset.classes, in: lines, into: &buffer)
        if isWide || belowRows > 0 {
            let help = strings(
                .confusionHelp, state.keys.label(.open), state.keys.label(.prediction(.nextReference)))
            buffer.write(
                help, column: lines.column, row: lines.row + 1, style: theme.style(.dim),
                maxColumns: lines.columns)
        } else {
            drawChosenClass(matrix, state, dataset.classes, row: lines.row + 1, in: lines, into: &buffer)
        }
    }

    /// Places of the map's parts.
    private struct MapLayout {
        let names: Int
        let cellColumns: Int
        let cellRows: Int
        /// Rows for the names of the columns, which are staggered if they are wider than a cell.
        let headings: Int
        let shownRows: Int
        let shownColumns: Int

        init(_ classes: [String], in rect: Rect) {
            let longest = classes.map { displayWidth($0) }.max() ?? 1
            let count = classes.count
            names = min(longest, max(6, rect.columns / 3))
            let room = max(1, rect.columns - names - 2)
            cellColumns = max(6, min(26, room / count))
            shownColumns = max(1, min(count, room / cellColumns))
            let staggered = (longest + 1 + cellColumns - 1) / cellColumns
            headings = max(1, min(staggered, 3, rect.rows - 1 - count))
            let body = max(1, rect.rows - 1 - headings)
            // A little higher than wide at most, for cells are about twice as high as wide.
            cellRows = max(1, min(max(1, cellColumns * 2 / 3), body / count))
            shownRows = max(1, min(count, body / cellRows))
        }
    }

    private func drawMap(
        _ matrix: ConfusionMatrix, _ difference: ConfusionDifference?, _ state: DashboardState,
        _ classes: [String], in rect: Rect, into buffer: inout CellBuffer
    ) {
        let layout = MapLayout(classes, in: rect)
        let settings = state.predictions.settings
        // If not all classes fit, show a window around the chosen cell.
        func window(_ chosen: Int, _ shown: Int) -> Int {
            max(0, min(chosen - shown / 2, matrix.classes - shown))
        }
        let firstRow = window(settings.label, layout.shownRows)
        let firstColumn = window(settings.predicted, layout.shownColumns)
        // Below the map if there is room, else beside the names of the axes.
        let mapRows = 1 + layout.headings + layout.shownRows * layout.cellRows
        buffer.write(
            state.strings[.confusionAxes], column: rect.column + 1, row: rect.row, style: theme.style(.dim),
            maxColumns: rect.columns - 2)
        let isBelow = mapRows < rect.rows
        let axes = isBelow ? 0 : displayWidth(state.strings[.confusionAxes]) + 2
        drawScale(
            difference != nil, state.strings,
            in: Rect(
                column: rect.column + 1 + axes, row: isBelow ? rect.row + mapRows : rect.row,
                columns: rect.columns - 2 - axes, rows: 1), into: &buffer)
        let left = rect.column + 1 + layout.names + 1
        var ends = Array(repeating: rect.column, count: layout.headings)
        for offset in 0..<layout.shownColumns {
            let heading = offset % layout.headings
            let columns = layout.cellColumns * layout.headings - 1
            let name = fit(classes[firstColumn + offset], columns: columns)
            let middle = left + offset * layout.cellColumns + layout.cellColumns / 2
            let right = rect.column + rect.columns
            // At the right edge a name moves to the left, but not over the one before.
            let start = max(
                ends[heading], min(middle - displayWidth(name) / 2, right - displayWidth(name)))
            let used = buffer.write(
                name, column: start, row: rect.row + 1 + heading,
                style: theme.style(firstColumn + offset == settings.predicted ? .accent : .dim),
                maxColumns: max(0, right - start))
            ends[heading] = start + used + 1
        }
        for row in 0..<layout.shownRows {
            let label = firstRow + row
            let top = rect.row + 1 + layout.headings + row * layout.cellRows
            guard top + layout.cellRows <= rect.row + rect.rows else { break }
            buffer.write(
                fit(classes[label], columns: layout.names), column: rect.column + 1,
                row: top + (layout.cellRows - 1) / 2,
                style: theme.style(label == settings.label ? .accent : .text))
            for offset in 0..<layout.shownColumns {
                let predicted = firstColumn + offset
                let cell = Rect(
                    column: left + offset * layout.cellColumns, row: top, columns: layout.cellColumns,
                    rows: layout.cellRows)
                targets.add(.confusion(label: label, predicted: predicted), cell)
                let style = confusionStyle(
                    matrix, difference, label, predicted,
                    isChosen: (label, predicted) == (settings.label, settings.predicted))
                buffer.fill(cell, Cell(" ", style: style))
                let (count, share) = Self.texts(matrix, difference, label, predicted)
                let both = share.isEmpty ? count : "\(count) \(share)"
                let lines =
                    layout.cellRows > 2
                    ? [count, share] : [displayWidth(both) < layout.cellColumns ? both : count]
                for (line, text) in lines.enumerated() {
                    buffer.write(
                        text, column: cell.column + (cell.columns - displayWidth(text)) / 2,
                        row: top + max(0, (layout.cellRows - lines.count) / 2) + line, style: style)
                }
            }
        }
    }

    /// Draws the colours of the map with their values, as much of it as fits.
    private func drawScale(
        _ isDifference: Bool, _ strings: Strings, in rect: Rect, into buffer: inout CellBuffer
    ) {
        var entries: [(text: String, style: Style)] = []
        if isDifference {
            entries = [
                (strings[.confusionWorse], scaleStyle(.bad, 1)),
                (strings[.confusionBetter], scaleStyle(.good, 1)),
            ]
        } else if theme.heat(.train, 1) != nil {
            entries = [0.02, 0.1, 0.3, 0.6, 1].map { ($0.percentText, scaleStyle(.train, $0)) }
        }
        let width = entries.reduce(0) { $0 + displayWidth($1.text) + 2 }
        let share = strings[.confusionScale] + " "
        guard width > 0, rect.columns >= width else { return }
        var column = rect.column + rect.columns - width
        if !isDifference, rect.columns >= width + displayWidth(share) {
            buffer.write(
                share, column: column - displayWidth(share), row: rect.row, style: theme.style(.dim))
        }
        for entry in entries {
            column += buffer.write(" \(entry.text) ", column: column, row: rect.row, style: entry.style)
        }
    }

    /// Returns a cell's style: deeper with its share of the true class; compared with a reference,
    /// improvements in the good colour and deteriorations in the bad one, deeper with the change.
    private func confusionStyle(
        _ matrix: ConfusionMatrix, _ difference: ConfusionDifference?, _ label: Int, _ predicted: Int,
        isChosen: Bool
    ) -> Style {
        let isDiagonal = label == predicted
        var style: Style
        if let difference {
            let change = difference.share(label, predicted) ?? 0
            // More on the diagonal is an improvement, more beside it a deterioration.
            style = scaleStyle((change > 0) == isDiagonal ? .good : .bad, abs(change))
        } else {
            style = scaleStyle(.train, matrix.share(label, predicted) ?? 0)
        }
        if isDiagonal { style.attributes.insert(.bold) }
        if isChosen { style = theme.style(.accent, [.reverse, .bold]) }
        return style
    }

    /// The colour of a share, 0…1. Its depth grows with the root, so that small shares differ: 18 %
    /// is three times as deep as 2 %.
    private func scaleStyle(_ role: Theme.Role, _ share: Double) -> Style {
        guard share > 0, let ground = theme.heat(role, share) else {
            return theme.style(share > 0 ? .text : .dim)
        }
        var style = theme.style(.text)
        (style.background, style.foreground) = (ground, theme.ink(on: ground))
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

    /// Draws precision, recall, F1 and support of each class, and F1 over the epochs. On a narrow
    /// screen F1 and its course come before the rest.
    private func drawMetrics(
        _ matrix: ConfusionMatrix, _ difference: ConfusionDifference?, _ state: DashboardState,
        _ classes: [String], in rect: Rect, into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let names = min(classes.map { displayWidth($0) }.max() ?? 1, max(6, rect.columns / 3))
        let all: [(title: Phrase, value: (ConfusionMatrix.ClassMetrics) -> String)] = [
            (.columnPrecision, { Self.metric($0.precision) }), (.columnRecall, { Self.metric($0.recall) }),
            (.columnF1, { Self.metric($0.f1) }), (.columnSupport, { $0.support.grouped }),
        ]
        func width(_ phrase: Phrase) -> Int { max(7, displayWidth(strings[phrase]) + 2) }
        let leastCourse = 8
        let needed = all.reduce(names + leastCourse) { $0 + width($1.title) }
        let columns = needed <= rect.columns ? all : [all[2]]
        var ends: [Int] = []
        for column in columns { ends.append((ends.last ?? rect.column + names) + width(column.title)) }
        let after = (ends.last ?? rect.column) + 2
        let room = max(0, rect.column + rect.columns - after)
        for (column, end) in zip(columns, ends) {
            buffer.write(
                strings[column.title], endingAt: end, row: rect.row, style: theme.style(.dim, .underline))
        }
        buffer.write(
            fit(strings[difference == nil ? .columnOverEpochs : .columnChange], columns: room), column: after,
            row: rect.row, style: theme.style(.dim))
        func line(_ name: String, _ metrics: ConfusionMatrix.ClassMetrics, _ row: Int, _ style: Style) {
            buffer.write(fit(name, columns: names), column: rect.column, row: row, style: style)
            for (column, end) in zip(columns, ends) {
                buffer.write(column.value(metrics), endingAt: end, row: row, style: style)
            }
        }
        let averages = rect.rows >= matrix.classes + 4 ? 2 : 0
        let shown = min(matrix.classes, max(0, rect.rows - 1 - averages))
        let first = max(0, min(state.predictions.settings.label - shown / 2, matrix.classes - shown))
        let courses = (0..<matrix.classes).map { state.predictions.history.series(of: $0, \.f1) }
        let range = Self.range(of: courses)
        for label in first..<first + shown {
            let row = rect.row + 1 + label - first
            targets.add(
                .confusion(label: label, predicted: label),
                Rect(column: rect.column, row: row, columns: rect.columns, rows: 1))
            line(
                classes[label], matrix.metrics(label), row,
                theme.style(label == state.predictions.settings.label ? .accent : .text))
            if let difference {
                let change = difference.f1(label)
                let text = change.map { String(format: "%+.3f", $0) } ?? "–"
                buffer.write(
                    text, column: after, row: row, style: theme.style((change ?? 0) < 0 ? .bad : .good),
                    maxColumns: room)
            } else {
                buffer.write(
                    Self.course(courses[label], in: range, columns: room), column: after, row: row,
                    style: theme.style(.validation))
            }
        }
        guard averages > 0 else { return }
        let row = rect.row + shown + 2
        line(strings[.macroAverage], matrix.macroAverage, row, theme.style(.dim))
        line(strings[.weightedAverage], matrix.weightedAverage, row + 1, theme.style(.dim))
    }

    private static func metric(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }

    /// The range of F1 that all classes' curves share: from below the least to 1, so that they can
    /// be compared and their steps seen.
    private static func range(of courses: [[Double?]]) -> ClosedRange<Double> {
        let least = courses.joined().compactMap { $0 }.min() ?? 0
        return min(0.9, (least * 10).rounded(.down) / 10)...1
    }

    /// A curve over the epochs, thinned to `columns` if there are more.
    private static func course(_ values: [Double?], in range: ClosedRange<Double>, columns: Int) -> String {
        guard columns > 0 else { return "" }
        let shown =
            values.count <= columns
            ? values : (0..<columns).map { values[$0 * (values.count - 1) / max(1, columns - 1)] }
        return Sparkline.text(shown, in: range, columns: columns)
    }

    private func drawChosenCell(
        _ matrix: ConfusionMatrix, _ state: DashboardState, _ classes: [String], in rect: Rect,
        into buffer: inout CellBuffer
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
            text, column: rect.column, row: rect.row, style: theme.style(.text, .bold),
            maxColumns: rect.columns)
    }

    /// Draws the chosen class's F1 over the epochs, where there is no room for the table.
    private func drawChosenClass(
        _ matrix: ConfusionMatrix, _ state: DashboardState, _ classes: [String], row: Int, in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        let label = state.predictions.settings.label
        guard classes.indices.contains(label) else { return }
        let epochs = state.predictions.history.epochs.map(\.epoch)
        let course = state.predictions.history.series(of: label, \.f1)
        let text = state.strings(
            .f1OverEpochs, classes[label], Self.metric(matrix.metrics(label).f1), epochs.first ?? 0,
            epochs.last ?? 0)
        let used = buffer.write(
            text, column: rect.column, row: row, style: theme.style(.dim), maxColumns: rect.columns)
        buffer.write(
            Self.course(course, in: Self.range(of: [course]), columns: rect.columns - used - 1),
            column: rect.column + used + 1, row: row, style: theme.style(.validation))
    }
}

extension Proportion {
    /// The bounds of the 95 % interval in little room, such as `.77–.86`.
    var bounds: String? {
        func short(_ share: Double) -> String {
            let text = String(format: "%.2f", share)
            return text.hasPrefix("0") ? String(text.dropFirst()) : text
        }
        return interval.map { "\(short($0.lowerBound))–\(short($0.upperBound))" }
    }
}
