import Basics
import Canvas
import Dashboard
import Keys
import Phrases
import Themes
import Training

extension DashboardView {
    func drawData(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        guard let dataset = state.context?.dataset else {
            return drawWaiting(state, state.strings[.screenData], in: rect, into: &buffer)
        }
        switch state.data.view {
        case .samples: drawSamples(state, dataset, in: rect, into: &buffer)
        case .statistics: drawStatistics(state, dataset, in: rect, into: &buffer)
        case .augmentation: drawBench(state, dataset, in: rect, into: &buffer)
        case .doctor: drawDoctor(state, dataset, in: rect, into: &buffer)
        }
    }

    /// Draws the frame of a data view with tabs in its top edge, shortening the title to make room.
    /// Returns the area inside.
    func dataPanel(_ title: String, _ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer)
        -> Rect
    {
        let tabs = DataView.allCases.map {
            (text: state.strings[$0.title], target: MouseTarget.dataView($0), isChosen: $0 == state.data.view)
        }
        let shown = fitting(tabs, columns: rect.columns - 6)
        // The statistics are those of all photos.
        let whole = fit(
            state.data.view == .statistics ? title : filtered(title, state),
            columns: max(0, rect.columns - 6 - tabsWidth(shown)))
        let inside = panel(whole, in: rect, into: &buffer)
        drawTabs(shown, endingAt: rect.column + rect.columns - 2, row: rect.row, into: &buffer)
        return inside
    }

    /// Draws a centred message in place of content.
    func drawEmpty(_ lines: [(String, Theme.Role)], in rect: Rect, into buffer: inout CellBuffer) {
        let wrapped = lines.flatMap { line in
            wrap(line.0, columns: min(rect.columns - 2, 72)).map { ($0, line.1) }
        }
        for (index, line) in wrapped.enumerated() {
            buffer.write(
                line.0, column: rect.column + max(0, (rect.columns - displayWidth(line.0)) / 2),
                row: rect.row + max(0, (rect.rows - wrapped.count) / 2) + index, style: theme.style(line.1),
                maxColumns: rect.columns)
        }
    }

    func drawWaiting(_ state: DashboardState, _ title: String, in rect: Rect, into buffer: inout CellBuffer) {
        let inside = panel(title, in: rect, into: &buffer)
        let text = fit(
            state.run.failure ?? state.run.preparation.map { state.strings.preparing($0.phase) }
                ?? state.strings[.statusPreparing], columns: inside.columns)
        buffer.write(
            text, column: inside.column + (inside.columns - displayWidth(text)) / 2,
            row: inside.row + inside.rows / 2,
            style: theme.style(state.run.failure == nil ? .dim : .bad))
    }
}
