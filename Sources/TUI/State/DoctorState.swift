import Core
import Plots

/// What the data doctor found, and what is to be left out for it.
struct DoctorState: Sendable {
    /// A list that was written.
    struct Written: Sendable, Equatable {
        var path: String
        /// Photos that it names.
        var listed: Int
        /// What was marked when it was written.
        var marked: Set<String>
    }

    var isRunning = false
    var progress: Preparation?
    var report: DoctorReport?
    /// Indices into the dataset's photos by file, of those that findings name; what cannot be decoded is in none.
    var photos: [String: Int] = [:]
    /// Why the doctor could not look.
    var problem: String?
    var filter: TextField?
    /// Indices into the report's findings of those that the filter leaves.
    var shown: [Int] = []
    /// The filter that `shown` was made by; nil when it must be made anew.
    var arrangedBy: String?
    /// Shown findings by kind.
    var kindCounts: [Finding.Kind: Int] = [:]
    /// Index into `shown` of the chosen finding.
    var cursor = 0
    /// Index into `shown` of the first finding on the screen.
    var top = 0
    /// Photos to leave out, relative to the photo folder.
    var marked: Set<String> = []
    var written: Written?

    /// Whether what is marked would be lost with the dashboard.
    var isUnwritten: Bool { !marked.isEmpty && written?.marked != marked }

    /// Of a finding that is shown.
    func finding(_ index: Int) -> Finding? {
        guard let report, shown.indices.contains(index), report.findings.indices.contains(shown[index]) else {
            return nil
        }
        return report.findings[shown[index]]
    }

    /// How much of what a finding would leave out is marked.
    func mark(of finding: Finding) -> Mark {
        let count = finding.leaveOut.count(where: marked.contains)
        return count == 0 ? .none : count == finding.leaveOut.count ? .all : .some
    }

    enum Mark: Sendable { case none, some, all }
}

/// Where the doctor's findings lie on the data screen.
struct DoctorLayout: Equatable {
    let summary: Rect
    let list: Rect
    /// Of the chosen finding; nil where there is no room for it.
    let detail: Rect?
    /// Rows of a finding in the list.
    let itemRows: Int

    init(size: Size) {
        let inside = Rect(column: 0, row: 1, columns: size.columns, rows: size.rows - 2).inset()
        let detailColumns = inside.columns >= 70 ? inside.columns * 9 / 20 : 0
        summary = Rect(
            column: inside.column, row: inside.row, columns: inside.columns, rows: min(1, inside.rows))
        list = Rect(
            column: inside.column, row: inside.row + 1, columns: inside.columns - detailColumns,
            rows: inside.rows - 1)
        detail =
            detailColumns == 0
            ? nil
            : Rect(
                column: list.column + list.columns + 1, row: list.row, columns: detailColumns - 1,
                rows: list.rows)
        itemRows = size.rows >= 30 ? 4 : 3
    }

    /// The findings that fit from `top` on, under a line for each kind; at least one.
    func visible(from top: Int, _ state: DashboardState) -> Range<Int> {
        var (end, rows) = (top, 0)
        var kind: Finding.Kind?
        while let finding = state.data.doctor.finding(end) {
            rows += itemRows + (finding.kind == kind ? 0 : 1)
            if rows > list.rows, end > top { break }
            kind = finding.kind
            end += 1
        }
        return top..<end
    }
}
