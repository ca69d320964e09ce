import Foundation
import TestSupport
import Testing

@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// The learning-rate sweep.
@Suite(.serialized) struct SweepTests {
    /// A sweep in the middle of an epoch, in either stage, running or paused, leaves the run
    /// unchanged.
    @Test func sweepChangesNothingOfTheRun() throws {
        let photos = try TinyPhotos()
        let (_, plain) = try run(photos)
        let (reason, swept) = try run(photos) { session, event in
            guard case .batchEnded(let batch) = event else { return }
            if (batch.epoch, batch.step) == (0, 2) { session.send(.sweepLearningRate) }
            if (batch.epoch, batch.step) == (2, 1) {
                [.pause, .sweepLearningRate, .resume].forEach(session.send)
            }
        }
        #expect(reason == .finished)
        #expect(swept.batchLosses == plain.batchLosses)
        #expect(swept.batches.map(\.gradientNorm) == plain.batches.map(\.gradientNorm))
        #expect(swept.epochs.map(\.validationLoss) == plain.epochs.map(\.validationLoss))
        let last = try (1...2).map {
            try Checkpoint.load(RunFolder.find(home: photos.home, id: "\($0)").last)
        }
        // A Bool, so that a failure does not print millions of numbers.
        let areSame = last[0].tensors == last[1].tensors
        #expect(areSame)
        #expect(last[0].header.progress == last[1].header.progress)

        let done = swept.sweeps.filter(\.isDone)
        #expect(done.count == 2)
        for sweep in done {
            #expect(sweep.total == 100 && sweep.points.count > 20 && sweep.points.count <= 100)
            #expect(sweep.points[0].learningRate == 1e-7 && sweep.points.allSatisfy(\.loss.isFinite))
            #expect(
                zip(sweep.points, sweep.points.dropFirst()).allSatisfy { $0.learningRate < $1.learningRate })
        }
        // Progress is reported along the way.
        #expect(swept.sweeps.count > 12 && swept.sweeps[0].points.count < 10 && !swept.sweeps[0].isDone)
        #expect(swept.statuses.count { $0 == .paused } == 1)
        let logged = EventLog.read(try RunFolder.find(home: photos.home, id: "2").events)
        #expect(logged.count == swept.training.count)
    }

    /// A cancelled or stopped sweep ends within a batch.
    @Test(arguments: [TrainerCommand.cancelSweep, .stop]) func sweepEndsWhenAsked(command: TrainerCommand)
        throws
    {
        let photos = try TinyPhotos()
        let (reason, events) = try run(
            photos,
            watching: { session, event in
                switch event {
                case .training(.batchEnded(let batch)) where (batch.epoch, batch.step) == (2, 2):
                    session.send(.sweepLearningRate)
                case .sweep(let sweep) where !sweep.isDone: session.send(command)
                default: break
                }
            })
        #expect(events.sweeps.map(\.isDone) == [false, true])
        #expect(events.sweeps[0].points == events.sweeps[1].points)
        let (_, plain) = try run(photos)
        if command == .stop {
            #expect(reason == .stopped)
            #expect(
                try run(photos, resuming: "1").events.batchLosses == Array(plain.batchLosses.dropFirst(8)))
        } else {
            #expect(reason == .finished && events.batchLosses == plain.batchLosses)
            #expect(events.applied.map(\.command) == [.sweepLearningRate, .cancelSweep])
        }
    }

    @Test func suggestionIsWhereTheLossFallsMostSteeply() {
        // A sigmoid in log10 of the rate falls most steeply in its middle; the divergence behind it
        // must not count.
        func points(middle: Double) -> [LearningRateSweep.Point] {
            (0..<100).map { batch in
                let rate = LearningRateSweep.learningRate(batch)
                let x = log10(rate)
                return .init(
                    learningRate: rate,
                    loss: 2 - 1.5 / (1 + exp(-4 * (x - middle))) + (x > -0.5 ? exp(9 * (x + 0.5)) : 0))
            }
        }
        for middle in [-5.0, -3.5, -2] {
            let rate = LearningRateSweep.steepestDescent(points(middle: middle)) ?? .nan
            #expect(abs(log10(rate) - middle) < 0.08)
        }
        #expect(abs(LearningRateSweep.learningRate(99) - 1) < 1e-12)
        let rising = (0..<50).map {
            LearningRateSweep.Point(learningRate: LearningRateSweep.learningRate($0), loss: Double($0))
        }
        #expect(LearningRateSweep.steepestDescent(rising) == nil)
        #expect(LearningRateSweep.steepestDescent([]) == nil)
    }

    /// The smoothed losses of batches whose own losses are `loss` of the exponent, plus noise.
    private func noisy(seed: UInt64, _ loss: (Double) -> Double) -> [LearningRateSweep.Point] {
        var random = SplitMix(state: seed)
        var average = 0.0
        return (0..<LearningRateSweep.batches).map { batch in
            let rate = LearningRateSweep.learningRate(batch)
            // A sum of twelve uniform numbers is nearly normal.
            let noise = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
            let smoothing = LearningRateSweep.smoothing
            average = smoothing * average + (1 - smoothing) * (loss(log10(rate)) + 0.2 * noise)
            return .init(learningRate: rate, loss: average / (1 - pow(smoothing, Double(batch + 1))))
        }
    }

    @Test func noiseIsNoAdvice() {
        let flat = (1...200 as ClosedRange<UInt64>).map { noisy(seed: $0) { _ in 1 } }
        #expect(flat.count { LearningRateSweep.steepestDescent($0) != nil } <= 2)
        // Without a fall, the rate before a rise is a bound all the same.
        let rising = (1...20 as ClosedRange<UInt64>).map {
            noisy(seed: $0) { 1 + ($0 > -2 ? 3 * ($0 + 2) : 0) }
        }
        for points in rising {
            #expect(LearningRateSweep.steepestDescent(points) == nil)
            let bound = log10(LearningRateSweep.upperBound(points) ?? .nan)
            #expect((-3 ... -1.5).contains(bound), "\(bound)")
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func aClearFallIsFoundInNoise(seed: UInt64) throws {
        let points = noisy(seed: seed) { 2 - 1.5 / (1 + exp(-4 * ($0 + 3))) + ($0 > -1 ? 4 * ($0 + 1) : 0) }
        let suggestion = try #require(LearningRateSweep.steepestDescent(points))
        let bound = try #require(LearningRateSweep.upperBound(points))
        // The mean lags by ten batches, 0.7 of a power of ten.
        #expect((-3.5 ... -1.5).contains(log10(suggestion)), "\(log10(suggestion))")
        #expect(bound >= suggestion && log10(bound) < -0.7, "\(log10(bound))")
    }
}
