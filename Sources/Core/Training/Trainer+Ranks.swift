import Basics
import Foundation
import Network
import Photos
import Ranks
import Recipes
import Runs

/// Several ranks that train as one.
///
/// All make the same steps in the same order from the same commands. What only one of them can know,
/// such as a photo that cannot be decoded, they tell each other before they act on it.
extension Trainer {
    /// Whether this process saves, reports and takes commands.
    var keepsRun: Bool { ranks?.isFirst ?? true }

    /// Batches after which the ranks compare their states.
    private static let comparedEvery = 50

    /// A rank's notes on a batch.
    private struct Notes: BitwiseCopyable {
        var isUnusable: UInt64
        var digest: UInt64
        var seconds: Double
        var waited: Double
    }

    /// Compares notes after a batch.
    ///
    /// - Parameters:
    ///   - photos: the batch's.
    ///   - seconds: the time that it took here.
    /// - Throws: `UnusablePhoto`; `RankFailure` if a rank is lost or its state differs.
    func compareRanks(_ photos: Int, seconds: Double) throws {
        guard let ranks else { return try checkPhotos() }
        try ranks.check()
        let costs = ranks.takeCosts()
        let digest = comparisons % Self.comparedEvery == 0 ? engine.stateDigest : 0
        comparisons += 1
        let notes = ranks.gather(
            Notes(
                isUnusable: dataset.hasUnusablePhoto ? 1 : 0, digest: digest, seconds: seconds,
                waited: costs.waited))
        try ranks.check()
        if notes.contains(where: { $0.isUnusable != 0 }) { throw UnusablePhoto() }
        let others = ranks.members.filter { notes[$0.rank].digest != notes[0].digest }
        if !others.isEmpty { throw RankFailure.diverged(others) }
        hooks.emit(
            .ranks(
                RankReport(
                    shares: ranks.members.map { member in
                        let (note, own) = (notes[member.rank], engine.photos(of: member.rank, batch: photos))
                        return .init(
                            host: member.host,
                            imagesPerSecond: Double(own) / max(note.seconds - note.waited, 1e-6),
                            waited: note.waited)
                    }, bytes: costs.bytes)))
    }

    /// Whether it is so on any rank.
    func anyRank(_ isSo: Bool) -> Bool {
        guard let ranks else { return isSo }
        return ranks.gather(isSo ? 1 : 0 as UInt64).contains(1)
    }

    /// - Throws: `UnusablePhoto` if a rank has one; `RankFailure`.
    func checkPhotos() throws {
        let isUnusable = anyRank(dataset.hasUnusablePhoto)
        try ranks?.check()
        if isUnusable { throw UnusablePhoto() }
    }

    /// Returns this rank's problem, or else that another has one.
    func firstProblem(_ problem: UserError?) -> UserError? {
        guard let ranks else { return problem }
        let found = ranks.gather(problem == nil ? 0 : 1 as UInt64)
        return problem
            ?? (found.contains(1)
                ? UserError(RankFailure.noMemory(ranks.members.filter { found[$0.rank] == 1 })) : nil)
    }

    /// Returns a saved checkpoint, which only the first rank can read.
    func load(_ name: String) throws -> Checkpoint? {
        guard let ranks else { return try hooks.load(name) }
        var found = Result<Checkpoint?, any Error>.success(nil)
        var bytes = Data()
        if ranks.isFirst {
            found = Result {
                let checkpoint = try hooks.load(name)
                bytes = try checkpoint?.data() ?? Data()
                return checkpoint
            }
        }
        bytes = ranks.broadcast(bytes)
        if ranks.isFirst || bytes.isEmpty { return try found.get() }
        return try Checkpoint(data: bytes)
    }

    /// Takes over the first rank's weights and optimizer.
    func copyFirstRank() throws {
        guard let ranks else { return }
        let bytes = ranks.broadcast(ranks.isFirst ? try checkpoint.data() : Data())
        try ranks.check()
        if ranks.isFirst { return }
        let first = try Checkpoint(data: bytes)
        engine.load(first.tensors, moments: first.moments, adamStep: first.header.progress.adamStep)
    }

    /// Saves the run as of its last whole batch, when the others are lost.
    func saveWithoutTheOthers() {
        guard keepsRun, !progress.finished else { return }
        save(.stopped)
        hooks.emit(
            .training(
                .runEnded(
                    .init(
                        reason: .interrupted, validationLoss: progress.lastValidationLoss,
                        validationAccuracy: progress.lastValidationAccuracy, test: nil))))
        setStatus(.stopped)
    }
}
