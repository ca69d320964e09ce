import Canvas
import Dashboard
import Foundation
import Photos
import Phrases
import Plots
import Themes

/// Statistics of the photos: class balance, dimensions, file sizes and formats.
extension DashboardView {
    func drawStatistics(
        _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let (strings, statistics) = (state.strings, state.data.statistics)
        let title = strings(.statisticsTitle, (statistics?.photos ?? dataset.photos.count).grouped)
        let inside = dataPanel(title, state, in: rect, into: &buffer)
        let isWide = inside.columns >= 70
        let left = Rect(
            column: inside.column, row: inside.row, columns: isWide ? inside.columns / 2 - 1 : inside.columns,
            rows: isWide ? inside.rows : inside.rows / 2)
        drawBalance(state, dataset, in: left, into: &buffer)
        let right =
            isWide
            ? Rect(
                column: left.column + left.columns + 2, row: inside.row,
                columns: inside.columns - left.columns - 2, rows: inside.rows)
            : Rect(
                column: inside.column, row: inside.row + left.rows, columns: inside.columns,
                rows: inside.rows - left.rows)
        guard let statistics else {
            let progress =
                state.data.counting.map { strings(.countingOf, $0.done.grouped, $0.total.grouped) }
                ?? strings[.counting]
            let lines: [(String, Theme.Role)] =
                dataset.path.isEmpty
                ? [(strings[.photosInNoFolder], .dim)]
                : state.data.countingProblem.map { [($0, .bad)] } ?? [(progress, .dim)]
            return drawEmpty(lines, in: right, into: &buffer)
        }
        draw(statistics, strings, in: right, into: &buffer)
    }

    /// Draws a bar for each class: its training photos, then its validation photos.
    private func drawBalance(
        _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let (counts, training) = (dataset.classCounts, dataset.trainingClassCounts)
        let most = max(1, counts.max() ?? 1)
        var facts: [String] = []
        if let least = counts.filter({ $0 > 0 }).min(), most > least {
            facts.append(strings(.statisticsImbalance, String(format: "%.1f", Double(most) / Double(least))))
        }
        if let statistics = state.data.statistics {
            if statistics.unreadable > 0 {
                facts.append(strings(.statisticsUnreadable, statistics.unreadable.grouped))
            }
            if statistics.excluded > 0 {
                facts.append(strings(.statisticsExcluded, statistics.excluded.grouped))
            }
        }
        if !dataset.skipped.isEmpty { facts.append(strings(.skipped, dataset.skipped.count.grouped)) }
        let notes = wrap(facts.joined(separator: " · "), columns: rect.columns)
        let rows = max(0, rect.rows - 1 - notes.count)
        var column = rect.column
        for (text, role) in [
            ("█ " + strings(.balanceTraining, dataset.count(.training).grouped), Theme.Role.train),
            ("▒ " + strings(.balanceValidation, dataset.count(.validation).grouped), .validation),
        ] {
            column +=
                2
                + buffer.write(
                    text, column: column, row: rect.row, style: theme.style(role),
                    maxColumns: max(0, rect.column + rect.columns - column))
        }
        let nameColumns = min(max(6, rect.columns / 3), dataset.classes.map { displayWidth($0) }.max() ?? 0)
        let numbers = zip(training, counts).map { "\($0.grouped) + \(($1 - $0).grouped)" }
        let numberColumns = numbers.map(\.count).max() ?? 0
        let barColumns = max(0, rect.columns - nameColumns - numberColumns - 2)
        let first = max(0, min(state.data.classTop, dataset.classes.count - rows))
        // Leave a blank row between classes if there is room.
        let step = dataset.classes.count * 2 <= rows ? 2 : 1
        for (offset, label) in dataset.classes.indices.dropFirst(first).prefix(rows / step).enumerated() {
            let row = rect.row + 1 + offset * step
            targets.add(
                .photoClass(label), Rect(column: rect.column, row: row, columns: rect.columns, rows: 1))
            buffer.write(
                fit(dataset.classes[label], columns: nameColumns), column: rect.column, row: row,
                style: theme.style(.text))
            func columns(_ count: Int) -> Int {
                Int((Double(count) / Double(most) * Double(barColumns)).rounded())
            }
            let (trained, whole) = (columns(training[label]), columns(counts[label]))
            let start = rect.column + nameColumns + 1
            buffer.write(
                String(repeating: "█", count: trained), column: start, row: row, style: theme.style(.train))
            buffer.write(
                String(repeating: "▒", count: max(0, whole - trained)), column: start + trained, row: row,
                style: theme.style(.validation))
            buffer.write(
                numbers[label], endingAt: rect.column + rect.columns, row: row, style: theme.style(.text))
        }
        write(
            notes.map { ($0, .dim) },
            in: Rect(
                column: rect.column, row: rect.row + rect.rows - notes.count, columns: rect.columns,
                rows: notes.count), into: &buffer)
        let hidden = dataset.classes.count - first - rows / step
        if hidden > 0, rows > 0 {
            buffer.write(
                " \(strings(.moreClasses, hidden.grouped)) ", endingAt: rect.column + rect.columns,
                row: rect.row, style: theme.style(.accent))
        }
    }

    private func draw(
        _ statistics: DataStatistics, _ strings: Strings, in rect: Rect, into buffer: inout CellBuffer
    ) {
        func list(_ counts: [String: Int]) -> String {
            counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                "\($0.value.grouped) \($0.key.replacing("_", with: " "))"
            }
            .joined(separator: ", ")
        }
        let notes = [
            (statistics.formats, Phrase.statisticsFormats), (statistics.colorModes, .statisticsColors),
        ]
        .filter { !$0.0.isEmpty }.flatMap { wrap(strings($0.1, list($0.0)), columns: rect.columns) }
        let plots = Rect(
            column: rect.column, row: rect.row, columns: rect.columns, rows: max(0, rect.rows - notes.count))
        let histograms: [(Phrase, Histogram, (Double) -> String)] = [
            (.histogramWidth, statistics.widths, { Int($0.rounded()).grouped }),
            (.histogramHeight, statistics.heights, { Int($0.rounded()).grouped }),
            (.histogramAspect, statistics.aspects, { String(format: "%.2f", $0) }),
            (.histogramBytes, statistics.bytes, { Int($0.rounded()).byteText }),
        ]
        // With little room, the first histograms take precedence.
        let count = max(1, min(histograms.count, plots.rows / 4))
        for (place, item) in zip(grid(plots, columns: 1, count: count), histograms) {
            draw(item.1, strings[item.0], item.2, strings, in: place, into: &buffer)
        }
        write(
            notes.map { ($0, .dim) },
            in: Rect(
                column: rect.column, row: plots.row + plots.rows, columns: rect.columns, rows: notes.count),
            into: &buffer)
    }

    /// Draws a histogram: its title and median above, its range below.
    private func draw(
        _ histogram: Histogram, _ title: String, _ text: (Double) -> String, _ strings: Strings,
        in rect: Rect, into buffer: inout CellBuffer
    ) {
        guard let least = histogram.least, let median = histogram.median, let greatest = histogram.greatest,
            rect.rows >= 3
        else { return }
        let used = buffer.write(
            title, column: rect.column, row: rect.row, style: theme.style(.title, .bold),
            maxColumns: rect.columns)
        buffer.write(
            strings(.histogramMedian, text(median)), column: rect.column + used + 2, row: rect.row,
            style: theme.style(.dim),
            maxColumns: max(0, rect.columns - used - 2))
        let rows = min(8, rect.rows - (rect.rows >= 4 ? 3 : 2))
        let width = max(1, min(4, rect.columns / max(1, histogram.bins.count)))
        drawColumns(
            histogram.bins.map(\.count), width: width, rows: rows, column: rect.column, row: rect.row + 1,
            role: .train, into: &buffer)
        let axis = rect.row + 1 + rows
        let end = rect.column + min(rect.columns, width * histogram.bins.count)
        if least == greatest {
            buffer.write(
                strings(.histogramAll, text(least)), column: rect.column, row: axis, style: theme.style(.dim),
                maxColumns: rect.columns)
        } else {
            let left = buffer.write(text(least), column: rect.column, row: axis, style: theme.style(.dim))
            buffer.write(
                text(greatest), column: max(rect.column + left + 1, end - displayWidth(text(greatest))),
                row: axis, style: theme.style(.dim))
        }
    }

    /// Draws columns in steps of an eighth of a cell; a count above 0 is always visible.
    func drawColumns(
        _ counts: [Int], width: Int, rows: Int, column: Int, row: Int, role: Theme.Role,
        into buffer: inout CellBuffer
    ) {
        let most = max(1, counts.max() ?? 1)
        for (index, count) in counts.enumerated() where count > 0 {
            let eighths = max(1, Int((Double(count) / Double(most) * Double(rows * 8)).rounded()))
            for level in 0..<rows where eighths > level * 8 {
                let glyph = Sparkline.text([Double(min(8, eighths - level * 8)) / 8 - 0.01], columns: 1)
                for offset in 0..<width {
                    buffer[column + index * width + offset, row + rows - 1 - level] = Cell(
                        glyph, style: theme.style(role))
                }
            }
        }
    }
}
