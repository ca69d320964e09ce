import Foundation
import Keys
package import Photos
import Phrases
import Recipes

/// The augmentation bench: changes operations, previews them and applies them on request.
extension DashboardState {
    /// The augmentation that the run currently trains with.
    package var runStrength: AugmentationStrength { run.settings?.augmentation ?? AugmentationStrength() }

    /// The augmentation that the bench shows: its own changes, or else the run's.
    package var benchStrength: AugmentationStrength { data.bench.strength ?? runStrength }

    /// Strength of an operation: the largest rotation as a fraction of a full turn, the largest
    /// zoom as a fraction of the size, the share of the area that a crop may leave out, the largest change
    /// of colours, the α of mixup's and of cutmix's shares, hundredths for RandAugment's magnitude; 1 or 0
    /// for flips on or off.
    package func amount(of operation: AugmentationBench.Operation) -> Double {
        switch operation {
        case .flips: benchStrength.flips ? 1 : 0
        case .rotation: benchStrength.rotation
        case .zoom: benchStrength.zoom
        case .crop: 1 - (benchStrength.crop ?? 1)
        case .color: benchStrength.color ?? 0
        case .mixup: benchStrength.mixup ?? 0
        case .cutmix: benchStrength.cutmix ?? 0
        case .randAugment: Double(benchStrength.randAugment?.magnitude ?? 0) / 100
        }
    }

    /// The greatest strength of an operation that keys reach.
    package static func most(of operation: AugmentationBench.Operation) -> Double {
        switch operation {
        case .flips, .mixup, .cutmix: 1
        case .rotation, .zoom, .color: 0.5
        case .crop: 0.95
        case .randAugment: Double(RandAugment.Strength.magnitudes.upperBound) / 100
        }
    }

    /// Hundredths by which a key changes an operation's strength.
    private static func step(of operation: AugmentationBench.Operation) -> Int {
        operation == .randAugment ? 1 : 5
    }

    /// The strength of an operation that is switched on for the first time.
    private static func first(of operation: AugmentationBench.Operation) -> Double {
        switch operation {
        // Their papers' values: Beta(1, 1) for cutmix.
        case .flips, .cutmix: 1
        case .randAugment: 0.09
        default: 0.2
        }
    }

    private mutating func set(_ operation: AugmentationBench.Operation, _ amount: Double) {
        var strength = benchStrength
        switch operation {
        case .flips: strength.flips = amount > 0
        case .rotation: strength.rotation = amount
        case .zoom: strength.zoom = amount
        // The share that it shows, rounded like every strength.
        case .crop: strength.crop = amount > 0 ? ((1 - amount) * 100).rounded() / 100 : nil
        case .color: strength.color = amount > 0 ? amount : nil
        case .mixup: strength.mixup = amount > 0 ? amount : nil
        case .cutmix: strength.cutmix = amount > 0 ? amount : nil
        case .randAugment:
            let operations = strength.randAugment?.operations ?? runStrength.randAugment?.operations ?? 2
            strength.randAugment =
                amount > 0
                ? RandAugment.Strength(operations: operations, magnitude: Int((amount * 100).rounded())) : nil
        }
        data.bench.strength = strength == runStrength ? nil : strength
    }

    /// Changes an operation's strength by a number of steps.
    mutating func changeOperation(_ operation: AugmentationBench.Operation, by steps: Int) {
        data.bench.operation = operation
        if operation == .flips { return set(.flips, steps > 0 ? 1 : 0) }
        // Snap to the grid of steps, so that stepping back returns to the same value.
        let hundredths = Int((amount(of: operation) * 100).rounded())
        let step = Self.step(of: operation)
        let next = (Double(hundredths) / Double(step)).rounded() + Double(steps)
        // A run may have been given more than keys reach; a step up leaves it there.
        let most = max(Self.most(of: operation), amount(of: operation))
        set(operation, min(max(next * Double(step) / 100, 0), most))
    }

    /// Switches an operation off, or back on at its previous strength.
    mutating func switchOperation(_ operation: AugmentationBench.Operation) {
        data.bench.operation = operation
        let now = amount(of: operation)
        if now > 0 { data.bench.before[operation] = now }
        set(operation, now > 0 ? 0 : data.bench.before[operation] ?? Self.first(of: operation))
    }

    mutating func applyBench() -> [Effect] {
        guard let strength = data.bench.strength, strength != runStrength else {
            say(strings[.benchIsRun])
            return []
        }
        say(strings(.benchApplied, words(strength)))
        return [.send(.setAugmentation(strength))]
    }

    // MARK: The network's input

    mutating func openTensor(_ view: Int) {
        guard chosenPhoto != nil else { return say(strings[.nothingMatches]) }
        dialog = .tensor(view: clamp(view, AugmentedViews.count + 1))
    }

    mutating func pressInTensor(_ key: Key, _ view: Int) -> [Effect] {
        switch key {
        case .enter, .escape, .character("q"): dialog = nil
        case .left, .up, .character("h"), .character("k"), .pageUp: openTensor(view - 1)
        case .right, .down, .character("j"), .character("l"), .pageDown: openTensor(view + 1)
        case .home, .character("g"): openTensor(0)
        case .end, .character("G"): openTensor(AugmentedViews.count)
        default: break
        }
        return []
    }
}
