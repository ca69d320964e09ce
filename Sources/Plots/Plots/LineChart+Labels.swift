import Canvas

/// The cells of a plot that hold text, and those that text should avoid.
struct LabelSpace {
    let plot: Rect
    private var taken: [[Range<Int>]]
    private var canvases: [BrailleCanvas] = []
    private var lines: Set<Int> = []

    init(plot: Rect) {
        self.plot = plot
        taken = Array(repeating: [], count: plot.rows)
    }

    mutating func avoid(_ canvas: BrailleCanvas) { canvases.append(canvas) }
    mutating func avoid(column: Int) { lines.insert(column) }

    /// Whether `columns` lie in the plot, with a blank between them and other text.
    func isFree(_ columns: Range<Int>, row: Int) -> Bool {
        guard columns.lowerBound >= plot.column, columns.upperBound <= plot.column + plot.columns,
            taken.indices.contains(row - plot.row)
        else { return false }
        let wide = columns.lowerBound - 1..<columns.upperBound + 1
        return taken[row - plot.row].allSatisfy { !$0.overlaps(wide) }
    }

    /// Whether no curve passes under `columns`.
    func isClear(_ columns: Range<Int>, row: Int) -> Bool {
        columns.allSatisfy { column in
            canvases.allSatisfy { $0.isEmpty(column: column - plot.column, row: row - plot.row) }
        }
    }

    func crossesLine(_ columns: Range<Int>) -> Bool { columns.contains(where: lines.contains) }

    mutating func take(_ columns: Range<Int>, row: Int) { taken[row - plot.row].append(columns) }
}

extension LineChart {
    /// Rows for labels, by preference: the top ones, then the last one.
    private static func labelRows(_ plot: Rect) -> [Int] {
        guard plot.rows >= 3 else { return [] }
        return Array(plot.row..<plot.row + min(3, plot.rows / 3)) + [plot.row + plot.rows - 1]
    }

    /// Draws the labels of starts of phases, unless `phases` have the names.
    func drawStartLabels(
        _ starts: [(mark: Mark, column: Int)], _ space: inout LabelSpace, into buffer: inout CellBuffer
    ) {
        guard phases.isEmpty else { return }
        for (mark, column) in starts {
            place([mark.label], rows: Self.labelRows(space.plot), &space, into: &buffer) { width in
                [column + 1..<column + 1 + width, column - width..<column]
            }
        }
    }

    /// Draws the labels of the marks at the crosshair beside it.
    func drawCursorLabel(_ scale: Scale, _ space: inout LabelSpace, into buffer: inout CellBuffer) {
        guard let cursor, xRange.contains(cursor) else { return }
        let column = scale.column(cursor)
        space.avoid(column: column)
        let labels = marks.filter { mark in
            mark.kind != .phase && xRange.contains(mark.x) && abs(scale.column(mark.x) - column) <= 1
        }.map(\.label)
        guard let first = labels.first else { return }
        let more = labels.count > 1 ? ["\(first), +\(labels.count - 1)"] : []
        place(
            [labels.joined(separator: ", ")] + more + [first], rows: Self.labelRows(scale.plot), &space,
            into: &buffer
        ) { width in [column + 1..<column + 1 + width, column - width..<column] }
    }

    /// Draws each phase's name at its start.
    func drawPhaseNames(_ scale: Scale, _ space: inout LabelSpace, into buffer: inout CellBuffer) {
        let rows = Self.labelRows(space.plot)
        for phase in phases {
            guard let (first, end) = columns(of: phase, scale) else { continue }
            let room = end - first - 1
            var texts = [phase.name]
            if displayWidth(phase.name) > room {
                texts = [phase.shortName ?? ""] + (room >= 4 ? [fit(phase.name, columns: room)] : [])
            }
            place(texts, rows: rows, &space, into: &buffer) { width in
                width <= room ? [first + 1..<first + 1 + width] : []
            }
        }
    }

    /// Draws the first text that fits clear of the curves, or else the first that fits at all.
    /// Prefers a place that crosses no line.
    private func place(
        _ texts: [String], rows: [Int], _ space: inout LabelSpace, into buffer: inout CellBuffer,
        places: (_ width: Int) -> [Range<Int>]
    ) {
        for keepsClear in [true, false] {
            for text in texts where !text.isEmpty {
                let found = rows.flatMap { row in places(displayWidth(text)).map { (row: row, columns: $0) } }
                    .filter {
                        space.isFree($0.columns, row: $0.row)
                            && (!keepsClear || space.isClear($0.columns, row: $0.row))
                    }
                guard let best = found.first(where: { !space.crossesLine($0.columns) }) ?? found.first else {
                    continue
                }
                space.take(best.columns, row: best.row)
                buffer.write(text, column: best.columns.lowerBound, row: best.row, style: markStyle)
                return
            }
        }
    }

    /// Draws each level's label on its line, as far right as it covers nothing.
    func drawLevelLabels(
        _ levels: [Level], _ scale: Scale, _ space: inout LabelSpace, into buffer: inout CellBuffer
    ) {
        let plot = scale.plot
        for level in levels where !level.label.isEmpty {
            let (width, row) = (displayWidth(level.label), scale.row(level.y))
            guard width + 4 < plot.columns else { continue }
            let starts = (plot.column + 1..<plot.column + plot.columns - width).reversed()
            guard
                let start = starts.first(where: {
                    space.isFree($0..<$0 + width, row: row) && space.isClear($0..<$0 + width, row: row)
                })
            else { continue }
            space.take(start..<start + width, row: row)
            buffer.write(level.label, column: start, row: row, style: markStyle)
        }
    }

    func shadePhases(_ scale: Scale, into buffer: inout CellBuffer) {
        for phase in phases {
            guard let shade = phase.shade, let (first, end) = columns(of: phase, scale) else { continue }
            let area = Rect(column: first, row: scale.plot.row, columns: end - first, rows: scale.plot.rows)
            buffer.setStyle(area) { $0.background = shade }
        }
    }

    /// Returns the visible columns of a phase, from its boundary up to the next one.
    private func columns(of phase: Phase, _ scale: Scale) -> (first: Int, end: Int)? {
        guard phase.x.overlaps(xRange), phase.x.lowerBound < xRange.upperBound else { return nil }
        let first = scale.column(phase.x.lowerBound)
        let isLast = phase.x.upperBound >= xRange.upperBound
        let end = isLast ? scale.plot.column + scale.plot.columns : scale.column(phase.x.upperBound)
        return first < end ? (first, end) : nil
    }
}
