import COneDNN
import Foundation

/// The network as it trains: base, head, optimizer and worker threads.
///
/// A batch is cut into a fixed number of chunks; each runs frozen prefix (one image at a
/// time, which stays in cache), tail (the chunk at once) and head, forward and
/// backward, on whichever worker is free. Gradients are summed in the chunks' order, so one
/// worker or many give the same bits. Nothing is allocated between batches.
///
/// All calls come from one thread, the trainer's.
final class TrainingEngine {
    let network: MobileNetV2
    let parameters: NetworkParameters
    let head: ClassifierHead
    let pool: WorkerPool
    let batchSize: Int
    let chunkCapacity: Int
    /// First trainable layer of the base; nil while no weight of it trains.
    private(set) var fineTuneAt: Int?
    /// Optimizer steps since the optimizer was made.
    var adamStep = 0
    private let streams: [dnnl_stream_t]
    private var chunks: [Chunk] = []
    private var tail: TrainableTail?
    private var cached: FrozenActivations?
    /// Convolution at which a frozen network goes over from one image to a chunk at a time: the
    /// first of block 11, whose activations no longer overflow the second-level cache.
    private static let chunkedFrom = 33

    /// - Parameters:
    ///   - tensors: the base's weights under canonical names.
    ///   - threads: workers; changes the speed, never the result.
    init(network: MobileNetV2, tensors: NamedTensors, classes: Int, batchSize: Int, threads: Int) {
        self.network = network
        self.batchSize = batchSize
        parameters = NetworkParameters(network: network, tensors: tensors)
        head = ClassifierHead(classes: classes)
        pool = WorkerPool(count: threads)
        streams = (0..<pool.count).map { _ in OneDNN.makeStream() }
        // From the machine's cores, not from `threads`, lest the latter change the order of sums.
        let chunkCount = min(max(2, WorkerPool.coreCount), batchSize)
        chunkCapacity = min(16, (batchSize + chunkCount - 1) / chunkCount)
        build()
    }

    deinit {
        pool.close()
        for stream in streams { dnnl_stream_destroy(stream) }
    }

    /// Freezes the base (nil) or lets its layers from `layer` on train, with a fresh optimizer.
    func unfreeze(from layer: Int?) {
        // Above the last convolution there is nothing to train, and so no tail.
        let trains = layer.map { layer in network.convolutions.contains { $0.normalizationLayer >= layer } } ?? false
        fineTuneAt = trains ? layer : nil
        adamStep = 0
        head.resetMoments()
        build()
    }

    /// Base and head under canonical names and in Keras' layouts.
    var tensors: NamedTensors {
        var result = parameters.tensors
        result["dense/kernel"] = Tensor(
            shape: [head.channels, head.classes], values: (0..<head.kernel.count).map { head.kernel.pointer[$0] })
        result["dense/bias"] = Tensor(shape: [head.classes], values: (0..<head.classes).map { head.bias.pointer[$0] })
        return result
    }

    /// Takes `dense/kernel` [1280, classes] and `dense/bias` [classes].
    func loadHead(_ tensors: NamedTensors) {
        for (name, buffer) in [("dense/kernel", head.kernel), ("dense/bias", head.bias)] {
            guard let values = tensors[name]?.values, values.count == buffer.count else { continue }
            for i in values.indices { buffer.pointer[i] = values[i] }
        }
    }

    /// Convolutions below this index are frozen and run apart: the start of the block that holds the
    /// first trainable one.
    private var boundary: Int {
        guard let fineTuneAt else { return Self.chunkedFrom }
        let first = network.convolutions.firstIndex { $0.normalizationLayer >= fineTuneAt } ?? network.convolutions.count - 1
        return network.convolutions[...first].lastIndex { $0.startsBlock || $0.block == 17 || $0.block == -1 } ?? 0
    }

    private func build() {
        cached = nil
        chunks = []
        let all = parameters.convolutions[...]
        let prefix = boundary > 0 ? FrozenSection(all[..<boundary], images: 1) : nil
        let frozenTail = fineTuneAt == nil ? FrozenSection(all[boundary...], images: chunkCapacity) : nil
        tail = fineTuneAt.map { TrainableTail(all[boundary...], images: chunkCapacity, fineTuneAt: $0) }
        let count = max((batchSize + chunkCapacity - 1) / chunkCapacity, 1)
        chunks = (0..<count).map { _ in
            Chunk(
                prefix: prefix.map(InferenceProgram.init), frozenTail: frozenTail.map(InferenceProgram.init),
                tail: tail.map(TailProgram.init), capacity: chunkCapacity, network: network, classes: head.classes)
        }
        if let tail {
            pool.forEach(tail.layers.count) { [streams] layer, worker in tail.refold(layer, streams[worker]) }
        }
    }

    /// One chunk's programs and buffers.
    private final class Chunk {
        let prefix: InferenceProgram?
        let frozenTail: InferenceProgram?
        let tail: TailProgram?
        let head: ClassifierHead.Workspace
        let scratch: Buffer
        let image: Buffer
        /// Labels of the chunk's images.
        let labels: UnsafeMutablePointer<Int>
        var lossSum = 0.0
        var correct = 0

        init(
            prefix: InferenceProgram?, frozenTail: InferenceProgram?, tail: TailProgram?, capacity: Int,
            network: MobileNetV2, classes: Int
        ) {
            (self.prefix, self.frozenTail, self.tail) = (prefix, frozenTail, tail)
            head = ClassifierHead.Workspace(capacity: capacity, classes: classes)
            scratch = Buffer(count: network.imageSize * network.imageSize * 3)
            image = Buffer(count: network.imageSize * network.imageSize * 3)
            labels = .allocate(capacity: capacity)
            labels.initialize(repeating: 0, count: capacity)
        }

        deinit { labels.deallocate() }

        var tailInput: UnsafeMutablePointer<Float> { tail?.input ?? frozenTail!.input }
        var features: UnsafeMutablePointer<Float> { tail?.output ?? frozenTail!.output }

        func runTail(_ stream: dnnl_stream_t) {
            tail?.forward(stream)
            frozenTail?.run(stream)
        }
    }

    /// Floats of one image where the prefix ends and the tail begins.
    private var boundaryFloats: Int {
        let convolution = network.convolutions[boundary]
        return convolution.inputSize * convolution.inputSize * convolution.inputChannels
    }

    private var positions: Int { network.featureSize * network.featureSize }

    // MARK: Training

    /// Supplies a batch: writes image `item` (size·size·3 values in ±1) and returns its label.
    typealias FillImage = (
        _ item: Int, _ output: UnsafeMutablePointer<Float>, _ image: UnsafeMutablePointer<Float>,
        _ scratch: UnsafeMutablePointer<Float>
    ) -> Int

    struct BatchResult: Equatable {
        /// Sum of the examples' cross-entropies, and how many were right.
        var lossSum: Double
        var correct: Int
        var isFinite: Bool { lossSum.isFinite }
    }

    /// Forward, backward and one optimizer step.
    ///
    /// - Parameters:
    ///   - count: examples, at most `batchSize`.
    ///   - dropout: rate, and the random stream of each item.
    ///   - updates: false computes gradients and the loss only.
    func train(
        count: Int, learningRate: Double, dropout: (rate: Float, random: (Int) -> CounterRandom)? = nil,
        updates: Bool = true, fill: @escaping FillImage
    ) -> BatchResult {
        precondition(count > 0 && count <= batchSize, "\(count) examples in a batch of at most \(batchSize)")
        let chunkCount = chunks.count
        pool.forEach(chunkCount) { [self] index, worker in
            let range = index * count / chunkCount..<(index + 1) * count / chunkCount
            train(chunks[index], range, batchSize: count, dropout: dropout, fill: fill, streams[worker])
        }
        let result = chunks.reduce(into: BatchResult(lossSum: 0, correct: 0)) {
            $0.lossSum += $1.lossSum
            $0.correct += $1.correct
        }
        guard updates, result.isFinite else {
            reduceGradients()
            return result
        }
        adamStep += 1
        let stepSize = Adam.stepSize(learningRate: learningRate, step: adamStep)
        let layers = tail?.layers.count ?? 0
        let programs = chunks.compactMap(\.tail)
        // Largest layers come last in the network; starting with them balances the workers.
        pool.forEach(layers + 1) { [self] item, worker in
            if item == layers {
                head.update(chunks.map(\.head), stepSize: stepSize)
                return
            }
            let layer = layers - 1 - item
            guard let tail, layer >= tail.firstTrained else { return }
            tail.layers[layer].reduce(programs, layer: layer, streams[worker])
            tail.layers[layer].update(tail.parameters[tail.parameters.startIndex + layer], stepSize: stepSize)
            tail.refold(layer, streams[worker])
        }
        return result
    }

    private func reduceGradients() {
        head.reduce(chunks.map(\.head))
        let programs = chunks.compactMap(\.tail)
        for layer in tail?.layers.indices ?? 0..<0 { tail?.layers[layer].reduce(programs, layer: layer, streams[0]) }
    }

    private func train(
        _ chunk: Chunk, _ range: Range<Int>, batchSize: Int,
        dropout: (rate: Float, random: (Int) -> CounterRandom)?, fill: FillImage, _ stream: dnnl_stream_t
    ) {
        let images = range.count
        for (slot, item) in range.enumerated() {
            chunk.labels[slot] = runPrefix(chunk, slot: slot, stream) {
                fill(item, $0, chunk.image.pointer, chunk.scratch.pointer)
            }
        }
        chunk.runTail(stream)
        let workspace = chunk.head
        head.pool(chunk.features, positions: positions, images: images, into: workspace.features.pointer)
        if let dropout, dropout.rate > 0 {
            for (slot, item) in range.enumerated() {
                var random = dropout.random(item)
                head.drop(slot, rate: dropout.rate, random: &random, workspace)
            }
        }
        head.forward(workspace.features.pointer, images: images, into: workspace.probabilities.pointer)
        (chunk.lossSum, chunk.correct) = Self.score(
            workspace.probabilities.pointer, chunk.labels, images: images, classes: head.classes)
        head.backward(
            chunk.labels, images: images, batchSize: batchSize, dropout: (dropout?.rate ?? 0) > 0, workspace)
        if let tail = chunk.tail {
            head.unpool(workspace, positions: positions, images: images, capacity: chunkCapacity, into: tail.dOutput)
            tail.backward(stream)
        }
    }

    /// Runs `fill` and the prefix for one image and leaves the result in the tail's input.
    private func runPrefix<R>(
        _ chunk: Chunk, slot: Int, _ stream: dnnl_stream_t, fill: (UnsafeMutablePointer<Float>) -> R
    ) -> R {
        let target = chunk.tailInput + slot * boundaryFloats
        guard let prefix = chunk.prefix else { return fill(target) }
        let result = fill(prefix.input)
        prefix.run(stream)
        target.update(from: prefix.output, count: boundaryFloats)
        return result
    }

    /// Sum of the cross-entropies and number of right answers.
    static func score(
        _ probabilities: UnsafePointer<Float>, _ labels: UnsafePointer<Int>, images: Int, classes: Int
    ) -> (lossSum: Double, correct: Int) {
        var (loss, correct) = (0.0, 0)
        for image in 0..<images {
            let row = probabilities + image * classes
            var best = 0
            for k in 1..<max(1, classes) where row[k] > row[best] { best = k }
            if best == labels[image] { correct += 1 }
            // A probability that underflowed costs what Keras' log-softmax would find at most.
            loss -= Double(row[labels[image]].isNaN ? .nan : log(max(row[labels[image]], .leastNormalMagnitude)))
        }
        return (loss, correct)
    }

    // MARK: Prediction

    /// Activations of photos that do not change while the layers below are frozen.
    private final class FrozenActivations {
        /// The features while the base is frozen, else the prefix' output, per photo.
        let values: Buffer
        let floats: Int
        let count: Int
        init(count: Int, floats: Int) {
            (self.count, self.floats) = (count, floats)
            values = Buffer(count: count * floats)
        }
    }

    /// Kept activations may take this much memory, in floats.
    private static let cacheLimit = 64 << 20

    /// Probabilities of `count` photos, [count, classes], without dropout.
    ///
    /// - Parameters:
    ///   - keepsActivations: the photos are the same at every call (the validation photos), so what the
    ///     frozen layers make of them is computed once.
    ///   - isCancelled: asked between chunks; the result is then incomplete.
    func predict(
        count: Int, keepsActivations: Bool = false, isCancelled: @escaping () -> Bool = { false },
        fill: @escaping FillImage
    ) -> [Float] {
        let channels = head.channels
        let floats = fineTuneAt == nil ? channels : boundaryFloats
        let mayKeep = keepsActivations && count * floats <= Self.cacheLimit && (fineTuneAt == nil || boundary > 0)
        let known = mayKeep && cached?.count == count ? cached : nil
        let keep = mayKeep && known == nil ? FrozenActivations(count: count, floats: floats) : nil
        var probabilities = [Float](repeating: 0, count: count * head.classes)
        let items = (count + chunkCapacity - 1) / chunkCapacity
        let next = AtomicCounter()
        let cancelled = AtomicFlag()
        probabilities.withUnsafeMutableBufferPointer { output in
            let output = output.baseAddress!
            pool.run { [self] worker in
                guard worker < chunks.count else { return }
                let chunk = chunks[worker]
                while true {
                    let item = next.increment()
                    if item >= items { return }
                    if isCancelled() {
                        cancelled.set()
                        return
                    }
                    let range = item * chunkCapacity..<min(count, (item + 1) * chunkCapacity)
                    predict(chunk, range, known: known, keep: keep, fill: fill, streams[worker])
                    head.forward(
                        chunk.head.features.pointer, images: range.count,
                        into: output + range.lowerBound * head.classes)
                }
            }
        }
        if let keep, !cancelled.isSet { cached = keep }
        return probabilities
    }

    /// Leaves the chunk's pooled features in its head's workspace.
    private func predict(
        _ chunk: Chunk, _ range: Range<Int>, known: FrozenActivations?, keep: FrozenActivations?,
        fill: FillImage, _ stream: dnnl_stream_t
    ) {
        let features = chunk.head.features.pointer
        if fineTuneAt == nil, let known {
            features.update(
                from: known.values.pointer + range.lowerBound * known.floats, count: range.count * known.floats)
            return
        }
        if let known {
            chunk.tailInput.update(
                from: known.values.pointer + range.lowerBound * known.floats, count: range.count * known.floats)
        } else {
            for (slot, item) in range.enumerated() {
                _ = runPrefix(chunk, slot: slot, stream) { fill(item, $0, chunk.image.pointer, chunk.scratch.pointer) }
            }
            if fineTuneAt != nil, let keep {
                (keep.values.pointer + range.lowerBound * keep.floats).update(
                    from: chunk.tailInput, count: range.count * keep.floats)
            }
        }
        chunk.runTail(stream)
        head.pool(chunk.features, positions: positions, images: range.count, into: features)
        if fineTuneAt == nil, let keep {
            (keep.values.pointer + range.lowerBound * keep.floats).update(
                from: features, count: range.count * keep.floats)
        }
    }

    // MARK: Inspection

    /// The reduced gradients of the last batch under canonical names and in Keras' layouts.
    var gradients: NamedTensors {
        func tensor(_ shape: [Int], _ buffer: Buffer) -> Tensor {
            Tensor(shape: shape, values: (0..<buffer.count).map { buffer.pointer[$0] })
        }
        let dense = chunks[0].head
        var result: NamedTensors = [
            "dense/kernel": tensor([head.channels, head.classes], dense.dKernel),
            "dense/bias": tensor([head.classes], dense.dBias),
        ]
        for (index, layer) in (tail?.layers ?? []).enumerated() {
            guard let gradient = layer.plainGradient else { continue }
            let parameters = tail!.parameters[tail!.parameters.startIndex + index]
            let convolution = layer.convolution
            var dGamma = Tensor(zeros: [convolution.outputChannels])
            let dKernel = Buffer(count: convolution.outputChannels * convolution.fanIn)
            for channel in 0..<convolution.outputChannels {
                let scale = parameters.gamma.pointer[channel] * parameters.inverseDeviation(channel)
                var dot: Float = 0
                for i in channel * convolution.fanIn..<(channel + 1) * convolution.fanIn {
                    dot += gradient.pointer[i] * parameters.kernel.pointer[i]
                    dKernel.pointer[i] = gradient.pointer[i] * scale
                }
                dGamma.values[channel] = layer.gammaGradient(parameters, channel, dot: dot)
            }
            if layer.trainsKernel {
                result["\(convolution.name)/kernel"] = KernelLayout.toKeras(dKernel.pointer, convolution)
            }
            result["\(convolution.normalization)/gamma"] = dGamma
            result["\(convolution.normalization)/beta"] = Tensor(
                shape: [convolution.outputChannels],
                values: (0..<convolution.outputChannels).map { layer.biasGradientSum.pointer[$0] })
        }
        return result
    }

    /// Adam's moments of everything that trains, under `m/<name>` and `v/<name>`, in Keras' layouts.
    var optimizerTensors: NamedTensors {
        var result: NamedTensors = [:]
        forEachMoment { name, shape, convolution, buffer in
            if let convolution {
                result[name] = KernelLayout.toKeras(buffer.pointer, convolution)
            } else {
                result[name] = Tensor(shape: shape, values: (0..<buffer.count).map { buffer.pointer[$0] })
            }
        }
        return result
    }

    /// Takes back what `optimizerTensors` gave; tensors that are missing leave fresh moments.
    func loadOptimizer(_ tensors: NamedTensors) {
        forEachMoment { name, _, convolution, buffer in
            guard let tensor = tensors[name], tensor.values.count == buffer.count else { return }
            if let convolution {
                KernelLayout.toOutputMajor(tensor.values, convolution, into: buffer.pointer)
            } else {
                for i in tensor.values.indices { buffer.pointer[i] = tensor.values[i] }
            }
        }
    }

    private func forEachMoment(
        _ body: (_ name: String, _ shape: [Int], _ kernelOf: MobileNetV2.Convolution?, _ buffer: Buffer) -> Void
    ) {
        func both(_ name: String, _ shape: [Int], _ convolution: MobileNetV2.Convolution?, _ moments: Adam.Moments?) {
            guard let moments else { return }
            body("m/\(name)", shape, convolution, moments.first)
            body("v/\(name)", shape, convolution, moments.second)
        }
        both("dense/kernel", [head.channels, head.classes], nil, head.kernelMoments)
        both("dense/bias", [head.classes], nil, head.biasMoments)
        for layer in tail?.layers ?? [] {
            let convolution = layer.convolution
            both("\(convolution.name)/kernel", [], convolution, layer.kernelMoments)
            both("\(convolution.normalization)/gamma", [convolution.outputChannels], nil, layer.gammaMoments)
            both("\(convolution.normalization)/beta", [convolution.outputChannels], nil, layer.betaMoments)
        }
    }

    /// Implementations that oneDNN chose, by convolution; anything named `ref` is slow.
    var implementations: [(name: String, implementation: String)] {
        var result: [(String, String)] = []
        if let chunk = chunks.first {
            for section in [chunk.prefix?.section, chunk.frozenTail?.section].compactMap({ $0 }) {
                result += zip(section.convolutions, section.primitives).map { ($0.name, $1.implementation) }
            }
        }
        for layer in tail?.layers ?? [] {
            for (kind, primitive) in [
                ("forward", layer.forward), ("backward data", layer.backwardData),
                ("backward weights", layer.backwardWeights),
            ] {
                if let primitive { result.append(("\(layer.convolution.name) \(kind)", primitive.implementation)) }
            }
        }
        return result
    }
}

/// A flag that any thread may raise.
final class AtomicFlag: Sendable {
    private let lock = NSLock()
    nonisolated(unsafe) private var raised = false  // guarded by `lock`
    var isSet: Bool { lock.withLock { raised } }
    func set() { lock.withLock { raised = true } }
}
