import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network
@testable import Photos
@testable import Ranks
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// Runs that several ranks train together, here threads of one process.
@Suite(.serialized) struct RankTests {
    /// The outcome of a job.
    private struct Job {
        var reason: Result<RunEndReason, UserError>
        var events: EventRecorder
        /// Those of the other ranks.
        var statuses: [Int32?]
    }

    /// Runs a session on `count` ranks.
    ///
    /// - Parameters:
    ///   - data: folders of photos by rank; the first rank's for the others.
    ///   - watching: called for all events of the first rank.
    private func job(
        _ count: Int, _ photos: TinyPhotos, recipe: Recipe? = nil, resuming: String? = nil,
        data: [Int: String] = [:], silence: Double = 15, isInteractive: Bool = false,
        watching: (@Sendable (RunSession, [MemoryTransport], SessionEvent) -> Void)? = nil
    ) throws -> Job {
        let transports = MemoryTransport.job(of: count)
        let groups = transports.map { RankGroup($0, silence: silence) }
        for group in groups {
            group.members = (0..<count).map { RankMember(rank: $0, host: "here", process: 0) }
        }
        let done = DispatchGroup()
        let statuses = SharedStatuses(count)
        for rank in 1..<count {
            let follower = RankFollower(groups[rank], cache: photos.cache, threads: 1, data: data[rank])
            done.enter()
            let thread = Thread {
                statuses[rank] = try? follower.run()
                done.leave()
            }
            thread.stackSize = 16 << 20
            thread.start()
        }
        let recorder = EventRecorder()
        var options = photos.options(resuming: resuming, threads: 2)
        (options.ranks, options.isInteractive) = (groups[0], isInteractive)
        let box = SessionBox()
        options.observer = { event in
            recorder.note(event)
            if let session = box.session { watching?(session, transports, event) }
        }
        let session = RunSession(recipe ?? photos.recipe, options)
        box.session = session
        session.start()
        let reason = Result { try session.wait() }.mapError { UserError($0) }
        if groups[0].failure == nil {
            groups[0].dismiss(status: 7)
        } else {
            // mpirun would end them.
            for group in groups { group.fail(.noJob) }
        }
        done.wait()
        return Job(reason: reason, events: recorder, statuses: (1..<count).map { statuses[$0] })
    }

    private final class SharedStatuses: @unchecked Sendable {
        // Unchecked: `lock` guards the list.
        private let lock = NSLock()
        private var list: [Int32?]

        init(_ count: Int) { list = Array(repeating: nil, count: count) }

        subscript(_ rank: Int) -> Int32? {
            get { lock.withLock { list[rank] } }
            set { lock.withLock { list[rank] = newValue } }
        }
    }

    private func checkpoint(_ photos: TinyPhotos, _ run: Int) throws -> Checkpoint {
        try Checkpoint.load(RunFolder.find(home: photos.home, id: "\(run)").last)
    }

    /// Twelve photos a class and four a chunk, so that ranks have different numbers of photos.
    ///
    /// - Parameter rate: of fine-tuning: high by default, so that a batch's gradient counts.
    private func recipe(
        _ photos: TinyPhotos, epochs: Int = 2, fineTune: Int = 2, rate: Double = 1e-3
    ) -> Recipe {
        var recipe = photos.recipe
        (recipe.epochs, recipe.fineTuneEpochs, recipe.batchSize) = (epochs, fineTune, 12)
        recipe.fineTuneLearningRate = rate
        return recipe
    }

    /// While the base is frozen, ranks compute the bits of one process: losses, validation and weights.
    @Test(arguments: [2, 3]) func aFrozenBaseGivesTheBitsOfOneProcess(count: Int) throws {
        let photos = try TinyPhotos()
        let recipe = recipe(photos, fineTune: 0)
        let alone = try run(photos, recipe: recipe)
        let job = try job(count, photos, recipe: recipe)
        #expect(job.reason == .success(.finished))
        #expect(job.statuses == Array(repeating: 7, count: count - 1))
        #expect(job.events.batchLosses == alone.events.batchLosses)
        #expect(job.events.epochs.map(\.validationLoss) == alone.events.epochs.map(\.validationLoss))
        #expect(job.events.predictions == alone.events.predictions)
        let areSame = try checkpoint(photos, 1).tensors == checkpoint(photos, 2).tensors
        #expect(areSame)
    }

    /// So they do in fine-tuning, whether each goes on with the sum of those before it, or all add up
    /// theirs in groups as one process can do it too.
    @Test(arguments: [2, 3, 4], [false, true]) func fineTuningGivesTheBitsOfOneProcess(
        count: Int, inGroups: Bool
    )
        throws
    {
        let photos = try TinyPhotos()
        var recipe = recipe(photos)
        recipe.batchSize = 16
        if inGroups { recipe.groups = count }
        let alone = try run(photos, recipe: recipe).events
        let job = try job(count, photos, recipe: recipe)
        #expect(job.reason == .success(.finished))
        #expect(job.events.batchLosses == alone.batchLosses)
        #expect(job.events.batches.map(\.gradientNorm) == alone.batches.map(\.gradientNorm))
        #expect(job.events.predictions == alone.predictions)
        let areSame = try checkpoint(photos, 1).tensors == checkpoint(photos, 2).tensors
        #expect(areSame)
        #expect(try RunFolder.find(home: photos.home, id: "2").loadRecipe().groups == recipe.groups)
    }

    /// In bfloat16 too, since no step of a sum reaches from one chunk into the next.
    @Test(
        .enabled(if: Processor.current.bfloat16 != nil, "needs a processor with AVX512-BF16 or AMX-BF16"),
        arguments: [2, 3])
    func fineTuningInBFloat16GivesTheBitsOfOneProcess(count: Int) throws {
        let photos = try TinyPhotos()
        var recipe = recipe(photos)
        (recipe.batchSize, recipe.basePrecision) = (16, .bfloat16)
        let alone = try run(photos, recipe: recipe).events
        let job = try job(count, photos, recipe: recipe)
        #expect(job.reason == .success(.finished))
        #expect(job.events.batchLosses == alone.batchLosses)
        let areSame = try checkpoint(photos, 1).tensors == checkpoint(photos, 2).tensors
        #expect(areSame)
    }

    /// Groups, and so many ranks, differ from one sum by rounding only.
    @Test func groupsDifferByRounding() throws {
        let photos = try TinyPhotos()
        var recipe = recipe(photos, rate: Recipe().fineTuneLearningRate)
        let alone = try run(photos, recipe: recipe).events
        recipe.groups = 2
        let job = try job(2, photos, recipe: recipe)
        #expect(job.events.batchLosses.count == alone.batchLosses.count)
        for (a, b) in zip(job.events.batchLosses, alone.batchLosses) { #expect(abs(a - b) <= 1e-5) }
        #expect(job.events.batchLosses != alone.batchLosses)
    }

    /// A run goes on with the same bits on any number of ranks; one with groups on a number that shares
    /// them.
    @Test(arguments: [(2, 1, nil), (1, 2, nil), (2, 3, nil), (4, 2, 4), (4, 1, 4)] as [(Int, Int, Int?)])
    func resumingOnOtherRanks(before: Int, after: Int, groups: Int?) throws {
        let photos = try TinyPhotos()
        var recipe = recipe(photos)
        (recipe.batchSize, recipe.groups) = (16, groups)
        func start(_ count: Int, stops: Bool) throws -> EventRecorder {
            let stop: @Sendable (RunSession, SessionEvent) -> Void = { session, event in
                if stops, case .training(.batchEnded(let batch)) = event, batch.epoch == 2, batch.step == 1 {
                    session.send(.stop)
                }
            }
            if count == 1 { return try run(photos, recipe: recipe, watching: stop).events }
            let job = try job(count, photos, recipe: recipe) { session, _, event in stop(session, event) }
            #expect(job.reason == .success(stops ? .stopped : .finished))
            return job.events
        }
        let whole = try start(before, stops: false)
        let first = try start(before, stops: true)
        let second =
            after == 1
            ? try run(photos, resuming: "2").events : try job(after, photos, resuming: "2").events
        #expect(first.batchLosses + second.batchLosses == whole.batchLosses)
        let areSame = try checkpoint(photos, 1).tensors == checkpoint(photos, 2).tensors
        #expect(areSame)
    }

    /// Commands act on the same step on all ranks, else these would wait for each other or differ.
    @Test func commandsActOnTheSameStep() throws {
        let photos = try TinyPhotos()
        let recipe = recipe(photos, epochs: 3)
        let steer: @Sendable (RunSession, SessionEvent) -> Void = { session, event in
            guard case .training(.batchEnded(let batch)) = event else { return }
            switch (batch.epoch, batch.step) {
            case (0, 1): session.send(.multiplyLearningRate(0.5))
            case (1, 1):
                let commands: [TrainerCommand] = [
                    .pause, .sweepLearningRate, .setDropout(0.4), .refreshPredictions, .resume,
                ]
                commands.forEach(session.send)
            case (2, 1): session.send(.restoreBest)
            case (3, 1): session.send(.unfreeze(fromLayer: 143))
            case (4, 1): session.send(.freeze)
            default: break
            }
        }
        let alone = try run(photos, recipe: recipe, watching: steer).events
        let job = try job(2, photos, recipe: recipe) { session, _, event in steer(session, event) }
        #expect(job.reason == .success(.finished))
        #expect(job.events.batchLosses == alone.batchLosses)
        #expect(job.events.applied.map(\.command) == alone.applied.map(\.command))
        #expect(job.events.sweeps.last?.points == alone.sweeps.last?.points)
        #expect(job.events.predictions == alone.predictions)
    }

    /// In fine-tuning ranks have begun with the next batch when a command comes that changes it, or needs
    /// the memory that it lies in.
    @Test func commandsReachABatchThatHasBegun() throws {
        let photos = try TinyPhotos(perClass: 20)
        var recipe = recipe(photos, epochs: 0, fineTune: 3)
        recipe.batchSize = 8
        recipe.augmentation = AugmentationStrength("flips,mixup:0.4")
        let steer: @Sendable (RunSession, SessionEvent) -> Void = { session, event in
            guard case .training(.batchEnded(let batch)) = event else { return }
            switch (batch.epoch, batch.step) {
            case (0, 1):
                session.send(.setAugmentation(AugmentationStrength("flips,crop:0.5,mixup:0.2")!))
            case (0, 2): session.send(.setAugmentation(AugmentationStrength("none")!))
            case (0, 3): session.send(.refreshPredictions)
            case (1, 1): session.send(.sweepLearningRate)
            case (1, 2): session.send(.unfreeze(fromLayer: 117))
            case (1, 3): session.send(.setAugmentation(AugmentationStrength("flips")!))
            case (2, 1): session.send(.restoreBest)
            default: break
            }
        }
        let alone = try run(photos, recipe: recipe, watching: steer).events
        let job = try job(2, photos, recipe: recipe) { session, _, event in steer(session, event) }
        #expect(job.reason == .success(.finished))
        #expect(job.events.applied.map(\.command) == alone.applied.map(\.command))
        #expect(job.events.batchLosses == alone.batchLosses)
        #expect(job.events.predictions == alone.predictions)
    }

    /// Each photo is mixed with one of another rank.
    @Test(arguments: ["flips,mixup:0.4", "flips,mixup:0.4,cutmix:1,randaugment:2:9"])
    func mixedPhotosAndAveragesAreShared(augmentation: String) throws {
        let photos = try TinyPhotos()
        var recipe = recipe(photos)
        (recipe.groups, recipe.ema, recipe.tta) = (2, 0.9, .flip)
        recipe.augmentation = AugmentationStrength(augmentation)
        let alone = try run(photos, recipe: recipe).events
        let job = try job(2, photos, recipe: recipe)
        #expect(job.events.batchLosses == alone.batchLosses)
        #expect(job.events.predictions == alone.predictions)
    }

    /// A photo that only one of them finds unusable makes all begin again without it.
    @Test func oneRanksUnusablePhotoIsEverybodys() throws {
        let photos = try TinyPhotos()
        let recipe = recipe(photos, fineTune: 0)
        let path = photos.data + "/daisy/3.jpg"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        // Its header and its end are whole.
        bytes.replaceSubrange(300..<bytes.count - 2, with: Data(repeating: 0xff, count: bytes.count - 302))
        try bytes.write(to: URL(fileURLWithPath: path))
        let alone = try run(photos, recipe: recipe).events
        try FileManager.default.removeItem(atPath: photos.cache)
        let job = try job(2, photos, recipe: recipe)
        #expect(job.reason == .success(.finished))
        #expect(job.events.epochs.map(\.validationLoss) == alone.epochs.map(\.validationLoss))
    }

    @Test func otherPhotosAreRefused() throws {
        let (photos, others) = (try TinyPhotos(), try TinyPhotos(perClass: 11))
        let job = try job(2, photos, data: [1: others.data])
        guard case .failure(let error) = job.reason,
            case .photos(let members, let theirs, let ours)? = error.failure as? RankFailure
        else {
            Issue.record("\(job.reason)")
            return
        }
        #expect(members.map(\.rank) == [1] && theirs.hasPrefix("22 ") && ours.hasPrefix("24 "))
        #expect(job.statuses == [7])
        let missing = try self.job(2, photos, data: [1: "/nowhere"])
        guard case .failure(let error) = missing.reason,
            case .refused(let member, _)? = error.failure as? RankFailure
        else {
            Issue.record("\(missing.reason)")
            return
        }
        #expect(member.rank == 1)
    }

    @Test func moreRanksThanPhotosAreRefused() throws {
        let photos = try TinyPhotos()
        let job = try job(
            3, photos,
            recipe: {
                var r = photos.recipe
                r.batchSize = 2
                return r
            }())
        #expect(job.reason == .failure(UserError(RankFailure.moreRanksThanPhotos(ranks: 3, batch: 2))))
        #expect(job.statuses == [7, 7])
    }

    /// A rank that stops is named, and one whose end takes MPI with it; the run is saved as of its last batch,
    /// from which it goes on.
    @Test(arguments: [1, 3], [false, true]) func aLostRankLeavesTheRunSaved(epoch: Int, ends: Bool) throws {
        let photos = try TinyPhotos()
        let recipe = recipe(photos)
        let whole = try job(2, photos, recipe: recipe).events
        let job = try job(2, photos, recipe: recipe, silence: 1) { _, transports, event in
            if case .training(.batchEnded(let batch)) = event, batch.epoch == epoch, batch.step == 1 {
                ends ? transports[0].lose() : transports[1].stop()
            }
        }
        guard case .failure(let error) = job.reason else {
            Issue.record("\(job.reason)")
            return
        }
        switch error.failure as? RankFailure {
        case .silent(let member, _)?: #expect(member.rank == 1 && !ends)
        case .gone(let member)?: #expect(member.rank == 1 && ends)
        default: Issue.record("\(error)")
        }
        let progress = try checkpoint(photos, 2).header.progress
        #expect(progress.epoch == epoch && progress.step == job.events.batches.last?.step)
        let second = try run(photos, resuming: "2").events
        #expect(job.events.batchLosses + second.batchLosses == whole.batchLosses)
    }

    /// A rank can be lost anywhere in a batch, also between the step and the notes on it: the weights that are
    /// saved and the batches that count agree.
    @Test(arguments: [1, 3]) func aLostRankLeavesAWholeBatch(epoch: Int) throws {
        let photos = try TinyPhotos()
        let recipe = recipe(photos)
        let whole = try job(2, photos, recipe: recipe).events
        for messages in 0..<5 {
            let broken = try job(2, photos, recipe: recipe, silence: 1) { _, transports, event in
                if case .training(.batchEnded(let batch)) = event, batch.epoch == epoch, batch.step == 1 {
                    transports[1].stop(after: messages)
                }
            }
            guard case .failure = broken.reason else {
                Issue.record("\(messages) messages: \(broken.reason)")
                continue
            }
            let rest = try run(photos, resuming: "\(messages + 2)").events
            #expect(broken.events.batchLosses + rest.batchLosses == whole.batchLosses, "\(messages) messages")
        }
    }

    @Test func chunksForManyRanks() {
        #expect(TrainingEngine.chunks(batchSize: 32, ranks: 1) == 8)
        #expect(TrainingEngine.chunks(batchSize: 32, ranks: 8) == 8)
        for ranks in 1...32 {
            let chunks = TrainingEngine.chunks(batchSize: 32, ranks: ranks)
            #expect(TrainingEngine.cut(batchSize: 32, chunks: chunks).count >= ranks)
        }
        #expect(TrainingEngine.chunks(batchSize: 4, ranks: 5) == 1)
    }
}
