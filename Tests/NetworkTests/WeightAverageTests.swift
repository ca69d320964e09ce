import Basics
import TestSupport
import Testing

@testable import Network

@Suite struct WeightAverageTests {
    private func engine(threads: Int = 2, average: Double? = 0.9, fineTuneAt: Int? = 143) -> TrainingEngine {
        let engine = HashNetwork.engine(batchSize: 4, threads: threads, size: 96)
        engine.objective = Objective(averageDecay: average)
        engine.unfreeze(from: fineTuneAt)
        return engine
    }

    private func train(_ engine: TrainingEngine, steps: Int) {
        let images = (0..<4).map { HashNetwork.image($0, size: 96) }
        for _ in 0..<steps {
            _ = engine.train(ImageBatch(images, labels: [0, 1, 2, 3]), learningRate: 1e-3)
        }
    }

    /// d rises as (1 + n) / (10 + n) until it reaches the decay.
    @Test func decayWarmsUp() {
        #expect(WeightAverage.decay(0.999, after: 0) == 0.1)
        #expect(WeightAverage.decay(0.999, after: 8) == 0.5)
        #expect(WeightAverage.decay(0.999, after: 100_000) == 0.999)
        #expect(WeightAverage.decay(0.15, after: 1) == 0.15)
    }

    /// Training goes on from the weights: averaging them changes neither them nor the losses.
    @Test func averagesLeaveTrainingAlone() {
        let (plain, averaged) = (engine(average: nil), engine())
        train(plain, steps: 3)
        train(averaged, steps: 3)
        #expect(plain.tensors == averaged.tensors)
        #expect(plain.averagedTensors == plain.tensors)
        #expect(averaged.averagedTensors != averaged.tensors)
        #expect(averaged.withAverages { averaged.tensors } == averaged.averagedTensors)
        #expect(plain.tensors == averaged.tensors)
    }

    /// A new set of layers that train starts from the averages, as Keras ends a training with them.
    @Test func unfreezingStartsFromTheAverages() {
        let engine = engine()
        train(engine, steps: 3)
        let averages = engine.averagedTensors
        engine.unfreeze(from: nil)
        #expect(engine.tensors == averages && engine.averages.isEmpty)
    }

    @Test func sweepRestoresThem() {
        for steps in [0, 2] {
            let engine = engine()
            train(engine, steps: steps)
            let (copy, tensors, averages) = (engine.copyState(), engine.tensors, engine.averagedTensors)
            train(engine, steps: 2)
            engine.restore(copy)
            #expect(engine.tensors == tensors && engine.averagedTensors == averages)
        }
    }

    /// A checkpoint holds all that it takes to go on with the same bits, on any number of threads.
    @Test func savedAveragesGoOn() {
        let whole = engine(threads: 1)
        train(whole, steps: 2)
        let (tensors, moments) = (whole.averagedTensors, whole.optimizerTensors)
        train(whole, steps: 2)
        let second = engine()
        second.load(tensors, moments: moments, adamStep: 2)
        #expect(second.averagedTensors == tensors)
        train(second, steps: 2)
        #expect(second.tensors == whole.tensors)
        #expect(second.averagedTensors == whole.averagedTensors)
        #expect(second.optimizerTensors == whole.optimizerTensors)
    }

    /// The last convolution is the first block below the head, the stem the last.
    @Test func depthCountsBlocksFromTheTop() {
        let network = Backbone(.mobileNetV2, imageSize: 160)
        let depths = network.convolutions.map(network.depth)
        #expect(depths.first == 19 && depths.last == 1 && depths.max() == 19)
        #expect(depths == depths.sorted(by: >) && Set(depths) == Set(1...19))
    }
}
