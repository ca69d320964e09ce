import Canvas

extension LineChart {
    /// Draws one row of glyphs below the plot, one for each column with marks, and beside them the
    /// labels that have room if the chart `writesMarks`.
    func drawMarks(_ layout: Layout, into buffer: inout CellBuffer) {
        let scale = layout.scale
        let row = layout.markRow ?? scale.plot.row + scale.plot.rows - 1
        let shown = marks.filter { $0.kind != .phase && xRange.contains($0.x) }
        let columns = Dictionary(grouping: shown) { scale.column($0.x) }
        let end = layout.area.column + layout.area.columns
        let ordered = columns.keys.sorted()
        for (index, column) in ordered.enumerated() {
            let marks = columns[column]!
            let glyph = Self.glyph(marks)
            buffer.write(glyph, column: column, row: row, style: markStyle)
            guard writesMarks, layout.markRow != nil else { continue }
            let room = (index + 1 < ordered.count ? ordered[index + 1] : end) - column - 2
            let labels = marks.map(\.label).filter { $0 != glyph }
            let texts = [labels.joined(separator: ", ")] + (labels.count == 1 ? [] : labels.prefix(1))
            guard let text = texts.first(where: { !$0.isEmpty && displayWidth($0) < room }) else { continue }
            buffer.write(text, column: column + displayWidth(glyph) + 1, row: row, style: markStyle)
        }
    }

    /// The glyph for marks that share a column: that of the most important kind, or a plus if these
    /// differ.
    private static func glyph(_ marks: [Mark]) -> String {
        let kind = marks.map(\.kind.rawValue).min()
        let glyphs = Set(marks.filter { $0.kind.rawValue == kind }.map(\.glyph))
        return glyphs.count == 1 ? glyphs.first! : "+"
    }
}
