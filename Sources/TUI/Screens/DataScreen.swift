import Core
import Plots

extension DashboardView {
    func drawData(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        guard let dataset = state.context?.dataset else { return drawWaiting(state, state.strings[.screenData], in: rect, into: &buffer) }
        let sampleColumns = rect.columns / 2
        let countRows = min(dataset.classes.count + 2, max(4, rect.rows / 4))
        let sample = panel(
            state.strings[dataset.synthetic ? .panelSyntheticPhotos : .panelPhotos],
            in: Rect(column: rect.column, row: rect.row, columns: sampleColumns, rows: rect.rows - countRows), into: &buffer)
        let photos = state.sample
        for (index, cell) in grid(sample, columns: DashboardState.gridColumns, count: photos.count).enumerated() {
            let place = drawPhoto(
                photos[index], dataset,
                in: Rect(column: cell.column, row: cell.row, columns: cell.columns - 1, rows: cell.rows - 1), into: &buffer)
            let chosen = index == state.sampleCursor
            targets.add(.photo(index), cell)
            let label = (chosen ? "▸" : " ") + dataset.classes[dataset.photos[photos[index]].label]
            buffer.write(
                label, column: cell.column, row: place.row + place.rows,
                style: theme.style(chosen ? .selection : .dim, chosen ? [.bold, .reverse] : []), maxColumns: cell.columns - 1)
        }
        drawCounts(
            dataset, state.strings, in: Rect(column: rect.column, row: rect.row + rect.rows - countRows, columns: sampleColumns, rows: countRows),
            into: &buffer)
        guard photos.indices.contains(state.sampleCursor) else { return }
        drawViews(
            photos[state.sampleCursor], state, dataset,
            in: Rect(column: rect.column + sampleColumns, row: rect.row, columns: rect.columns - sampleColumns, rows: rect.rows),
            into: &buffer)
    }

    private func drawCounts(_ dataset: DatasetSummary, _ strings: Strings, in rect: Rect, into buffer: inout CellBuffer) {
        let skipped = dataset.skipped.isEmpty ? "" : " · " + strings(.skipped, dataset.skipped.count)
        let inside = panel(strings[.panelClasses] + skipped, in: rect, into: &buffer)
        let counts = dataset.classCounts
        let most = max(1, counts.max() ?? 1)
        let nameWidth = min(16, dataset.classes.map { displayWidth($0) }.max() ?? 0)
        for (index, name) in dataset.classes.prefix(inside.rows).enumerated() {
            let row = inside.row + index
            buffer.write(fit(name, columns: nameWidth), column: inside.column, row: row, style: theme.style(.text))
            let count = counts[index].grouped
            let barColumns = inside.columns - nameWidth - 2 - count.count
            buffer.write(
                Bar.text(Double(counts[index]) / Double(most), columns: max(0, barColumns)),
                column: inside.column + nameWidth + 1, row: row, style: theme.style(.train))
            buffer.write(count, endingAt: inside.column + inside.columns, row: row, style: theme.style(.text))
        }
    }

    /// The original beside nine augmented views.
    private func drawViews(
        _ photo: Int, _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let inside = panel(state.strings(.panelViews, dataset.photos[photo].file), in: rect, into: &buffer)
        // The original takes a third, or where rooms are low as much as one view.
        let originalColumns = inside.columns / 3
        let original = Rect(
            column: inside.column, row: inside.row, columns: originalColumns - 1, rows: inside.rows - 2)
        targets.add(.action(.refresh), rect)
        let place = drawPhoto(photo, dataset, in: original, into: &buffer)
        buffer.write(
            state.strings[.original], column: inside.column, row: place.row + place.rows, style: theme.style(.accent),
            maxColumns: originalColumns - 1)
        buffer.write(
            state.strings(.drawsOthers, state.keys.label(.refresh)), column: inside.column, row: place.row + place.rows + 1, style: theme.style(.dim),
            maxColumns: originalColumns - 1)
        let views = Rect(
            column: inside.column + originalColumns, row: inside.row, columns: inside.columns - originalColumns,
            rows: inside.rows)
        let strength = state.settings?.augmentation ?? AugmentationStrength()
        for (index, cell) in grid(views, columns: 3, count: 9).enumerated() {
            // Views of one press of `r` differ from those of the next.
            drawPhoto(
                photo, view: AugmentedView(variant: state.variant * 16 + UInt64(index + 1), strength: strength), dataset,
                in: Rect(column: cell.column, row: cell.row, columns: cell.columns - 1, rows: cell.rows), into: &buffer)
        }
    }

    func drawWaiting(_ state: DashboardState, _ title: String, in rect: Rect, into buffer: inout CellBuffer) {
        let inside = panel(title, in: rect, into: &buffer)
        let text = fit(state.failure ?? state.preparation.map { state.strings.preparing($0.phase) } ?? state.strings[.statusPreparing], columns: inside.columns)
        buffer.write(
            text, column: inside.column + (inside.columns - displayWidth(text)) / 2, row: inside.row + inside.rows / 2,
            style: theme.style(state.failure == nil ? .dim : .bad))
    }
}
