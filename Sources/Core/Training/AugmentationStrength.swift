/// How much the training photos are varied; the recipe's values are the standard.
public struct AugmentationStrength: Codable, Sendable, Hashable {
    /// Whether half of the photos are mirrored.
    public var flips = true
    /// Fraction of a full turn, either way: 0.2 is ±72°.
    public var rotation = 0.2
    /// Fraction by which photos grow or shrink.
    public var zoom = 0.2

    public init(flips: Bool = true, rotation: Double = 0.2, zoom: Double = 0.2) {
        (self.flips, self.rotation, self.zoom) = (flips, rotation, zoom)
    }
}

extension AugmentationStrength: CustomStringConvertible {
    /// `flips rotation:0.2 zoom:0.2`.
    public var description: String { (flips ? "flips " : "") + "rotation:\(rotation) zoom:\(zoom)" }

    /// What is wrong with the values, as a sentence; nil when they are sound.
    public var problem: String? {
        (0...0.5).contains(rotation) && zoom >= 0 && zoom < 1
            ? nil : "Rotation is a fraction of a turn from 0 to 0.5, zoom 0 or more and below 1."
    }
}
