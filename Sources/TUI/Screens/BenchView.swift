import Basics
import Canvas
import Dashboard
import Foundation
import Keys
import Photos
import Phrases
import Plots
import Themes
import Training

/// The augmentation bench: a photo, the operations, and views with their random transforms.
extension DashboardView {
    func drawBench(
        _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let number =
            state.data.shown.isEmpty
            ? "" : strings(.photoNumber, (state.data.cursor + 1).grouped, state.data.shown.count.grouped)
        let inside = dataPanel(number, state, in: rect, into: &buffer)
        guard let photo = state.chosenPhoto else {
            return drawEmpty(
                [(strings[dataset.photos.isEmpty ? .noPhotos : .noPhotosMatch], .dim)], in: inside,
                into: &buffer)
        }
        let leftColumns = min(44, max(20, inside.columns * 2 / 5))
        let left = Rect(column: inside.column, row: inside.row, columns: leftColumns, rows: inside.rows)
        drawControls(photo, state, dataset, in: left, into: &buffer)
        drawViews(
            photo, state, dataset,
            in: Rect(
                column: inside.column + leftColumns + 1, row: inside.row,
                columns: inside.columns - leftColumns - 1, rows: inside.rows),
            into: &buffer)
    }

    /// Rows below which a photo shows little.
    private static let smallPhoto = 5

    /// Draws the photo, a summary of its tensor, the operations, and whether they match the run's.
    private func drawControls(
        _ photo: Int, _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        let (strings, keys) = (state.strings, state.keys)
        let operations = AugmentationBench.Operation.allCases
        let differs = state.benchStrength != state.runStrength
        let verdict =
            differs
            ? strings(.benchDiffers, keys.label(.data(.apply)), keys.label(.data(.reset)))
            : strings[.benchIsRun]
        let help = strings(
            .benchHelp, keys.label(.data(.smaller)), keys.label(.data(.larger)),
            keys.label(.data(.switchOperation)), keys.label(.refresh))
        var below: [(String, Theme.Role)] = wrap(verdict, columns: rect.columns).map {
            ($0, differs ? .warning : .good)
        }
        below += wrap(help, columns: rect.columns).map { ($0, .dim) }
        var above: [(String, Theme.Role)] = [(dataset.photos[photo].file.text, .accent)]
        let views = state.data.bench.views?.request.photo == photo ? state.data.bench.views?.views : nil
        if let own = views?.first {
            above += wrap(words(own.summary, strings), columns: rect.columns).map { ($0, .text) }
        }
        let rest = rect.rows - operations.count - below.count - 2
        // The tensor's summary gives way to the photo; the dialog of the tensor has it too.
        if rest - above.count < Self.smallPhoto { above = [above[0]] }
        let photoRows = min(rect.columns / 2, rest - above.count)
        var row = rect.row
        if photoRows >= 3 {
            let room = Rect(column: rect.column, row: row, columns: rect.columns, rows: photoRows)
            drawPhoto(photo, dataset, in: room, into: &buffer)
            targets.add(.benchView(0), room)
            row += photoRows
        }
        for (index, line) in above.enumerated() where photoRows >= 3 || index == 0 {
            buffer.write(
                line.0, column: rect.column, row: row, style: theme.style(line.1), maxColumns: rect.columns)
            row += 1
        }
        row += photoRows >= 0 ? 1 : 0
        for operation in operations where row < rect.row + rect.rows {
            draw(
                operation, state, in: Rect(column: rect.column, row: row, columns: rect.columns, rows: 1),
                into: &buffer)
            row += 1
        }
        row += photoRows >= 0 ? 1 : 0
        write(
            below,
            in: Rect(
                column: rect.column, row: row, columns: rect.columns, rows: max(0, rect.row + rect.rows - row)
            ), into: &buffer)
    }

    private func draw(
        _ operation: AugmentationBench.Operation, _ state: DashboardState, in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        let (strings, amount) = (state.strings, state.amount(of: operation))
        let isChosen = state.data.bench.operation == operation
        targets.add(.operation(operation), rect)
        let text: String =
            switch (operation, amount > 0) {
            case (_, false): strings[.off]
            case (.flips, true): strings[.on]
            case (.rotation, true): "±" + amount.degreesText
            case (.zoom, true), (.color, true): "±\(amount.percentText)"
            case (.crop, true): "≥\((1 - amount).percentText)"
            case (.mixup, true), (.cutmix, true): amount.short
            case (.randAugment, true):
                "\(state.benchStrength.randAugment?.operations ?? 0)×\(Int((amount * 100).rounded()))"
            }
        let titleColumns = min(
            rect.columns - 8,
            AugmentationBench.Operation.allCases.map { displayWidth(strings[$0.title]) }.max() ?? 0)
        let style = theme.style(isChosen ? .accent : amount > 0 ? .text : .dim, isChosen ? .bold : [])
        buffer.write(
            (isChosen ? "▸" : " ") + fit(strings[operation.title], columns: titleColumns),
            column: rect.column, row: rect.row, style: style)
        buffer.write(text, column: rect.column + titleColumns + 2, row: rect.row, style: style, maxColumns: 6)
        let barColumns = rect.columns - titleColumns - 9
        guard barColumns >= 4, operation != .flips else { return }
        buffer.write(
            Bar.text(amount / DashboardState.most(of: operation), columns: min(20, barColumns), empty: "░"),
            column: rect.column + titleColumns + 9,
            row: rect.row, style: style)
    }

    /// Draws as many views as fit, each with its random transform below it.
    private func drawViews(
        _ photo: Int, _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        guard let views = state.data.bench.views, views.request.photo == photo, views.views.count > 1 else {
            return drawEmpty([(strings[.mapComes], .dim)], in: rect, into: &buffer)
        }
        let lines = views.request.strength.mixes ? 2 : 1
        let columns = max(1, min(4, rect.columns / 15))
        let rows = max(1, min(3, rect.rows / max(4, (rect.columns / columns - 1) / 2 + lines)))
        let cells = thumbnailGrid(rect, columns: columns, count: min(AugmentedViews.count, columns * rows))
        for (index, cell) in cells.enumerated() where views.views.indices.contains(index + 1) {
            let view = views.views[index + 1]
            let place = drawPicture(
                photo,
                view: AugmentedView(
                    variant: views.request.seed &* 1024 &+ UInt64(index), strength: views.request.strength),
                overlay: .tensor,
                in: Rect(
                    column: cell.column, row: cell.row, columns: cell.columns - 1,
                    rows: max(1, cell.rows - lines)
                ), into: &buffer
            ) { view.image }
            targets.add(.benchView(index + 1), cell)
            guard let draw = view.draw else { continue }
            let texts = [words(draw, strings)] + (words(draw.mixed, dataset).map { [$0] } ?? [])
            let first = min(place.row + place.rows, cell.row + cell.rows - lines)
            for (line, text) in texts.enumerated() {
                buffer.write(
                    fit(text, columns: cell.columns - 1), column: cell.column, row: first + line,
                    style: theme.style(.dim), maxColumns: cell.columns - 1)
            }
        }
    }

    /// The class that a view is mixed with and its share, such as `+28% roses`.
    private func words(_ mixed: AugmentationView.Mixed?, _ dataset: DatasetSummary) -> String? {
        guard let mixed, dataset.photos.indices.contains(mixed.photo) else { return nil }
        let label = dataset.photos[mixed.photo].label
        let name = dataset.classes.indices.contains(label) ? dataset.classes[label] : ""
        return "+\(Double(mixed.share).percentText) \(name)"
    }

    private func words(_ draw: AugmentedViews.Draw, _ strings: Strings) -> String {
        (draw.flips ? strings[.viewMirrored] + " " : "")
            + String(format: "%+.0f° ×%.2f", draw.degrees, draw.magnification)
            .replacing("-0°", with: "+0°")
    }

    private func words(_ summary: TensorSummary, _ strings: Strings) -> String {
        strings(
            .tensorLine, summary.size, value(summary.all.least), value(summary.all.greatest),
            value(summary.all.mean))
    }

    private func value(_ value: Float) -> String { String(format: "%.2f", value) }

    // MARK: The network's input

    /// The number without a fraction of zero: `127.5`, `1`.
    private static func plain(_ number: Float) -> String {
        number == number.rounded() ? "\(Int(number))" : "\(number)"
    }

    /// Draws the network's input for the photo or a view: the picture and its statistics.
    func drawTensor(_ index: Int, _ state: DashboardState, into buffer: inout CellBuffer) {
        guard let dataset = state.context?.dataset, let photo = state.chosenPhoto else { return }
        let (strings, scale) = (state.strings, dataset.pixels.inputScale)
        let rect = Rect(column: 2, row: 2, columns: buffer.size.columns - 4, rows: buffer.size.rows - 4)
        cover(rect, into: &buffer)
        let inside = panel(strings(.tensorTitle, dataset.photos[photo].file.text), in: rect, into: &buffer)
        targets.add(.dialog, rect)
        let buttons: [DialogButton] = [
            ("←", .left, ""), ("→", .right, strings[.otherViews]), ("esc", .escape, strings[.back]),
        ]
        let pictureColumns = max(8, inside.columns / 2 - 1)
        let column = inside.column + pictureColumns + 2
        let columns = inside.column + inside.columns - column - 1
        let end = inside.row + inside.rows - buttonLines(buttons, columns: columns)
        drawButtons(buttons, column: column, row: end, columns: columns, into: &buffer)
        guard let all = state.data.bench.views, all.request.photo == photo, all.views.indices.contains(index)
        else {
            return drawEmpty([(strings[.mapComes], .dim)], in: inside, into: &buffer)
        }
        let view = all.views[index]
        drawPicture(
            photo,
            view: AugmentedView(
                variant: index == 0 ? .max : all.request.seed &* 1024 &+ UInt64(index - 1),
                strength: all.request.strength),
            overlay: .tensor,
            in: Rect(column: inside.column + 1, row: inside.row, columns: pictureColumns, rows: inside.rows),
            into: &buffer
        ) { view.image }
        var lines: [(String, Theme.Role)] = []
        if let draw = view.draw {
            lines.append((strings(.tensorOfView, index, all.views.count - 1), .accent))
            lines.append((words(draw, strings), .accent))
            if let mixed = draw.mixed, dataset.photos.indices.contains(mixed.photo) {
                let share = Double(mixed.share).percentText
                lines += wrap(
                    strings(.tensorMixed, share, dataset.photos[mixed.photo].file.text), columns: columns
                ).map { ($0, .accent) }
            }
        } else {
            lines += wrap(strings[.tensorOfPhoto], columns: columns).map { ($0, .accent) }
        }
        lines += wrap(
            scale.channels == nil
                ? strings(.tensorShape, view.summary.size, Self.plain(scale.half), Self.plain(scale.shift))
                : strings(.tensorShapeNormalized, view.summary.size, Self.plain(scale.half)),
            columns: columns
        ).map { ($0, .text) }
        func row(_ name: String, _ texts: [String]) -> String {
            pad(name, columns: max(4, columns - 24))
                + texts.map { String(repeating: " ", count: max(1, 8 - displayWidth($0))) + $0 }.joined()
        }
        lines.append(
            (row("", [strings[.columnLeast], strings[.columnGreatest], strings[.columnMean]]), .dim))
        let named =
            zip([Phrase.channelRed, .channelGreen, .channelBlue], view.summary.channels).map {
                (strings[$0], $1)
            } + [(strings[.channelAll], view.summary.all)]
        for (name, range) in named {
            lines.append(
                (
                    row(name, [range.least, range.greatest, range.mean].map { String(format: "%.3f", $0) }),
                    .text
                ))
        }
        let note = wrap(strings[.tensorExact], columns: columns).map { ($0, Theme.Role.dim) }
        let histogramRows = min(6, end - inside.row - lines.count - note.count - 4)
        write(
            lines,
            in: Rect(column: column, row: inside.row, columns: columns, rows: max(0, end - inside.row)),
            into: &buffer)
        var next = inside.row + lines.count + 1
        if histogramRows >= 2 {
            let width = max(1, columns / TensorSummary.bins)
            drawColumns(
                view.summary.counts, width: width, rows: histogramRows, column: column, row: next,
                role: .train, into: &buffer)
            next += histogramRows
            buffer.write("-1", column: column, row: next, style: theme.style(.dim))
            buffer.write(
                "1", endingAt: column + width * TensorSummary.bins, row: next, style: theme.style(.dim))
            next += 2
        }
        if next + note.count <= end {
            write(
                note, in: Rect(column: column, row: next, columns: columns, rows: note.count), into: &buffer)
        }
    }
}
