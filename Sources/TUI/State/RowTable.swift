import Plots

/// Rows of numbers as they come, in bounded memory: a table that is full joins its rows two by two, and from then on twice
/// as many make a new one.
struct RowTable: Sendable {
    /// By axis, where the rows stand: each at the last that was joined into it.
    private(set) var places: [[Double]]
    /// By column, the rows' values: the means of what was joined; what is not a number does not count.
    private(set) var columns: [ValueSeries]
    /// How many are joined into one.
    private(set) var joined = 1
    private var sums: [Double]
    private var counts: [Int]
    private var gathered = 0
    private let limit: Int

    /// Far more than a screen has columns, and for eight columns 4 MiB.
    static let standardLimit = 1 << 16

    /// - Parameter limit: rows, an even number.
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
            // A single value is kept as it is, infinities included.
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
