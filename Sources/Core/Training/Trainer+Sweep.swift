import Basics
import Foundation
import Network
import Photos
import Ranks
import Recipes

/// The learning rate sweep.
extension Trainer {
    /// Trains a copy of the state on its own batches while the rate rises, emits
    /// `SessionEvent.sweep`, and restores everything bit for bit. Ends early if cancelled or if the
    /// run is asked to stop.
    func sweepLearningRate() {
        let copy = engine.copyState()
        defer { engine.restore(copy) }
        var sweep = LearningRateSweep(total: LearningRateSweep.batches)
        var photos = SweepPhotos(seed: recipe.seed, count: dataset.trainingCount)
        var (average, lowest) = (0.0, Double.infinity)
        var isCancelled = false
        for batch in 0..<LearningRateSweep.batches {
            let request = commands.duringSweep()
            if request.stops { break }
            if request.cancels {
                isCancelled = true
                break
            }
            let rate = LearningRateSweep.learningRate(batch)
            let plan = BatchPlan(
                draws: photos.next(engine.batchSize).map { Draw($0) }, epoch: batch, step: 0,
                strength: state.augmentation, augmentation: .sweepAugmentation, mixup: .sweepMixup)
            let result = trainBatch(plan, learningRate: rate, dropout: .sweepDropout)
            // The trainer meets the same problem again in its next batch and reports it there.
            guard result.isFinite, ranks?.failure == nil, !anyRank(dataset.hasUnusablePhoto) else { break }
            let smoothing = LearningRateSweep.smoothing
            average = smoothing * average + (1 - smoothing) * result.lossSum / Double(engine.batchSize)
            let loss = average / (1 - pow(smoothing, Double(batch + 1)))
            sweep.points.append(.init(learningRate: rate, loss: loss))
            // Until then the mean covers a few batches only, which differ a lot by chance.
            if batch >= LearningRateSweep.skippedAtStart {
                lowest = min(lowest, loss)
                if loss > LearningRateSweep.limit * lowest { break }
            }
            if batch % 4 == 3 { hooks.emit(.sweep(sweep)) }
        }
        sweep.isDone = true
        sweep.suggestion = LearningRateSweep.steepestDescent(sweep.points)
        sweep.upperBound = LearningRateSweep.upperBound(sweep.points)
        hooks.emit(.sweep(sweep))
        if isCancelled { report(.cancelSweep) }
    }
}

/// The training photos in the sweep's own random order, over and over.
private struct SweepPhotos {
    let seed: UInt64
    let count: Int
    private var order: [Int] = []
    private var position = 0
    private var pass = 0

    init(seed: UInt64, count: Int) { (self.seed, self.count) = (seed, count) }

    mutating func next(_ photos: Int) -> [Int] {
        (0..<photos).map { _ in
            if position == order.count {
                var random = CounterRandom(seed: seed, purpose: .sweepShuffle, epoch: pass)
                (order, position) = (random.permutation(count), 0)
                pass += 1
            }
            defer { position += 1 }
            return order[position]
        }
    }
}
