import Basics
import Foundation
package import Phrases
package import Recipes
package import Runs

/// The table of all runs in the home: its order, the chosen row, and the runs to be deleted. The
/// records are those of `ChartState.runs`.
package struct RunsState: Sendable {
    package enum Order: String, CaseIterable, Sendable {
        case run, status, accuracy, loss, last, epochs, created, photos

        package var title: Phrase {
            switch self {
            case .run: .columnRun
            case .status: .columnStatus
            case .accuracy: .columnAccuracy
            case .loss: .columnLoss
            case .last: .columnLast
            case .epochs: .columnEpochs
            case .created: .columnCreated
            case .photos: .columnPhotos
            }
        }
    }

    package internal(set) var order = Order.run
    /// Whether the order is the opposite of the usual one, in which the newest or best run is first.
    package internal(set) var isReversed = false
    /// The runs that pass the filter, in order.
    package private(set) var shown: [RunRecord] = []
    /// The most common value of each setting, from which the others are shown; nil without runs.
    package private(set) var common: Recipe?
    /// Index of the chosen run among `shown`.
    package internal(set) var cursor = 0
    /// Runs that are deleted when the dashboard is left, in the order in which they were marked.
    package internal(set) var deleted: [String] = []
    /// Validation accuracies by epoch, of the runs on the screen.
    private var curves: [String: [Double]] = [:]
    private var asked: Set<String> = []
    /// The filter and order that `shown` was arranged for; nil if that has changed.
    private var arrangedFor: String?

    /// Runs in a home up to which the table is brought up to date by itself.
    static let mostRefreshed = 500
    /// Seconds between two updates.
    static let refreshSeconds = 5.0
    var refreshedAt = 0.0

    package func curve(of run: String) -> [Double]? { curves[run] }

    mutating func take(_ more: [String: [Double]]) {
        for (run, curve) in more { curves[run] = curve }
        asked.subtract(more.keys)
    }

    /// Returns the runs whose curves are needed and have not been asked for.
    mutating func ask(for runs: some Sequence<RunRecord>) -> [String] {
        let missing = runs.filter { (curves[$0.run]?.count ?? 0) != $0.epochsDone && !asked.contains($0.run) }
            .map(\.run)
        asked.formUnion(missing)
        return missing
    }

    mutating func forgetArrangement() {
        arrangedFor = nil
        asked = []
    }

    /// Sorts and filters the records, unless that has been done already. The chosen run stays chosen.
    ///
    /// - Parameter filter: words in lower case that a run must all have.
    mutating func arrange(_ records: [RunRecord], filter: String) {
        let key = "\(order.rawValue) \(isReversed) \(filter)"
        if key == arrangedFor { return }
        if arrangedFor == nil { common = Recipe.common(of: records.map(\.recipe)) }
        arrangedFor = key
        let chosen = shown.indices.contains(cursor) ? shown[cursor].run : nil
        let words = filter.split(separator: " ")
        let kept = words.isEmpty ? records : records.filter { $0.matches(words) }
        let sorted = kept.sorted { Self.precedes($0, $1, order) }
        shown = isReversed ? sorted.reversed() : sorted
        cursor = chosen.flatMap { run in shown.firstIndex { $0.run == run } } ?? cursor
        cursor = max(0, min(cursor, shown.count - 1))
    }

    /// Whether a run comes first: the newest, the best, and of equals the newest. Unknown values last.
    private static func precedes(_ left: RunRecord, _ right: RunRecord, _ order: Order) -> Bool {
        func higher(_ value: (RunRecord) -> Double?) -> Bool? {
            let (a, b) = (value(left) ?? -.infinity, value(right) ?? -.infinity)
            return a == b ? nil : a > b
        }
        let first: Bool? =
            switch order {
            case .run: nil
            case .status:
                left.status == right.status ? nil : rank(left.status) < rank(right.status)
            case .accuracy: higher(\.highestValidationAccuracy)
            case .loss: higher { $0.bestValidationLoss.map { -$0 } }
            case .last: higher(\.lastValidationAccuracy)
            case .epochs: higher { Double($0.epochsDone) }
            case .created: higher { $0.created.timeIntervalSince1970 }
            case .photos: left.photosName == right.photosName ? nil : left.photosName < right.photosName
            }
        return first ?? (Int(left.run) ?? 0 > Int(right.run) ?? 0)
    }

    private static func rank(_ status: RunStatus) -> Int { RunStatus.allCases.firstIndex(of: status) ?? 0 }
}

extension RunRecord {
    /// The name of the photo folder.
    package var photosName: String { PathParts.name(data) }

    /// Whether the run's id, status, photos, note or tags have each of the words.
    fileprivate func matches(_ words: [Substring]) -> Bool {
        let text = "\(run) \(status.rawValue) \(data) \(note) \(tags.map { "#\($0)" }.joined(separator: " "))"
            .lowercased()
        return words.allSatisfy { text.contains($0) }
    }
}
