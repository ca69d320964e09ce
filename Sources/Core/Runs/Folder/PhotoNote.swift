/// A person's note on a photo of a run.
package struct PhotoNote: Codable, Sendable, Equatable {
    package var isMarked = false
    package var text = ""

    package var isEmpty: Bool { !isMarked && text.isEmpty }

    package init(isMarked: Bool = false, text: String = "") { (self.isMarked, self.text) = (isMarked, text) }
}
