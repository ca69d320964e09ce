import Basics
import Foundation
import Network
import Photos
package import Ranks
import Recipes
import Runs
import Training

/// The first rank's order to the others to train with it.
struct RankOrder: Codable {
    var isLazy = true
    var isInteractive = false
    var isPaused = false
    var moreEpochs: Int?
    var exclusions: [PhotoPath] = []

    init(isLazy: Bool, isInteractive: Bool, isPaused: Bool, moreEpochs: Int?, exclusions: ExclusionList) {
        (self.isLazy, self.isInteractive, self.isPaused) = (isLazy, isInteractive, isPaused)
        (self.moreEpochs, self.exclusions) = (moreEpochs, exclusions.files)
    }

    /// Asks the others to train from a checkpoint, and waits until they are ready.
    ///
    /// - Throws: `RankFailure`.
    func send(to ranks: RankGroup, _ checkpoint: Checkpoint, _ dataset: Dataset) throws {
        _ = ranks.broadcast(try JSONEncoder().encode(self))
        _ = ranks.broadcast(try checkpoint.data())
        try ranks.check()
        try ranks.agree(problem: nil)
        try Self.compare(dataset, ranks)
    }

    /// Finds out whether all ranks have the same photos.
    ///
    /// - Throws: `RankFailure`, the same on every rank.
    fileprivate static func compare(_ dataset: Dataset, _ ranks: RankGroup) throws {
        let own = "\(dataset.photos.count) \(dataset.fingerprint) \(dataset.splitDigest)"
        let all = ranks.gather(Data(own.utf8)).map { String(decoding: $0, as: UTF8.self) }
        try ranks.check()
        guard let theirs = all.first(where: { $0 != all[0] }) else { return }
        throw RankFailure.photos(
            ranks.members.filter { all[$0.rank] == theirs }, theirs: theirs, ours: all[0])
    }
}

extension Dataset {
    /// A digest of the photos' order, classes and subsets.
    fileprivate var splitDigest: String {
        var bytes: [UInt8] = []
        for name in classes { bytes += Array(name.utf8) + [0] }
        for photo in photos {
            bytes += Array(photo.file.text.utf8)
            bytes += [0, UInt8(truncatingIfNeeded: photo.label)]
        }
        return String(bytes.withUnsafeBytes { WordChecksum.sum($0) } ^ UInt64(trainingCount), radix: 16)
    }
}

/// A rank other than the first: it trains what that asks for, and neither reports nor saves.
package struct RankFollower {
    private let ranks: RankGroup
    private let cache: String
    private let threads: Int
    /// The folder of this rank's photos, if its command line names one.
    private let data: String?

    package init(_ ranks: RankGroup, cache: String, threads: Int, data: String?) {
        (self.ranks, self.cache, self.threads, self.data) = (ranks, cache, threads, data)
    }

    /// Follows the first rank's orders until it lets this one leave.
    ///
    /// - Returns: the exit code.
    /// - Throws: `RankFailure` if the ranks are lost to each other.
    package func run() throws -> Int32 {
        while true {
            let order: RankOrder
            switch try ranks.nextOrder() {
            case .leave(let status): return status
            case .compute(let data): order = try JSONDecoder().decode(RankOrder.self, from: data)
            }
            let checkpoint = try Checkpoint(data: next())
            do { try train(order, checkpoint) } catch is Trainer.UnusablePhoto {
                // The first rank begins again, and asks once more.
            } catch {
                // Every rank knows the reason, and the first tells it; if the ranks are lost, so is this.
                try ranks.check()
            }
        }
    }

    private func next() throws -> Data {
        let data = ranks.broadcast()
        try ranks.check()
        return data
    }

    private func train(_ order: RankOrder, _ checkpoint: Checkpoint) throws {
        var recipe = checkpoint.header.recipe
        if let data { recipe.data = data }
        let mailbox = CommandMailbox()
        let dataset: Dataset
        do {
            dataset = try open(recipe, order, mailbox)
            try recipe.checkMemory(dataset, checkpoint.header.state, threads: threads)
            _ = try recipe.objective(dataset)
        } catch {
            try ranks.agree(problem: UserError(error))
            throw error
        }
        try ranks.agree(problem: nil)
        try RankOrder.compare(dataset, ranks)
        let trainer = Trainer(
            run: checkpoint.header.run, recipe: recipe, dataset: dataset, tensors: checkpoint.tensors,
            weights: .init(recorded: checkpoint.header.weights), objective: try recipe.objective(dataset),
            resuming: checkpoint, threads: threads, mailbox: mailbox, ranks: ranks,
            hooks: .init(
                emit: { _ in }, save: { _, _ in "" }, load: { _ in nil }, isInteractive: order.isInteractive))
        trainer.isPaused = order.isPaused
        trainer.moreEpochs = order.moreEpochs
        _ = try trainer.train()
    }

    private func open(_ recipe: Recipe, _ order: RankOrder, _ mailbox: CommandMailbox) throws -> Dataset {
        let isLocal = ranks.members[ranks.rank].host == ranks.members[0].host
        // Machines that share the cache would take each other's unfinished files for leftovers.
        let cache = isLocal ? cache : "\(cache)/\(ranks.members[ranks.rank].host)"
        let inputs = RunInputs(cache: cache, threads: threads, mailbox: mailbox) { _ in }
        return try inputs.dataset(recipe, ExclusionList(order.exclusions), isLazy: order.isLazy)
    }
}
