import Basics
import Network
import Photos

/// The parts that compute with the network.
extension Benchmark {
    func forward(_ engine: TrainingEngine) -> Double {
        rate(items: 64) {
            _ = engine.predict(PlainPhotos(count: 64, dataset: dataset))
        }
    }

    func train(_ engine: TrainingEngine) -> Double {
        var first = 0
        return rate(items: Double(Self.batchSize)) {
            first += Self.batchSize
            let start = first
            _ = engine.train(
                AugmentedPhotos(count: Self.batchSize, first: start, benchmark: self), learningRate: 1e-5,
                dropout: (0.2, { CounterRandom(seed: 1, purpose: .dropout, epoch: 0, item: start + $0) }))
        }
    }

    /// Stage 2 with the layers that train on oneDNN's primitives, to compare our kernels with.
    func trainWithPrimitives() -> Double {
        let (engine, layer) = (engine(.stage2), network.architecture.standardFineTuneAt)
        engine.unfreeze(from: layer, kernels: nil)
        defer { engine.unfreeze(from: layer) }
        return train(engine)
    }

    /// A pass over validation photos: the first one, or a later one with the frozen layers' output
    /// kept.
    func validate(_ engine: TrainingEngine, again: Bool) -> Double {
        rate(items: 128) {
            if !again { engine.cached = nil }
            _ = engine.predict(PlainPhotos(count: 128, dataset: dataset), keepsActivations: true)
        }
    }
}

/// The dataset's photos in their order, over and over.
private struct PlainPhotos: BatchSource {
    let count: Int
    let dataset: Dataset

    func write(_ index: Int, to image: InputImage) {
        dataset.normalize(
            index % dataset.photos.count, into: image.values.baseAddress!,
            scratch: image.scratch.baseAddress!)
    }
}

/// Augmented photos from the one at `first` on, with arbitrary classes.
private struct AugmentedPhotos: LabelledBatch {
    let count: Int
    let first: Int
    let benchmark: Benchmark

    func write(_ index: Int, to image: InputImage) {
        benchmark.augment(
            first + index, image.values.baseAddress!, image.image.baseAddress!, image.scratch.baseAddress!)
    }

    func label(_ index: Int) -> Int { index % benchmark.classes }
}
