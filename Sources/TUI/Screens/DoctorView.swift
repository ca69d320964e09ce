import Basics
import Canvas
import Dashboard
import Doctor
import Foundation
import Keys
import Photos
import Phrases
import Plots
import Themes
import Training

/// The doctor's view: findings by kind, with their pictures.
extension DashboardView {
    func drawDoctor(
        _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let (strings, doctor, layout) = (state.strings, state.data.doctor, state.doctorLayout)
        let title = doctor.report == nil ? "" : strings(.doctorTitle, doctor.shown.count.grouped)
        let inside = dataPanel(title, state, in: rect, into: &buffer)
        guard let report = doctor.report else {
            return drawNoReport(state, dataset, in: inside, into: &buffer)
        }
        drawSummary(report, state, in: layout.summary, into: &buffer)
        guard !doctor.shown.isEmpty else {
            let text = report.findings.isEmpty ? strings[.doctorNothing] : strings[.nothingMatches]
            let warnings = report.warnings.map { ($0, Theme.Role.warning) }
            return drawEmpty(
                [(text, report.findings.isEmpty ? .good : .dim)] + warnings, in: layout.list, into: &buffer)
        }
        drawFindings(state, dataset, layout, into: &buffer)
        if let detail = layout.detail, let finding = doctor.finding(doctor.cursor) {
            drawDetail(finding, report, state, dataset, in: detail, into: &buffer)
        }
    }

    private func drawNoReport(
        _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let (strings, doctor, key) = (state.strings, state.data.doctor, state.keys.label(.data(.check)))
        var lines: [(String, Theme.Role)]
        if doctor.isRunning {
            lines = [(progress(doctor, strings), .accent), (strings(.doctorStopsWith, key), .dim)]
            if let fraction = Self.fraction(doctor.progress) {
                lines.insert((Bar.text(fraction, columns: 40, empty: "░"), .accent), at: 1)
            }
        } else if let problem = doctor.problem {
            lines = [(problem, .bad), (strings(.doctorTriesAgain, key), .dim)]
        } else if dataset.path.isEmpty {
            lines = [(strings[.photosInNoFolder], .dim)]
        } else {
            lines = [
                (strings(.doctorIdle, key), .text), (strings[.doctorLooksFor], .dim),
                (strings[.doctorHarmless], .dim),
            ]
        }
        drawEmpty(lines, in: rect, into: &buffer)
    }

    private static func fraction(_ progress: Preparation?) -> Double? {
        progress.flatMap { $0.total > 0 ? Double($0.done) / Double($0.total) : nil }
    }

    private func progress(_ doctor: DoctorState, _ strings: Strings) -> String {
        doctor.progress.map { "\(strings.preparing($0.phase)) · \(Self.amount($0, strings))" }
            ?? strings[.doctorBegins]
    }

    /// Draws a line with the marks and where they were written, or the progress of a new check.
    private func drawSummary(
        _ report: DoctorReport, _ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let (strings, doctor) = (state.strings, state.data.doctor)
        var text: String
        if doctor.isRunning {
            text = progress(doctor, strings)
        } else if let written = doctor.written, !doctor.isUnwritten {
            text = strings(.listWritten, written.listed.grouped, written.path)
        } else if doctor.marked.isEmpty {
            text = strings(.doctorMarks, state.keys.label(.data(.mark)), state.keys.label(.data(.markKind)))
        } else {
            text = strings(.doctorMarked, doctor.marked.count.grouped, state.keys.label(.data(.write)))
        }
        let role: Theme.Role =
            doctor.isRunning ? .accent : doctor.isUnwritten ? .warning : doctor.marked.isEmpty ? .dim : .good
        let used = buffer.write(
            text, column: rect.column, row: rect.row, style: theme.style(role), maxColumns: rect.columns)
        if let warning = report.warnings.first, !doctor.isRunning {
            buffer.write(
                "· " + warning, column: rect.column + used + 1, row: rect.row, style: theme.style(.warning),
                maxColumns: max(0, rect.columns - used - 1))
        }
    }

    private func drawFindings(
        _ state: DashboardState, _ dataset: DatasetSummary, _ layout: DoctorLayout,
        into buffer: inout CellBuffer
    ) {
        let doctor = state.data.doctor
        var row = layout.list.row
        var kind: Finding.Kind?
        for index in layout.visible(from: doctor.top, state) {
            guard let finding = doctor.finding(index) else { break }
            if finding.kind != kind {
                kind = finding.kind
                drawKind(
                    finding.kind, state,
                    in: Rect(column: layout.list.column, row: row, columns: layout.list.columns, rows: 1),
                    into: &buffer)
                row += 1
            }
            let rows = min(layout.itemRows, layout.list.row + layout.list.rows - row)
            let place = Rect(column: layout.list.column, row: row, columns: layout.list.columns, rows: rows)
            targets.add(.finding(index), place)
            draw(finding, isChosen: index == doctor.cursor, state, dataset, in: place, into: &buffer)
            row += layout.itemRows
        }
    }

    /// Draws a heading with a kind and the number of its findings shown.
    private func drawKind(
        _ kind: Finding.Kind, _ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let doctor = state.data.doctor
        let count = doctor.kindCounts[kind] ?? 0
        let used = buffer.write(
            "\(state.strings[kind.title]): \(count.grouped)", column: rect.column, row: rect.row,
            style: theme.style(.title, .bold),
            maxColumns: rect.columns)
        for column in rect.column + used + 1..<max(rect.column + used + 1, rect.column + rect.columns - 1) {
            buffer[column, rect.row] = Cell("─", style: theme.style(.border))
        }
    }

    private func draw(
        _ finding: Finding, isChosen: Bool, _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        let doctor = state.data.doctor
        let pictureColumns = rect.rows * 2
        // Show the first two of several copies side by side.
        let pictures = Array(finding.files.prefix(2))
        for (index, file) in pictures.enumerated() {
            drawFile(
                file, state, dataset,
                in: Rect(
                    column: rect.column + 2 + index * (pictureColumns + 1), row: rect.row,
                    columns: pictureColumns, rows: rect.rows), into: &buffer)
        }
        let (sign, role): (String, Theme.Role) =
            switch doctor.mark(of: finding) {
            case .all: ("✗", .bad)
            case .some: ("÷", .warning)
            case .none: (" ", .dim)
            }
        buffer.write(sign, column: rect.column + 1, row: rect.row, style: theme.style(role, .bold))
        if isChosen {
            for row in rect.row..<rect.row + rect.rows {
                buffer[rect.column, row] = Cell("▌", style: theme.style(.selection, .bold))
            }
        }
        let column = rect.column + 2 + pictures.count * (pictureColumns + 1)
        var lines: [(String, Theme.Role)] = finding.files.prefix(2).map {
            ($0.text, isChosen ? .selection : .text)
        }
        if finding.files.count > 2 { lines.append((state.strings(.andMore, finding.files.count - 2), .dim)) }
        lines.append((short(finding, state.strings), .dim))
        write(
            Array(lines.prefix(rect.rows)),
            in: Rect(
                column: column, row: rect.row, columns: max(0, rect.column + rect.columns - column),
                rows: rect.rows), into: &buffer)
    }

    /// A summary of a finding that fits into one line.
    private func short(_ finding: Finding, _ strings: Strings) -> String {
        if let suggested = finding.suggestedClass {
            return strings(.looksLike, suggested, finding.score.percentText)
        }
        return strings(.findingScore, finding.score.percentText)
    }

    /// Draws a file's picture, or a placeholder if there is none.
    ///
    /// - Returns: its area.
    @discardableResult
    private func drawFile(
        _ file: PhotoPath, _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect,
        into buffer: inout CellBuffer
    ) -> Rect {
        if let photo = photo(file, state, dataset) {
            return drawPhoto(photo, dataset, in: rect, into: &buffer)
        }
        let columns = min(rect.columns, rect.rows * 2)
        let area = Rect(
            column: rect.column + (rect.columns - columns) / 2, row: rect.row, columns: columns,
            rows: min(rect.rows, max(1, columns / 2)))
        buffer.fill(area, Cell("░", style: theme.style(.border)))
        let words = " \(state.strings[.noPicture]) "
        let text = displayWidth(words) <= area.columns ? words : "✗"
        buffer.write(
            text, column: area.column + max(0, (area.columns - displayWidth(text)) / 2),
            row: area.row + area.rows / 2, style: theme.style(.dim),
            maxColumns: area.columns)
        return area
    }

    /// Returns the index of a file's photo; nil if the run lacks it or has restarted with others.
    private func photo(_ file: PhotoPath, _ state: DashboardState, _ dataset: DatasetSummary) -> Int? {
        guard let photo = state.data.doctor.photos[file], dataset.photos.indices.contains(photo),
            dataset.photos[photo].file == file
        else { return nil }
        return photo
    }

    /// Draws the chosen finding beside the list: its pictures, the doctor's explanation, and which
    /// files are marked.
    private func drawDetail(
        _ finding: Finding, _ report: DoctorReport, _ state: DashboardState, _ dataset: DatasetSummary,
        in rect: Rect, into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let help = wrap(
            strings(
                .doctorHelp, state.keys.label(.open), state.keys.label(.data(.mark)),
                state.keys.label(.data(.markKind)), state.keys.label(.data(.write))),
            columns: rect.columns)
        let sentence = wrap(finding.sentence, columns: rect.columns)
        let files = finding.files.prefix(4)
        let textRows = min(sentence.count, 4) + files.count + help.count + 2
        let pictures = files.prefix(2)
        let pictureRows = max(3, min(rect.columns / pictures.count / 2, rect.rows - textRows))
        for (cell, file) in zip(
            thumbnailGrid(
                Rect(column: rect.column, row: rect.row, columns: rect.columns, rows: pictureRows),
                columns: pictures.count, count: pictures.count), pictures)
        {
            drawFile(
                file, state, dataset,
                in: Rect(column: cell.column, row: cell.row, columns: cell.columns - 1, rows: cell.rows),
                into: &buffer)
        }
        var lines: [(String, Theme.Role)] = files.map { file in
            let isMarked = state.data.doctor.marked.contains(file)
            return ((isMarked ? "✗ " : "  ") + file.text, isMarked ? .bad : .accent)
        }
        lines += sentence.prefix(4).map { ($0, .text) }
        let room = max(0, rect.rows - pictureRows - help.count)
        write(
            lines,
            in: Rect(column: rect.column, row: rect.row + pictureRows, columns: rect.columns, rows: room),
            into: &buffer)
        write(
            help.map { ($0, .dim) },
            in: Rect(
                column: rect.column, row: rect.row + rect.rows - help.count, columns: rect.columns,
                rows: help.count), into: &buffer)
    }

    // MARK: The opened finding

    /// Draws a finding's photos side by side, one of them chosen.
    func drawFinding(_ copy: Int, _ state: DashboardState, into buffer: inout CellBuffer) {
        let (strings, doctor) = (state.strings, state.data.doctor)
        guard let finding = doctor.finding(doctor.cursor), let dataset = state.context?.dataset else {
            return
        }
        let rect = Rect(column: 2, row: 2, columns: buffer.size.columns - 4, rows: buffer.size.rows - 4)
        cover(rect, into: &buffer)
        let title =
            "\(strings[finding.kind.title]) · \((doctor.cursor + 1).grouped)/\(doctor.shown.count.grouped)"
        let inside = panel(title, in: rect, into: &buffer)
        targets.add(.dialog, rect)
        let copies = finding.files.count
        var buttons: [DialogButton] =
            copies > 1 ? [("←", .left, ""), ("→", .right, strings[.otherCopy])] : []
        let isMarked = finding.files.indices.contains(copy) && doctor.marked.contains(finding.files[copy])
        buttons += [
            ("↑", .up, ""), ("↓", .down, strings[.otherFinding]),
            ("x", .character("x"), strings[isMarked ? .buttonKeep : .buttonLeaveOut]),
            ("esc", .escape, strings[.back]),
        ]
        let columns = inside.columns - 2
        let end = inside.row + inside.rows - buttonLines(buttons, columns: columns)
        drawButtons(buttons, column: inside.column + 1, row: end, columns: columns, into: &buffer)
        // With little room, the photos' names take precedence over the explanation.
        let sentence = wrap(finding.sentence, columns: columns).prefix(max(0, min(4, end - inside.row - 6)))
        write(
            sentence.map { ($0, .text) },
            in: Rect(
                column: inside.column + 1, row: end - sentence.count, columns: columns, rows: sentence.count),
            into: &buffer)
        let room = Rect(
            column: inside.column + 1, row: inside.row, columns: columns,
            rows: max(1, end - sentence.count - 1 - inside.row))
        // If not all copies fit, show a window around the chosen one.
        let shown = min(copies, max(1, min(4, columns / 16)))
        let first = max(0, min(copy - shown / 2, copies - shown))
        var captioned: [(cell: Rect, lines: [(String, Theme.Role)])] = []
        var below = room.row
        for (offset, cell) in thumbnailGrid(room, columns: shown, count: shown).enumerated() {
            let index = first + offset
            let file = finding.files[index]
            targets.add(.copy(index), cell)
            let captions = caption(file, isChosen: index == copy && copies > 1, state, dataset)
            let pictureRows = max(1, cell.rows - captions.count)
            let place = drawFile(
                file, state, dataset,
                in: Rect(column: cell.column, row: cell.row, columns: cell.columns - 1, rows: pictureRows),
                into: &buffer)
            captioned.append((cell, captions))
            below = max(below, place.row + place.rows)
        }
        // Pictures of several shapes have their captions in one row.
        for (cell, captions) in captioned {
            write(
                captions,
                in: Rect(
                    column: cell.column, row: below, columns: cell.columns - 1, rows: captions.count),
                into: &buffer)
        }
    }

    /// Returns a file's name, class, subset and mark.
    private func caption(
        _ file: PhotoPath, isChosen: Bool, _ state: DashboardState, _ dataset: DatasetSummary
    ) -> [(String, Theme.Role)] {
        let strings = state.strings
        var lines: [(String, Theme.Role)] = [
            ((isChosen ? "▸" : "") + file.text, isChosen ? .selection : .accent)
        ]
        if let photo = photo(file, state, dataset) {
            let known = dataset.photos[photo]
            lines.append(
                (
                    "\(dataset.classes[known.label]) · \(strings[known.subset == .training ? .subsetTraining : .subsetValidation])",
                    .text
                ))
        }
        let isMarked = state.data.doctor.marked.contains(file)
        lines.append((isMarked ? "✗ " + strings[.leftOut] : strings[.kept], isMarked ? .bad : .good))
        return lines
    }
}
