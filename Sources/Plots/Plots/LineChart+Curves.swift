import Canvas

extension LineChart {
    /// Columns in which a curve leaves the y range.
    struct Beyond {
        let style: Style
        var above: Set<Int> = []
        var below: Set<Int> = []

        /// Draws a marker in the middle of each run of columns.
        func draw(_ plot: Rect, into buffer: inout CellBuffer) {
            for (columns, row, glyph) in [(above, plot.row, "▲"), (below, plot.row + plot.rows - 1, "▼")] {
                for first in columns.sorted() where !columns.contains(first - 1) {
                    var last = first
                    while columns.contains(last + 1) { last += 1 }
                    buffer[plot.column + (first + last) / 2, row] = Cell(glyph, style: style)
                }
            }
        }
    }

    func draw(_ series: Series, _ scale: Scale, on canvas: inout BrailleCanvas) -> Beyond {
        var beyond = Beyond(style: series.style)
        let (ink, pattern) = (canvas.ink(series.style), series.dash.pattern)
        let last = scale.plot.columns * 2 - 1
        let span = xRange.upperBound - xRange.lowerBound
        var travelled = 0
        var previous: (x: Int, y: Int)?
        var bar: (x: Int, rows: ClosedRange<Int>)?
        if let value = series.interpolated(xRange.lowerBound), isDrawn(value) {
            previous = (0, scale.dotY(value))
        }
        let visible = series.indices(in: xRange)
        var index = visible.lowerBound
        while index < visible.upperBound {
            // Take together all points that fall into one column of dots.
            let column = scale.dotX(series.x[index])
            let edge =
                span > 0 && column < last
                ? xRange.lowerBound + (Double(column) + 0.5) / Double(last) * span : .infinity
            let next = min(visible.upperBound, series.index(of: edge, from: index + 1))
            let bounds = series.drawnBounds(index..<next)
            let (first, final) = (
                series.y.values[index] * series.factor, series.y.values[next - 1] * series.factor
            )
            index = next
            guard !bounds.isEmpty, isDrawn(bounds.high) else {
                previous = nil
                continue
            }
            let low = isDrawn(bounds.low) ? bounds.low : bounds.high
            if bounds.high > scale.y.upperBound { beyond.above.insert(column / 2) }
            if low < scale.y.lowerBound { beyond.below.insert(column / 2) }
            let (top, bottom) = (scale.dotY(bounds.high), scale.dotY(low))
            // A range of a dot or two is the curve's own slope; a bar would make dashes solid.
            let isBar = bottom - top > (series.dash == .solid ? 0 : 2)
            var isJoined = false
            if let start = previous, isDrawn(first) {
                // Adjacent bars that overlap need no line between them.
                let touches =
                    isBar && bar.map { $0.x == column - 1 && $0.rows.overlaps(top...bottom) } ?? false
                if !touches {
                    canvas.line(
                        from: start, to: (column, scale.dotY(first)), ink, pattern: pattern,
                        travelled: &travelled)
                }
                isJoined = true
            }
            if !isJoined || isBar {
                canvas.bar(column, from: top, to: bottom, ink, isStippled: series.dash != .solid)
            }
            bar = isBar ? (column, top...bottom) : nil
            previous = isDrawn(final) ? (column, scale.dotY(final)) : nil
        }
        if let value = series.interpolated(xRange.upperBound), isDrawn(value), let previous {
            canvas.line(
                from: previous, to: (last, scale.dotY(value)), ink, pattern: pattern, travelled: &travelled)
        }
        return beyond
    }
}
