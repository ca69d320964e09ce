/// The strength of the training photos' augmentation. The defaults are the recipe's values.
package struct AugmentationStrength: Codable, Sendable, Hashable {
    /// Whether photos are flipped horizontally, with probability ½.
    package var flips = true
    /// Largest rotation either way, as a fraction of a full turn: 0.2 is ±72°.
    package var rotation = 0.2
    /// Largest change of size either way, as a fraction.
    package var zoom = 0.2

    package init(flips: Bool = true, rotation: Double = 0.2, zoom: Double = 0.2) {
        (self.flips, self.rotation, self.zoom) = (flips, rotation, zoom)
    }
}

extension AugmentationStrength: CustomStringConvertible {
    /// `flips rotation:0.2 zoom:0.2`.
    package var description: String { (flips ? "flips " : "") + "rotation:\(rotation) zoom:\(zoom)" }

    /// A sentence that says what is wrong with the values; nil if they are valid.
    package var problem: String? {
        (0...0.5).contains(rotation) && zoom >= 0 && zoom < 1
            ? nil : "Rotation is a fraction of a turn from 0 to 0.5, zoom 0 or more and below 1."
    }
}
