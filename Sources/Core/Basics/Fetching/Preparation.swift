/// Progress of work that takes a while before a run: fetching, checking, decoding.
package struct Preparation: Codable, Sendable, Equatable {
    /// The current activity, as a short phrase: `decoding photos`.
    package var phase: String
    /// Units completed and in total; a total of 0 means unknown.
    package var done: Int
    package var total: Int
    package var unit: Unit

    package enum Unit: String, Codable, Sendable, Equatable { case bytes, photos, steps }

    package init(phase: String, done: Int, total: Int, unit: Unit) {
        (self.phase, self.done, self.total, self.unit) = (phase, done, total, unit)
    }
}
