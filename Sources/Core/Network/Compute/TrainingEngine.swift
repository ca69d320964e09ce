package import Basics
import COneDNN
import Foundation
package import Ranks

/// The network in training: base, head, optimizer and worker threads.
///
/// A batch is divided into a fixed number of chunks. Each runs the frozen prefix (one image at a
/// time, which stays in cache), the tail (the whole chunk at once) and the head, forward and
/// backward, on whichever worker is free. Gradients are summed in the chunks' order, so one worker
/// and many give the same bits. No tensor is allocated between batches.
///
/// Where several ranks train, each computes some of the chunks (`TrainingEngine+Ranks`).
///
/// All calls must come from one thread.
package final class TrainingEngine {
    package let network: Backbone
    package let parameters: NetworkParameters
    package let head: ClassifierHead
    package let pool: WorkerPool
    package let batchSize: Int
    /// The precision of the base; the head is Float32.
    package let precision: Precision
    /// The ranks that share each batch; nil for this process alone.
    package let ranks: RankGroup?
    /// Number of groups of chunks whose gradients are summed by themselves before they are added
    /// (`PairTree`).
    let groups: Int
    private let cut: Cut
    /// The chunks that this rank computes.
    let own: Range<Int>
    /// The photos' features, [batchSize, channels], as the ranks exchange them.
    let exchangedFeatures: Buffer?
    /// Sums of the gradients of the layers that train over the ranks; nil for one rank or a frozen base.
    private(set) var gradientSum: BucketSum?
    /// Where each of `trainedPieces` lies in it, and in which bucket.
    var pieceOffsets: [Int] = []
    var pieceBuckets: [Int] = []
    /// The chunk whose program predicts for a rank that has none of a batch.
    private var spare: Chunk?
    var chunkCapacity: Int { cut.capacity }
    /// First layer of the base that trains, by Keras' index; nil while the whole base is frozen.
    private(set) var fineTuneAt: Int?
    /// The loss that `train` minimises.
    package var objective = Objective()
    /// Steps that the current optimizer has taken.
    package var adamStep = 0
    /// Averages of `trainedWeights`, in that order; empty before the first step and without
    /// `Objective.averageDecay`.
    var averages: [Buffer] = []
    let streams: [dnnl_stream_t]
    private(set) var chunks: [Chunk] = []
    /// Whether the prefix has been through the batch that the last `train` was told to come next
    /// (`Chunk.nextInput`).
    var holdsNext = false
    private(set) var frozenSections: [any FrozenSection] = []
    private(set) var tail: TrainableTail?
    /// One for each worker; none while the base is frozen.
    private(set) var tailWorkers: [TailWorker] = []
    /// Kernels for the layers that train; nil for oneDNN.
    private(set) var tailKernels: VectorKernels?
    package var cached: FrozenActivations?
    /// Weight norms of frozen layers by layer index, computed on first use.
    var frozenNorms: [Int: Float] = [:]

    /// How batches are divided into chunks. The gradients' sums, and so a run's bits, depend on it,
    /// and it must not depend on the machine.
    package struct Cut: Equatable, Sendable {
        package var count: Int
        /// Most photos in a chunk.
        package var capacity: Int
    }

    /// Returns the cut of batches of `batchSize` photos.
    ///
    /// - Parameter chunks: the number of chunks as long as none gets more than 16 photos; nil for
    ///   the standard, one for four photos and at most 16, which keeps up to 16 threads busy.
    package static func cut(batchSize: Int, chunks: Int? = nil) -> Cut {
        let wanted = min(max(1, chunks ?? min(16, (batchSize + 3) / 4)), max(1, batchSize))
        let capacity = min(16, (batchSize + wanted - 1) / wanted)
        return Cut(count: max((batchSize + capacity - 1) / max(1, capacity), 1), capacity: max(1, capacity))
    }

    /// - Parameters:
    ///   - tensors: the base's weights under canonical names.
    ///   - chunks: see `cut`.
    ///   - threads: number of workers; affects the speed, never the result.
    ///   - isBackground: gives the workers the lowest priority.
    ///   - precision: of the base; one that the processor can compute.
    ///   - ranks: the ranks of the job; each must make the same calls with the same arguments.
    ///   - groups: see `Recipe.groups`; decides the order of sums, and so the last bits.
    package init(
        network: Backbone, tensors: NamedTensors, classes: Int, batchSize: Int, chunks: Int? = nil,
        threads: Int, isBackground: Bool = false, precision: Precision = .float32,
        ranks: RankGroup? = nil, groups: Int = 1
    ) {
        self.network = network
        self.batchSize = batchSize
        self.precision = precision
        (self.ranks, self.groups) = (ranks, groups)
        (parameters, head) = Buffer.together {
            (
                NetworkParameters(network: network, tensors: tensors),
                ClassifierHead(channels: network.featureChannels, classes: classes)
            )
        }
        pool = WorkerPool(count: threads, isBackground: isBackground)
        streams = (0..<pool.count).map { _ in OneDNN.makeStream() }
        cut = Self.cut(batchSize: batchSize, chunks: chunks)
        own = Self.share(of: cut.count, rank: ranks?.rank ?? 0, of: ranks?.count ?? 1)
        exchangedFeatures = ranks.map { _ in Buffer(count: batchSize * network.featureChannels) }
        build()
    }

    deinit {
        pool.close()
        for stream in streams { dnnl_stream_destroy(stream) }
    }

    /// Freezes the base (nil) or lets its layers from `layer` on train; starts a fresh optimizer, from
    /// the averages if weights are averaged.
    ///
    package func unfreeze(from layer: Int?) { unfreeze(from: layer, kernels: precision.kernels) }

    /// As above, with the layers that train on other kernels than the precision's.
    ///
    /// - Parameter kernels: see `TrainableTail`.
    package func unfreeze(from layer: Int?, kernels: VectorKernels?) {
        finishAverages()
        tailKernels = kernels
        // Above the base's last weights there is nothing to train, and so no tail.
        let trains =
            layer.map { layer in network.convolutions.contains { $0.normalizationLayer >= layer } } ?? false
        fineTuneAt = trains ? layer : nil
        adamStep = 0
        head.resetMoments()
        build()
    }

    /// Weights of the base and the head under canonical names and in Keras' layouts.
    package var tensors: NamedTensors {
        var result = parameters.tensors
        result["dense/kernel"] = Tensor(
            shape: [head.channels, head.classes],
            values: (0..<head.kernel.count).map { head.kernel.pointer[$0] })
        result["dense/bias"] = Tensor(
            shape: [head.classes], values: (0..<head.classes).map { head.bias.pointer[$0] })
        return result
    }

    /// Loads `dense/kernel` [channels, classes] and `dense/bias` [classes].
    package func loadHead(_ tensors: NamedTensors) {
        for (name, buffer) in [("dense/kernel", head.kernel), ("dense/bias", head.bias)] {
            guard let values = tensors[name]?.values, values.count == buffer.count else { continue }
            for i in values.indices { buffer.pointer[i] = values[i] }
        }
    }

    /// Index of the first convolution after the frozen prefix: the start of the block that holds
    /// the first trainable one, or `Backbone.chunkedFrom` while the base is
    /// frozen.
    var boundary: Int { Self.boundary(network, fineTuneAt: fineTuneAt) }

    static func boundary(_ network: Backbone, fineTuneAt: Int?) -> Int {
        guard let fineTuneAt else { return network.chunkedFrom }
        let first =
            network.convolutions.firstIndex { $0.normalizationLayer >= fineTuneAt } ?? network.convolutions
            .count - 1
        return network.convolutions[...first].lastIndex {
            $0.startsBlock || $0.place == .top || $0.place == .stem
        }
            ?? 0
    }

    private func build() {
        cached = nil
        frozenNorms = [:]
        chunks = []
        holdsNext = false
        Buffer.together { makeParts() }
        refold()
    }

    private func makeParts() {
        let all = parameters.convolutions[...]
        let prefix =
            boundary > 0 ? FrozenSections.make(all[..<boundary], images: 1, precision: precision) : nil
        let frozenTail =
            fineTuneAt == nil
            ? FrozenSections.make(all[boundary...], images: chunkCapacity, precision: precision) : nil
        frozenSections = [prefix, frozenTail].compactMap { $0 }
        // Before its successor, so that memory holds only one of the two.
        (tail, tailWorkers) = (nil, [])
        tail = fineTuneAt.map {
            TrainableTail(all[boundary...], images: chunkCapacity, fineTuneAt: $0, kernels: tailKernels)
        }
        tailWorkers = tail.map { tail in streams.map(tail.makeWorker) } ?? []
        (chunks, spare, gradientSum) = ([], nil, nil)
        func chunk(computes: Bool) -> Chunk {
            Chunk(
                prefix: computes ? prefix?.makeProgram() : nil,
                frozenTail: computes ? frozenTail?.makeProgram() : nil,
                tail: computes ? tail?.makeProgram() : nil, capacity: chunkCapacity,
                nextFloats: computes && ranks != nil && tail != nil ? chunkCapacity * boundaryFloats : 0,
                network: network, classes: head.classes)
        }
        chunks = (0..<cut.count).map { chunk(computes: own.contains($0)) }
        spare = own.isEmpty ? chunk(computes: true) : nil
        gradientSum = makeGradientSum()
    }

    /// Folds the tail's weights again after a change.
    func refold() {
        guard let tail else { return }
        pool.forEach(tail.pieces.count) { [tailWorkers] item, worker in
            tail.refold(tail.pieces[item], tailWorkers[worker])
        }
    }

    /// The chunks with programs.
    var computing: [Chunk] { spare.map { [$0] } ?? Array(chunks[own]) }

    /// Floats of one image between the prefix and the tail.
    var boundaryFloats: Int {
        let convolution = network.convolutions[boundary]
        return convolution.inputSize * convolution.inputSize * convolution.inputChannels
    }

    /// Pixels of the feature map.
    package var positions: Int { network.featureSize * network.featureSize }
}
