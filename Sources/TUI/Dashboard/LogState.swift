/// The log: its lines, of which the newest are kept, and the chosen one.
package struct LogState: Sendable {
    package struct Entry: Sendable, Equatable {
        package var clock: String
        package var text: String
        package var isWarning: Bool
        /// Position on the charts' x axis, in epochs; nil before the first batch.
        package var position: Double?

        /// - Parameter filter: in lower case; an empty one matches every line.
        func matches(_ filter: String) -> Bool {
            filter.isEmpty || "\(clock) \(text)".lowercased().contains(filter)
        }
    }

    package private(set) var entries: [Entry] = []
    /// Index of the chosen line among those that pass the filter; nil follows the newest.
    package var cursor: Int?

    static let limit = 2000

    /// Adds a line. Beyond the limit the oldest lines go; the chosen line stays chosen.
    ///
    /// - Parameter filter: the list's filter, in lower case.
    mutating func append(_ entry: Entry, filter: String) {
        entries.append(entry)
        guard entries.count > Self.limit else { return }
        let old = entries.count - Self.limit
        let shown = entries[..<old].count { $0.matches(filter) }
        entries.removeFirst(old)
        cursor = cursor.map { max(0, $0 - shown) }
    }

    /// Whether one of the newest `count` lines has this text.
    func hasLately(_ text: String, within count: Int) -> Bool {
        entries.suffix(count).contains { $0.text == text }
    }

    mutating func removeAll() { (entries, cursor) = ([], nil) }

    /// Returns the indices of the lines that match a filter in lower case.
    func shown(_ filter: String) -> [Int] { entries.indices.filter { entries[$0].matches(filter) } }
}
