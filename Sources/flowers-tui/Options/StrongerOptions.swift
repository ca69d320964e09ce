import ArgumentParser
import Foundation
import Photos

/// Augmentations that have an option of their own, beside `--augmentation`.
struct StrongerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Also N random operations of magnitude M, from 0 to 30, on each training photo: torchvision's RandAugment, such as 2,9.",
            valueName: "n,m"),
        transform: Self.strength)
    var randAugment: RandAugment.Strength?
    @Option(
        help: ArgumentHelp(
            "Also replace a part of each training photo with one of another, with shares from Beta(A, A), and of the targets alike: CutMix, such as 1.",
            valueName: "a"))
    var cutmix: Double?

    func validate() throws {
        guard let cutmix else { return }
        if let problem = AugmentationStrength(cutmix: cutmix).problem {
            throw ValidationError("--cutmix \(cutmix): \(problem)")
        }
    }

    var isGiven: Bool { randAugment != nil || cutmix != nil }

    /// Returns an augmentation with these besides.
    ///
    /// - Parameter strength: nil for the notebook's.
    func added(to strength: AugmentationStrength?) -> AugmentationStrength? {
        if !isGiven { return strength }
        var result = strength ?? AugmentationStrength()
        result.randAugment = randAugment ?? result.randAugment
        result.cutmix = cutmix ?? result.cutmix
        return result
    }

    @Sendable private static func strength(_ text: String) throws -> RandAugment.Strength {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map {
            Int($0.trimmingCharacters(in: .whitespaces))
        }
        guard parts.count == 2, let operations = parts[0], let magnitude = parts[1] else {
            throw ValidationError("--rand-augment takes operations and magnitude, such as 2,9, not \(text).")
        }
        let strength = RandAugment.Strength(operations: operations, magnitude: magnitude)
        if let problem = AugmentationStrength(randAugment: strength).problem {
            throw ValidationError("--rand-augment \(text): \(problem)")
        }
        return strength
    }
}
