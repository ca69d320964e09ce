import Basics
import Doctor
import Plots

/// The data doctor's report, and the photos marked for exclusion.
struct DoctorState: Sendable {
    /// An exclusion list that has been written.
    struct Written: Sendable, Equatable {
        var path: String
        /// Number of photos in the list.
        var listed: Int
        /// The marks at the time of writing.
        var marked: Set<String>
    }

    var isRunning = false
    var progress: Preparation?
    var report: DoctorReport?
    /// Dataset photo index of each file that a finding names; undecodable files have none.
    var photos: [String: Int] = [:]
    /// Why the check failed.
    var problem: String?
    var filter: TextField?
    /// Findings that pass the filter, as indices into the report's findings.
    var shown: [Int] = []
    /// The filter that produced `shown`; nil forces a rebuild.
    var arrangedBy: String?
    /// Number of shown findings of each kind.
    var kindCounts: [Finding.Kind: Int] = [:]
    /// Index into `shown` of the chosen finding.
    var cursor = 0
    /// Index into `shown` of the first finding on the screen.
    var top = 0
    /// Paths of the photos to leave out, relative to the photo folder.
    var marked: Set<String> = []
    var written: Written?

    /// Whether there are marks that no list holds yet.
    var isUnwritten: Bool { !marked.isEmpty && written?.marked != marked }

    /// Returns the finding at an index of `shown`, or nil if there is none.
    func finding(_ index: Int) -> Finding? {
        guard let report, shown.indices.contains(index), report.findings.indices.contains(shown[index]) else {
            return nil
        }
        return report.findings[shown[index]]
    }

    /// How many of the files that a finding suggests leaving out are marked.
    func mark(of finding: Finding) -> Mark {
        let count = finding.leaveOut.count(where: marked.contains)
        return count == 0 ? .none : count == finding.leaveOut.count ? .all : .some
    }

    enum Mark: Sendable { case none, some, all }
}

/// Layout of the doctor's view on the data screen.
struct DoctorLayout: Equatable {
    let summary: Rect
    let list: Rect
    /// Area for the chosen finding; nil if there is no room.
    let detail: Rect?
    /// Rows per finding in the list.
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

    /// Returns the findings, at least one, that fit from `top` on, with a heading for each kind.
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
