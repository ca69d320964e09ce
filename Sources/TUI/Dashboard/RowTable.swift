import Plots

/// A growing table of numbers in bounded memory. When it is full, it merges its rows in pairs, and
/// from then on twice as many appended rows make up one stored row.
struct RowTable: Sendable {
    /// Positions of the rows, by axis. A merged row stands at the last position that went into it.
    private(set) var places: [[Double]]
    /// Values of the rows, by column: the means of the merged values that are finite.
    private(set) var columns: [ValueSeries]
    /// Number of appended rows merged into each stored row.
    private(set) var joined = 1
    private var sums: [Double]
    private var counts: [Int]
    private var gathered = 0
    private let limit: Int

    /// Far more rows than a screen has columns; a table of eight columns takes 4 MiB.
    static let standardLimit = 1 << 16

    /// - Parameter limit: the largest number of stored rows; must be even.
    init(axes: Int, columns: Int, limit: Int = Self.standardLimit) {
        places = Array(repeating: [], count: axes)
        self.columns = Array(repeating: ValueSeries(), count: columns)
        (sums, counts) = (Array(repeating: 0, count: columns), Array(repeating: 0, count: columns))
        self.limit = limit
    }

    var count: Int { places[0].count }

    enum Change { case none, appended, joined }

    mutating func append(_ place: [Double], _ values: [Double]) -> Change {
        for column in columns.indices where values[column].isFinite {
            sums[column] += values[column]
            counts[column] += 1
        }
        gathered += 1
        guard gathered == joined else { return .none }
        for axis in places.indices { places[axis].append(place[axis]) }
        for column in columns.indices {
            // A row of its own keeps its value as it is, infinities included.
            columns[column].append(
                joined == 1
                    ? values[column] : counts[column] == 0 ? .nan : sums[column] / Double(counts[column]))
            (sums[column], counts[column]) = (0, 0)
        }
        gathered = 0
        guard count == limit else { return .appended }
        joinPairs()
        return .joined
    }

    private mutating func joinPairs() {
        joined *= 2
        places = places.map { places in stride(from: 1, to: places.count, by: 2).map { places[$0] } }
        columns = columns.map { series in
            ValueSeries(
                stride(from: 1, to: series.count, by: 2).map { index in
                    let pair = [series.values[index - 1], series.values[index]].filter(\.isFinite)
                    return pair.isEmpty ? .nan : pair.reduce(0, +) / Double(pair.count)
                })
        }
    }
}
