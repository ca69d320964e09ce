/// How much the training photos are varied; the recipe's values are the standard.
public struct AugmentationStrength: Codable, Sendable, Equatable {
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
