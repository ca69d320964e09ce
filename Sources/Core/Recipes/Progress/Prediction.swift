/// Class probabilities of one photo.
@usableFromInline
package struct Prediction: Sendable, Equatable {
    /// Index into `DatasetSummary.photos`.
    package var photo: Int
    @usableFromInline package var label: Int
    /// One probability per class; they sum to 1.
    @usableFromInline package var probabilities: [Float]

    package init(photo: Int, label: Int, probabilities: [Float]) {
        (self.photo, self.label, self.probabilities) = (photo, label, probabilities)
    }

    /// The most probable class; the first one in a tie.
    @inlinable package var predicted: Int {
        probabilities.indices.dropFirst().reduce(0) { probabilities[$1] > probabilities[$0] ? $1 : $0 }
    }
    @inlinable package var confidence: Float { probabilities.isEmpty ? 0 : probabilities[predicted] }
    @inlinable package var isCorrect: Bool { predicted == label }
}
