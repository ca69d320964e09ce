import Basics
import Network
import Photos
import Recipes
import Training

extension Recipe {
    /// - Throws: a `Failure` if the networks of both stages do not fit into the memory.
    func checkMemory(_ dataset: Dataset, _ state: RecipeState?, threads: Int) throws {
        let later = fineTuneEpochs > 0 ? fineTuneAt : nil
        for layer in Set([nil, later, state?.fineTuneAt]) {
            try MemoryEstimate(
                network: network, classes: dataset.classes.count, threads: threads, fineTuneAt: layer,
                chunks: chunks, mixes: (state?.augmentation ?? augmentation)?.mixes == true
            ).check(batchSize: min(batchSize, dataset.trainingCount))
        }
    }
}

/// Finds a run's weights and photos, and reports progress meanwhile.
struct RunInputs: Sendable {
    let cache: String
    let threads: Int
    let mailbox: CommandMailbox
    let emit: @Sendable (SessionEvent) -> Void

    struct Weights {
        var tensors: NamedTensors
        var origin: WeightsOrigin
        /// Set if the training of a model goes on.
        var continued: ContinuedModel?
    }

    func weights(_ recipe: Recipe) throws -> Weights {
        let found = try WeightsSource(cache: cache, network: recipe.network).resolve(
            file: recipe.continueFrom ?? recipe.weights,
            isCheckpoint: CheckpointHeader.isIn(for: recipe.architecture),
            demo: recipe.demo,
            seed: recipe.seed, report: report)
        let continued = try recipe.continueFrom.map {
            try ContinuedModel(found, of: recipe, path: $0, warn: report.warn)
        }
        return Weights(tensors: found.tensors, origin: found.origin, continued: continued)
    }

    /// - Parameter isLazy: leaves photos that look intact to be decoded when they are first read.
    func dataset(_ recipe: Recipe, _ exclusions: ExclusionList, isLazy: Bool) throws
        -> Dataset
    {
        let photos = try PhotosSource(cache: cache).resolve(directory: recipe.data, report: report)
        let folder = try ImageFolder(path: photos.directory, recipe.reading, for: recipe.split)
        let pool = WorkerPool(count: threads)
        defer { pool.close() }
        return try Dataset(
            folder: folder, name: photos.name, synthetic: photos.synthetic,
            imageSize: recipe.imageSize, inputScale: recipe.architecture.inputScale,
            split: recipe.split, exclusions: exclusions,
            cacheDirectory: cache + "/pixels", isLazy: isLazy, pool: pool,
            progress: { [emit] done, total in
                emit(
                    .preparing(
                        Preparation(
                            phase: isLazy ? .checkingPhotos : .decodingPhotos, done: done, total: total,
                            unit: .photos)))
            },
            isCancelled: { [mailbox] in mailbox.stopRequest != nil })
    }

    private var report: SourceReport {
        SourceReport(
            progress: { [emit] in emit(.preparing($0)) },
            warn: { [emit] in emit(.training(.warning(.init(message: "\($0)")))) },
            isCancelled: { [mailbox] in mailbox.stopRequest != nil })
    }
}
