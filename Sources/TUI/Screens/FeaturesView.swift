import Canvas
import Dashboard
import Keys
import Photos
import Phrases
import Recipes
import Themes
import Training

/// The validation photos in the plane of their features: photos that look alike to the network lie
/// close together.
extension DashboardView {
    /// Signs of the classes; with more classes than signs, the colours differ.
    private static let signs = ["●", "▲", "■", "◆", "★", "▼", "◉"]
    private static let roles: [Theme.Role] = [
        .train, .validation, .accent, .warning, .good, .title, .mark, .batch,
    ]

    func drawFeatures(
        _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let (strings, plane, shown) = (state.strings, state.predictions.plane, state.predictions.shown)
        var parts = countTitle(state)
        if plane.projection != nil, plane.epoch != state.predictions.onScreen?.epoch {
            parts.append(strings(.featuresTitle, plane.epoch))
        }
        if let spread = plane.projection?.explained {
            parts.append(strings(.featuresSpread, spread.percentText))
        }
        let inside = predictionPanel(parts, state, in: rect, into: &buffer)
        guard !shown.isEmpty else {
            return drawEmpty([(noPredictions(state), .dim)], in: inside, into: &buffer)
        }
        guard plane.projection != nil else {
            return drawEmpty([progress(plane, state)], in: inside, into: &buffer)
        }
        let legend = legend(dataset.classes, columns: inside.columns - 2, strings)
        let legendRows = min(legend.count, max(0, inside.rows - 8))
        let sideColumns = inside.columns >= 90 && inside.rows >= 12 ? inside.columns * 3 / 10 : 0
        let textRows = sideColumns > 0 ? 0 : 2
        let plot = Rect(
            column: inside.column + 1, row: inside.row + legendRows,
            columns: inside.columns - 2 - sideColumns, rows: inside.rows - legendRows - textRows)
        for (row, line) in legend.prefix(legendRows).enumerated() {
            var column = inside.column + 1
            for (text, role) in line {
                column +=
                    2 + buffer.write(text, column: column, row: inside.row + row, style: theme.style(role))
            }
        }
        drawPoints(state, in: plot, into: &buffer)
        guard shown.indices.contains(state.predictions.cursor) else { return }
        let side = Rect(
            column: inside.column + inside.columns - sideColumns, row: inside.row + legendRows,
            columns: max(0, sideColumns - 1), rows: inside.rows - legendRows)
        let below = Rect(
            column: inside.column + 1, row: inside.row + inside.rows - textRows, columns: inside.columns - 2,
            rows: textRows)
        drawChosen(shown[state.predictions.cursor], state, dataset, side: side, below: below, into: &buffer)
    }

    private func progress(_ plane: FeaturePlane, _ state: DashboardState) -> (String, Theme.Role) {
        let strings = state.strings
        if let problem = plane.problem {
            return (strings(.featuresFailed, problem, state.keys.label(.refresh)), .warning)
        }
        guard let progress = plane.progress else { return (strings[.featuresCome], .dim) }
        return (strings(.featuresProgress, progress.done.grouped, progress.total.grouped), .dim)
    }

    private func sign(_ label: Int) -> (text: String, role: Theme.Role) {
        // Letters where there are no other signs.
        let text =
            theme.isASCII
            ? String(UnicodeScalar(UInt8(97 + label % 26))) : Self.signs[label % Self.signs.count]
        return (text, Self.roles[label % Self.roles.count])
    }

    /// The classes' signs and the mistakes', in lines of at most `columns`.
    private func legend(_ classes: [String], columns: Int, _ strings: Strings) -> [[(String, Theme.Role)]] {
        let entries =
            classes.indices.map { label in
                let sign = sign(label)
                return ("\(sign.text) \(classes[label])", sign.role)
            } + [("✗ " + strings[.featuresMistake], Theme.Role.bad)]
        var (lines, used): ([[(String, Theme.Role)]], Int) = ([[]], 0)
        for entry in entries {
            let width = displayWidth(entry.0) + 2
            if used > 0, used + width > columns {
                lines.append([])
                used = 0
            }
            lines[lines.count - 1].append(entry)
            used += width
        }
        return lines
    }

    /// Draws a sign for each photo; where several share a cell, mistakes and the chosen one win.
    private func drawPoints(_ state: DashboardState, in plot: Rect, into buffer: inout CellBuffer) {
        guard plot.columns > 0, plot.rows > 0 else { return }
        let (shown, cursor) = (state.predictions.shown, state.predictions.cursor)
        func isLater(_ a: Int, _ b: Int) -> Bool {
            (a == cursor ? 2 : shown[a].isCorrect ? 0 : 1, a) < (
                b == cursor ? 2 : shown[b].isCorrect ? 0 : 1, b
            )
        }
        for index in shown.indices.sorted(by: isLater) {
            let prediction = shown[index]
            guard let place = state.predictions.plane.place(prediction.photo) else { continue }
            let column = plot.column + Int((place.x * Double(plot.columns - 1)).rounded())
            let row = plot.row + Int(((1 - place.y) * Double(plot.rows - 1)).rounded())
            let sign = sign(prediction.label)
            let style = theme.style(
                sign.role, index == cursor ? [.bold, .reverse] : prediction.isCorrect ? [] : .bold)
            buffer[column, row] = Cell(prediction.isCorrect ? sign.text : "✗", style: style)
            targets.add(.photo(index), Rect(column: column, row: row, columns: 1, rows: 1))
        }
    }

    /// Draws the chosen photo beside the plane, or its description below it.
    private func drawChosen(
        _ prediction: Prediction, _ state: DashboardState, _ dataset: DatasetSummary, side: Rect, below: Rect,
        into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let role: Theme.Role = prediction.isCorrect ? .good : .bad
        let sign = prediction.isCorrect ? "✓" : "✗"
        let file = dataset.photos[prediction.photo].file.text
        let verdict =
            "\(sign) \(dataset.classes[prediction.predicted]) \(Double(prediction.confidence).percentText)"
        let truth = strings(.trueClass, dataset.classes[prediction.label])
        let help = strings(.featuresHelp, state.keys.label(.open))
        guard side.columns > 0 else {
            let used = buffer.write(
                "\(verdict) · \(truth)", column: below.column, row: below.row,
                style: theme.style(role, .bold),
                maxColumns: below.columns)
            buffer.write(
                fit(" · " + file, columns: below.columns - used), column: below.column + used, row: below.row,
                style: theme.style(.dim))
            buffer.write(
                help, column: below.column, row: below.row + 1, style: theme.style(.dim),
                maxColumns: below.columns)
            return
        }
        let place = drawPhoto(
            prediction.photo, dataset,
            in: Rect(
                column: side.column, row: side.row, columns: side.columns, rows: max(1, side.rows - 8)),
            into: &buffer)
        let lines: [(String, Theme.Role)] =
            [(verdict, role), (truth, .text)]
            + wrap(file, columns: side.columns).prefix(2).map { ($0, .dim) }
            + wrap(help, columns: side.columns).map { ($0, .dim) }
        let top = place.row + place.rows
        write(
            lines,
            in: Rect(
                column: side.column, row: top, columns: side.columns,
                rows: min(lines.count, side.row + side.rows - top)), into: &buffer)
    }
}
