package import Basics
package import Canvas
package import Doctor
import Keys
package import Photos

/// The data doctor's report, and the photos marked for exclusion.
package struct DoctorState: Sendable {
    /// An exclusion list that has been written.
    package struct Written: Sendable, Equatable {
        package var path: String
        /// Number of photos in the list.
        package var listed: Int
        /// The marks at the time of writing.
        var marked: Set<PhotoPath>
    }

    package var isRunning = false
    package var progress: Preparation?
    package var report: DoctorReport?
    /// Dataset photo index of each file that a finding names; undecodable files have none.
    package var photos: [PhotoPath: Int] = [:]
    /// Why the check failed.
    package var problem: String?
    var filter: TextField?
    /// Findings that pass the filter, as indices into the report's findings.
    package var shown: [Int] = []
    /// The filter that produced `shown`; nil forces a rebuild.
    var arrangedBy: String?
    /// Number of shown findings of each kind.
    package var kindCounts: [Finding.Kind: Int] = [:]
    /// Index into `shown` of the chosen finding.
    package var cursor = 0
    /// Index into `shown` of the first finding on the screen.
    package var top = 0
    /// Paths of the photos to leave out, relative to the photo folder.
    package var marked: Set<PhotoPath> = []
    package var written: Written?

    /// Whether there are marks that no list holds yet.
    package var isUnwritten: Bool { !marked.isEmpty && written?.marked != marked }

    /// Returns the finding at an index of `shown`, or nil if there is none.
    package func finding(_ index: Int) -> Finding? {
        guard let report, shown.indices.contains(index), report.findings.indices.contains(shown[index]) else {
            return nil
        }
        return report.findings[shown[index]]
    }

    /// How many of the files that a finding suggests leaving out are marked.
    package func mark(of finding: Finding) -> Mark {
        let count = finding.leaveOut.count(where: marked.contains)
        return count == 0 ? .none : count == finding.leaveOut.count ? .all : .some
    }

    package enum Mark: Sendable { case none, some, all }
}

/// Layout of the doctor's view on the data screen.
package struct DoctorLayout: Equatable {
    package let summary: Rect
    package let list: Rect
    /// Area for the chosen finding; nil if there is no room.
    package let detail: Rect?
    /// Rows per finding in the list.
    package let itemRows: Int

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
    package func visible(from top: Int, _ state: DashboardState) -> Range<Int> {
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
