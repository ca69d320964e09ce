import Testing

@testable import Network
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// Queues and records stay bounded however long a run is.
@Suite struct BoundsTests {
    private func batch(_ number: Int) -> SessionEvent {
        .training(
            .batchEnded(
                .init(
                    epoch: 0, step: number, steps: 1 << 30, loss: 1, accuracy: 1, batchLoss: 1,
                    learningRate: 1, imagesPerSecond: 1)))
    }

    @Test func eventsThatNobodyFetchesDoNotFillTheMemory() {
        var queue = SessionQueue()
        for number in 1...200_000 {
            queue.append(batch(number))
            queue.append(.layers(LayerReport(epoch: 0, step: number, layers: [])))
            if number.isMultiple(of: 1000) {
                queue.append(.training(.checkpointSaved(.init(path: "p", epoch: number, reason: .epoch))))
                queue.append(.statusChanged(.training))
            }
        }
        let events = queue.take()
        #expect(events.count < SessionQueue.limit + 1000)
        let (steps, saved) = (
            events.compactMap { if case .training(.batchEnded(let batch)) = $0 { batch.step } else { nil } },
            events.compactMap {
                if case .training(.checkpointSaved(let saved)) = $0 { saved.epoch } else { nil }
            }
        )
        // Every checkpoint is still there, in order; batches are thinned.
        #expect(saved == Array(stride(from: 1000, through: 200_000, by: 1000)))
        #expect(steps == steps.sorted() && steps.last == 200_000 && steps.count > 1000)
        if case .layers(let report)? = events.last(where: { if case .layers = $0 { true } else { false } }) {
            #expect(report.step == 200_000)
        } else {
            Issue.record("the newest layers are not there")
        }
        #expect(queue.take().isEmpty)
        // A queue that is drained in time loses nothing.
        for number in 1...5000 { queue.append(batch(number)) }
        #expect(queue.take().count == 5000)
    }

    /// Of many epochs that nobody fetches, the metrics stay, but not the predictions.
    @Test func endsOfEpochsLoseTheirPredictionsButNotTheirMetrics() {
        var queue = SessionQueue()
        for epoch in 0...SessionQueue.limit {
            let metrics = TrainerEvent.EpochEnded(
                epoch: epoch, stage: .head, trainLoss: 1, trainAccuracy: 1, validationLoss: 1,
                validationAccuracy: 1, trainSeconds: 1, validationSeconds: 1, imagesPerSecond: 1)
            let predictions = PredictionSet(
                epoch: epoch + 1, predictions: [Prediction(photo: 0, label: 0, probabilities: [1])])
            queue.append(.epochEnded(EpochOutcome(metrics: metrics, predictions: predictions, layers: [])))
        }
        let events = queue.take()
        let epochs = RunTimeline(events.compactMap(\.recorded)).epochs.map(\.epoch)
        #expect(epochs == Array(0...SessionQueue.limit))
        let whole = events.compactMap { if case .epochEnded(let outcome) = $0 { outcome } else { nil } }
        #expect(whole.map(\.predictions.epoch) == [SessionQueue.limit + 1])
    }

    @Test func recordsOfVeryManyEpochsAreThinned() {
        var kept: [Int] = []
        for epoch in 1...10_000 {
            kept.append(epoch)
            let surplus = Set(EpochRecord.surplus(of: kept, limit: 64))
            kept.removeAll(where: surplus.contains)
            #expect(kept.count <= 64 && kept.first == 1 && kept.last == epoch)
        }
        #expect(kept.suffix(16) == Array(9985...10_000)[...])
        #expect(EpochRecord.surplus(of: Array(1...64), limit: 64).isEmpty)
    }
}
