/// The strength of the training photos' augmentation. The defaults are the recipe's values.
package struct AugmentationStrength: Codable, Sendable, Hashable {
    /// Whether photos are flipped horizontally, with probability ½.
    package var flips = true
    /// Largest rotation either way, as a fraction of a full turn: 0.2 is ±72°.
    package var rotation = 0.2
    /// Largest change of size either way, as a fraction.
    package var zoom = 0.2
    /// Smallest share of a photo's area that a random crop shows (`RandomCrop`); nil, as in files of
    /// older versions, for the whole photo.
    package var crop: Double?
    /// Largest change of brightness, contrast and saturation, as a fraction (`ColorJitter`); nil for
    /// none.
    package var color: Double?
    /// α of the distribution Beta(α, α) of the shares in which two photos are mixed (`MixUp`); nil for
    /// none.
    package var mixup: Double?
    /// α of the distribution Beta(α, α) of the shares that photos keep when a part is replaced with one of
    /// another photo (`CutMix`); nil for none.
    package var cutmix: Double?
    /// nil for none.
    package var randAugment: RandAugment.Strength?

    package init(
        flips: Bool = true, rotation: Double = 0.2, zoom: Double = 0.2, crop: Double? = nil,
        color: Double? = nil, mixup: Double? = nil, cutmix: Double? = nil,
        randAugment: RandAugment.Strength? = nil
    ) {
        (self.flips, self.rotation, self.zoom) = (flips, rotation, zoom)
        (self.crop, self.color, self.mixup) = (crop, color, mixup)
        (self.cutmix, self.randAugment) = (cutmix, randAugment)
    }

    /// Whether photos of a batch are mixed with each other.
    package var mixes: Bool { mixup != nil || cutmix != nil }
}

/// `flips rotation:0.2 zoom:0.2 crop:0.5`; `none` for no augmentation at all.
extension AugmentationStrength: LosslessStringConvertible {
    package var description: String {
        let further = [("crop", crop), ("color", color), ("mixup", mixup), ("cutmix", cutmix)]
        return (flips ? "flips " : "") + "rotation:\(rotation) zoom:\(zoom)"
            + further.map { name, value in value.map { " \(name):\($0)" } ?? "" }.joined()
            + (randAugment.map { " randaugment:\($0.operations):\($0.magnitude)" } ?? "")
    }

    /// Reads what `description` writes, with blanks or commas between the parts; what is not named is
    /// off. Nil for anything else; the values may still be invalid (`problem`).
    package init?(_ text: String) {
        self.init(flips: false, rotation: 0, zoom: 0)
        let parts = text.split { $0 == " " || $0 == "," }
        if parts.isEmpty { return nil }
        if parts == ["none"] { return }
        var named: Set<Substring> = []
        for part in parts {
            let pair = part.split(separator: ":", omittingEmptySubsequences: false)
            guard named.insert(pair[0]).inserted else { return nil }
            if part == "flips" {
                flips = true
                continue
            }
            if pair[0] == "randaugment" {
                guard pair.count == 3, let operations = Int(pair[1]), let magnitude = Int(pair[2]) else {
                    return nil
                }
                randAugment = RandAugment.Strength(operations: operations, magnitude: magnitude)
                continue
            }
            guard pair.count == 2, let value = Double(pair[1]) else { return nil }
            switch pair[0] {
            case "rotation": rotation = value
            case "zoom": zoom = value
            case "crop": crop = value
            case "color": color = value
            case "mixup": mixup = value
            case "cutmix": cutmix = value
            default: return nil
            }
        }
    }

    /// A sentence about the first value that is wrong; nil if all are valid.
    package var problem: String? {
        let rules: [(isMet: Bool, rule: String)] = [
            ((0...0.5).contains(rotation), "Rotation is a fraction of a turn from 0 to 0.5."),
            ((0..<1).contains(zoom), "Zoom is 0 or more and below 1."),
            ((0.01...1).contains(crop ?? 1), "Crop is a share of the photo from 0.01 to 1."),
            ((0...1).contains(color ?? 0), "Color is a fraction from 0 to 1."),
            ((0.01...10).contains(mixup ?? 1), "Mixup is from 0.01 to 10."),
            ((0.01...10).contains(cutmix ?? 1), "Cutmix is from 0.01 to 10."),
            (
                randAugment?.isValid ?? true,
                "RandAugment has 1 to 10 operations of a magnitude from 0 to 30."
            ),
        ]
        return rules.first { !$0.isMet }?.rule
    }
}
