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
                tail: computes ? tail?.makeProgram() : nil, capacity: chunkCapacity, network: network,
                classes: head.classes)
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

    /// One chunk's programs and buffers; only those of its head for a chunk of another rank.
    final class Chunk {
        let prefix: (any FrozenProgram)?
        let frozenTail: (any FrozenProgram)?
        let tail: (any TailProgram)?
        let head: ClassifierHead.Workspace
        let scratch: Buffer
        let image: Buffer
        /// Labels of the chunk's images.
        // Allocated here for `capacity` images and freed with the chunk.
        let labels: UnsafeMutablePointer<Int>
        /// The other labels of the chunk's images; nil where none is mixed.
        var others: [MixedLabel]?
        var lossSum = 0.0
        var correct = 0

        init(
            prefix: (any FrozenProgram)?, frozenTail: (any FrozenProgram)?, tail: (any TailProgram)?,
            capacity: Int,
            network: Backbone, classes: Int
        ) {
            (self.prefix, self.frozenTail, self.tail) = (prefix, frozenTail, tail)
            head = ClassifierHead.Workspace(
                capacity: capacity, channels: network.featureChannels, classes: classes)
            scratch = Buffer(count: network.imageSize * network.imageSize * 3)
            image = Buffer(count: network.imageSize * network.imageSize * 3)
            labels = .allocate(capacity: capacity)
            labels.initialize(repeating: 0, count: capacity)
        }

        deinit { labels.deallocate() }

        var tailInput: UnsafeMutablePointer<Float> { tail?.input ?? frozenTail!.input }
        var features: UnsafeMutablePointer<Float> { tail?.output ?? frozenTail!.output }

        func runTail(images: Int, _ stream: dnnl_stream_t, _ worker: TailWorker?) {
            // A last batch of fewer photos than chunks leaves some chunks empty; the kernels need
            // at least one image.
            if images == 0 { return }
            if let worker { tail?.forward(images: images, worker) }
            frozenTail?.run(images: images, stream)
        }
    }

    /// Floats of one image between the prefix and the tail.
    var boundaryFloats: Int {
        let convolution = network.convolutions[boundary]
        return convolution.inputSize * convolution.inputSize * convolution.inputChannels
    }

    /// Pixels of the feature map.
    package var positions: Int { network.featureSize * network.featureSize }

    // MARK: Training

    package struct BatchResult: Equatable {
        /// Sum of the examples' losses (`objective`), in nats, and number of correct predictions.
        package var lossSum: Double
        package var correct: Int
        /// Euclidean norm of the gradient of everything that trains; nil if no step was taken.
        package var gradientNorm: Double?
        package var isFinite: Bool { lossSum.isFinite }
    }

    /// Runs the forward and backward pass and takes one optimizer step.
    ///
    /// - Parameters:
    ///   - batch: 1 to `batchSize` images.
    ///   - dropout: the rate, and the random stream for each image.
    ///   - updates: false computes only the gradients and the loss.
    ///   - accepts: called when the loss is finite; on false no step is taken.
    package func train(
        _ batch: some LabelledBatch, learningRate: Double,
        dropout: (rate: Float, random: (Int) -> CounterRandom)? = nil, updates: Bool = true,
        accepts: (BatchResult) -> Bool = { _ in true }
    ) -> BatchResult {
        let count = batch.count
        precondition(count > 0 && count <= batchSize, "\(count) examples in a batch of at most \(batchSize)")
        let chunkCount = chunks.count
        if let ranks {
            pool.forEach(own.count) { [self] index, worker in
                let index = own.lowerBound + index
                computeFeatures(chunks[index], photos(index, of: count), of: batch, worker)
            }
            exchangeFeatures(count, ranks)
        }
        pool.forEach(chunkCount) { [self] index, worker in
            let range = photos(index, of: count)
            if ranks == nil { computeFeatures(chunks[index], range, of: batch, worker) }
            train(chunks[index], range, of: batch, dropout: dropout, worker)
        }
        var result = chunks.reduce(into: BatchResult(lossSum: 0, correct: 0)) {
            $0.lossSum += $1.lossSum
            $0.correct += $1.correct
        }
        guard updates, result.isFinite, accepts(result) else {
            reduceGradients()
            return result
        }
        // Nothing has changed before, so that a rank which is lost meanwhile leaves a whole state behind.
        if ranks != nil, !sumGradients() { return result }
        adamStep += 1
        let stepSize = Adam.stepSize(learningRate: learningRate, step: adamStep)
        func keep(_ rate: Double) -> Float { 1 - Float(rate) * objective.weightDecay }
        let pieces = trainedPieces
        let programs = ownPrograms
        pool.forEach(pieces.count + 1) { [self] item, worker in
            guard let tail, item < pieces.count else {
                head.update(chunks.map(\.head), keep: keep(learningRate), stepSize: stepSize)
                return
            }
            let piece = pieces[item]
            if !takeGradient(item, tail, piece, worker) { tail.reduce(piece, programs, tailWorkers[worker]) }
            let rate = learningRate * rateFactor(tail.layers[piece.layer].convolution)
            tail.update(
                piece, keep: keep(rate), stepSize: Adam.stepSize(learningRate: rate, step: adamStep))
            tail.refold(piece, tailWorkers[worker])
        }
        // Summed in the layers' order, so that the number of threads does not affect the result.
        let squares = (tail?.layers ?? []).reduce(head.sums?.gradients ?? 0) {
            $0 + ($1.kernelSums?.gradients ?? 0) + ($1.normalizationSums?.gradients ?? 0)
        }
        result.gradientNorm = squares.squareRoot()
        updateAverages()
        return result
    }

    /// The share of the learning rate at which a convolution and its normalisation train.
    private func rateFactor(_ convolution: Backbone.Convolution) -> Double {
        objective.rateDecay == 1 ? 1 : pow(objective.rateDecay, Double(network.depth(convolution)))
    }

    private func reduceGradients() {
        head.reduce(chunks.map(\.head))
        if ranks != nil {
            guard sumGradients(), let tail else { return }
            for (item, piece) in trainedPieces.enumerated() { _ = takeGradient(item, tail, piece, 0) }
            return
        }
        for piece in tail?.pieces ?? [] { tail?.reduce(piece, groups: ownGroups[...], tailWorkers[0]) }
    }

    /// Computes the pooled features of a chunk's photos into its head's workspace.
    private func computeFeatures(
        _ chunk: Chunk, _ range: Range<Int>, of batch: some BatchSource, _ worker: Int
    ) {
        for (slot, item) in range.enumerated() { runPrefix(chunk, slot: slot, item, of: batch, worker) }
        runTail(chunk, images: range.count, worker)
        head.pool(
            chunk.features, positions: positions, images: range.count,
            into: chunk.head.features.pointer)
    }

    /// Computes what follows from a chunk's features: loss, gradients of the head, and on the rank that
    /// has the chunk those of the layers that train.
    private func train(
        _ chunk: Chunk, _ range: Range<Int>, of batch: some LabelledBatch,
        dropout: (rate: Float, random: (Int) -> CounterRandom)?, _ worker: Int
    ) {
        let images = range.count
        for (slot, item) in range.enumerated() { chunk.labels[slot] = batch.label(item) }
        let others = range.map { batch.other($0) }
        chunk.others =
            others.contains { $0 != nil }
            ? zip(range, others).map { $1 ?? MixedLabel(label: batch.label($0), share: 0) } : nil
        let workspace = chunk.head
        if let dropout, dropout.rate > 0 {
            for (slot, item) in range.enumerated() {
                var random = dropout.random(item)
                head.drop(slot, rate: dropout.rate, random: &random, workspace)
            }
        }
        head.forward(workspace.features.pointer, images: images, into: workspace.probabilities.pointer)
        (chunk.lossSum, chunk.correct) = Self.score(
            workspace.probabilities.pointer, chunk.labels, images: images, classes: head.classes)
        if !objective.isPlain || chunk.others != nil {
            chunk.lossSum = (0..<images).reduce(0) { sum, image in
                let row = workspace.probabilities.pointer + image * head.classes
                let loss = objective.loss(row, chunk.labels[image], classes: head.classes)
                guard let other = chunk.others?[image], other.share > 0 else { return sum + loss }
                let share = Double(other.share)
                return sum + (1 - share) * loss
                    + share * objective.loss(row, other.label, classes: head.classes)
            }
        }
        head.backward(
            chunk.labels, others: chunk.others, images: images, batchSize: batch.count, objective: objective,
            dropout: (dropout?.rate ?? 0) > 0, workspace)
        if let tail = chunk.tail {
            head.unpool(
                workspace, positions: positions, images: images, capacity: chunkCapacity, into: tail.dOutput)
            tail.backward(images: images, tailWorkers[worker])
        }
    }

    /// Computes the features of the images that the prefix has left in a chunk.
    func runTail(_ chunk: Chunk, images: Int, _ worker: Int) {
        chunk.runTail(images: images, streams[worker], tail == nil ? nil : tailWorkers[worker])
    }

    /// Runs the prefix for image `item` and writes the result to `slot` of the tail's input.
    func runPrefix(_ chunk: Chunk, slot: Int, _ item: Int, of batch: some BatchSource, _ worker: Int) {
        let target = chunk.tailInput + slot * boundaryFloats
        let count = chunk.image.count
        batch.write(
            item,
            to: InputImage(
                values: .init(start: chunk.prefix?.input ?? target, count: count),
                image: .init(start: chunk.image.pointer, count: count),
                scratch: .init(start: chunk.scratch.pointer, count: count), worker: worker))
        guard let prefix = chunk.prefix else { return }
        prefix.run(images: 1, streams[worker])
        target.update(from: prefix.output, count: boundaryFloats)
    }

    /// Returns the sum of the cross-entropies, in nats, and the number of correct predictions.
    package static func score(
        _ probabilities: UnsafePointer<Float>, _ labels: UnsafePointer<Int>, images: Int, classes: Int
    ) -> (lossSum: Double, correct: Int) {
        var (loss, correct) = (0.0, 0)
        for image in 0..<images {
            let row = probabilities + image * classes
            var best = 0
            for k in 1..<max(1, classes) where row[k] > row[best] { best = k }
            if best == labels[image] { correct += 1 }
            // A probability that underflowed is clamped, which limits its loss to 87 nats.
            loss -= Double(
                row[labels[image]].isNaN ? .nan : log(max(row[labels[image]], .leastNormalMagnitude)))
        }
        return (loss, correct)
    }
}
