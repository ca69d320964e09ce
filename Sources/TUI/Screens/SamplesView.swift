import Canvas
import Dashboard
import Keys
import Photos
import Phrases
import Themes
import Training
import Wording

/// Pages of photos, beside the chosen one with some augmented views of it.
extension DashboardView {
    func drawSamples(
        _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let (strings, layout, shown) = (state.strings, state.sampleLayout, state.data.shown)
        let name = strings[dataset.synthetic ? .panelSyntheticPhotos : .panelPhotos]
        let first = state.data.cursor / layout.perPage * layout.perPage
        let last = min(first + layout.perPage, shown.count)
        let range = shown.isEmpty ? "" : " \((first + 1).grouped)–\(last.grouped) / \(shown.count.grouped)"
        let inside = dataPanel(name + range, state, in: rect, into: &buffer)
        guard !shown.isEmpty else {
            let text = strings[dataset.photos.isEmpty ? .noPhotos : .noPhotosMatch]
            return drawEmpty([(text, .dim)], in: inside, into: &buffer)
        }
        // When pictures are spread over several frames, the chosen photo comes first.
        let views = layout.side.flatMap { side in
            state.chosenPhoto.map { drawChosen($0, state, dataset, in: side, into: &buffer) }
        }
        let cells = thumbnailGrid(layout.grid, columns: layout.columns, count: layout.perPage)
        for (offset, photo) in shown[first..<last].enumerated() where cells.indices.contains(offset) {
            let cell = cells[offset]
            targets.add(.photo(first + offset), cell)
            draw(photo, dataset, isChosen: first + offset == state.data.cursor, in: cell, into: &buffer)
        }
        if let views, let photo = state.chosenPhoto {
            drawViews(of: photo, state, dataset, in: views, into: &buffer)
        }
    }

    private func draw(
        _ photo: Int, _ dataset: DatasetSummary, isChosen: Bool, in cell: Rect, into buffer: inout CellBuffer
    ) {
        let columns = max(1, cell.columns - 1)
        let place = drawPhoto(
            photo, dataset,
            in: Rect(column: cell.column, row: cell.row, columns: columns, rows: max(1, cell.rows - 1)),
            into: &buffer)
        let label = (isChosen ? "▸" : " ") + dataset.classes[dataset.photos[photo].label]
        buffer.write(
            label, column: cell.column, row: min(place.row + place.rows, cell.row + cell.rows - 1),
            style: theme.style(isChosen ? .selection : .dim, isChosen ? [.bold, .reverse] : []),
            maxColumns: columns)
    }

    /// Draws the chosen photo and its description. Returns the area left for its augmented views.
    private func drawChosen(
        _ photo: Int, _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect,
        into buffer: inout CellBuffer
    ) -> Rect {
        let strings = state.strings
        let file = dataset.photos[photo]
        let name = wrap(file.file.text, columns: rect.columns).prefix(2)
        let textRows = name.count + 2
        let photoRows = max(3, min((rect.rows - textRows) * 3 / 5, rect.columns / 2))
        let place = drawPhoto(
            photo, dataset,
            in: Rect(column: rect.column, row: rect.row, columns: rect.columns, rows: photoRows),
            into: &buffer)
        let subset = strings[file.subset == .training ? .subsetTraining : .subsetValidation]
        let help = strings(.sampleHelp, state.keys.label(.open), state.keys.label(.refresh))
        let lines: [(String, Theme.Role)] =
            name.map { ($0, .accent) } + [
                ("\(dataset.classes[file.label]) · \(subset)", .text), (help, .dim),
            ]
        write(
            lines,
            in: Rect(
                column: rect.column, row: place.row + place.rows, columns: rect.columns,
                rows: min(textRows, rect.rows - photoRows)), into: &buffer)
        let top = place.row + place.rows + textRows
        return Rect(column: rect.column, row: top, columns: rect.columns, rows: rect.row + rect.rows - top)
    }

    private func drawViews(
        of photo: Int, _ state: DashboardState, _ dataset: DatasetSummary, in views: Rect,
        into buffer: inout CellBuffer
    ) {
        let columns = 3
        let viewRows = max(2, views.columns / columns / 2)
        let rows = min(3, max(1, views.rows / viewRows))
        guard views.rows >= 2 else { return }
        targets.add(.action(.refresh), views)
        let strength = state.runStrength
        for (index, cell) in thumbnailGrid(views, columns: columns, count: rows * columns).enumerated() {
            // Each press of `r` gives a disjoint set of views.
            drawPhoto(
                photo,
                view: AugmentedView(variant: state.data.variant * 16 + UInt64(index + 1), strength: strength),
                dataset,
                in: Rect(
                    column: cell.column, row: cell.row, columns: cell.columns - 1,
                    rows: min(cell.rows, viewRows)), into: &buffer)
        }
    }

    /// Draws the chosen photo at the resolution of its file, and the square that the network sees.
    func drawSample(_ state: DashboardState, into buffer: inout CellBuffer) {
        guard let dataset = state.context?.dataset, let photo = state.chosenPhoto else { return }
        let (strings, file) = (state.strings, dataset.photos[photo])
        let rect = Rect(column: 2, row: 2, columns: buffer.size.columns - 4, rows: buffer.size.rows - 4)
        cover(rect, into: &buffer)
        let inside = panel(file.file.text, in: rect, into: &buffer)
        targets.add(.dialog, rect)
        let opened = state.data.opened?.photo == photo ? state.data.opened : nil
        let pictureColumns = max(8, inside.columns * 2 / 3 - 2)
        let room = Rect(
            column: inside.column + 1, row: inside.row, columns: pictureColumns, rows: inside.rows)
        if let image = opened?.image {
            drawPicture(photo, overlay: .file, shape: (image.width, image.height), in: room, into: &buffer) {
                image
            }
        } else {
            drawPhoto(photo, dataset, in: room, into: &buffer)
        }
        let column = room.column + room.columns + 1
        let columns = inside.column + inside.columns - column - 1
        var lines: [(String, Theme.Role)] = wrap(file.file.text, columns: columns).prefix(3).map {
            ($0, .accent)
        }
        let subset = strings[file.subset == .training ? .subsetTraining : .subsetValidation]
        lines.append((dataset.classes[file.label], .text))
        lines.append((subset, .text))
        if let facts = opened?.facts {
            lines.append((strings(.photoSize, facts.width.grouped, facts.height.grouped), .text))
            lines.append((facts.bytes.byteText, .text))
        } else if let problem = opened?.problem {
            lines += wrap(strings(problem), columns: columns).map { ($0, .warning) }
        } else if !dataset.path.isEmpty {
            lines.append((strings[.readingFile], .dim))
        }
        lines.append(
            (strings(.photoNumber, (state.data.cursor + 1).grouped, state.data.shown.count.grouped), .dim))
        let buttons: [DialogButton] = [
            ("←", .left, ""), ("→", .right, strings[.nextPhoto]), ("esc", .escape, strings[.back]),
        ]
        let end = inside.row + inside.rows - buttonLines(buttons, columns: columns)
        write(
            lines,
            in: Rect(column: column, row: inside.row, columns: columns, rows: max(0, end - inside.row)),
            into: &buffer)
        drawButtons(buttons, column: column, row: end, columns: columns, into: &buffer)
        let top = inside.row + lines.count + 1
        let caption = wrap(strings(.asTheNetworkSees, dataset.imageSize), columns: columns)
        guard opened?.image != nil, end - top - caption.count >= 4 else { return }
        write(
            caption.map { ($0, .dim) },
            in: Rect(column: column, row: top, columns: columns, rows: caption.count), into: &buffer)
        drawPhoto(
            photo, dataset,
            in: Rect(
                column: column, row: top + caption.count, columns: columns,
                rows: min(columns / 2, end - top - caption.count - 1)), into: &buffer)
    }
}
