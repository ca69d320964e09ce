/// A position in a run, between two batches.
package struct RunPlace: Sendable, Hashable, Comparable {
    /// Epochs completed, over both stages.
    package var epoch: Int
    /// Batches completed in the epoch after those.
    package var step: Int

    package init(epoch: Int, step: Int) { (self.epoch, self.step) = (epoch, step) }

    package init(_ progress: RunProgress) { self.init(epoch: progress.epoch, step: progress.step) }

    package static func < (left: Self, right: Self) -> Bool {
        (left.epoch, left.step) < (right.epoch, right.step)
    }
}

extension RunPlace: LosslessStringConvertible {
    /// Epoch and step with at least four digits each: `0005-0040`.
    package var description: String { "\(Self.digits(epoch))-\(Self.digits(step))" }

    package init?(_ description: String) {
        let numbers = description.split(separator: "-", omittingEmptySubsequences: false).map { Int32($0) }
        guard numbers.count == 2, let epoch = numbers[0], let step = numbers[1], epoch >= 0, step >= 0 else {
            return nil
        }
        self.init(epoch: Int(epoch), step: Int(step))
        if self.description != description { return nil }
    }

    private static func digits(_ number: Int) -> String {
        String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number)"
    }
}
