import Basics

/// The memory that training or prediction will take, estimated before any of it is allocated. A
/// network that does not fit would otherwise end in the kernel's hands, or in an allocator that
/// tries for ever (OpenBLAS').
package struct MemoryEstimate: Sendable {
    let network: Backbone
    let classes: Int
    let threads: Int
    /// First layer of the base that trains, by Keras' index; nil while the base is frozen.
    let fineTuneAt: Int?
    /// See `TrainingEngine`.
    let chunks: Int?
    /// Whether a batch's photos are in memory together, to be mixed.
    let mixes: Bool

    /// - Parameter fineTuneAt: see `TrainingEngine.unfreeze`.
    package init(
        network: Backbone, classes: Int, threads: Int, fineTuneAt: Int? = nil, chunks: Int? = nil,
        mixes: Bool = false
    ) {
        (self.network, self.classes, self.threads) = (network, classes, threads)
        (self.fineTuneAt, self.chunks, self.mixes) = (fineTuneAt, chunks, mixes)
    }

    /// Bytes besides the chunks: the program, the weights as read and in three layouts, the
    /// optimizer's moments, and a checkpoint while it is written.
    private static let base = 160 << 20

    /// Bytes of address space that a thread reserves: OpenBLAS' buffer, the allocator's arena and
    /// the stack.
    private static let reservedByThread = (128 + 64 + 8) << 20

    /// Bytes for batches of `batchSize` photos.
    func bytes(batchSize: Int) -> Int {
        let cut = TrainingEngine.cut(batchSize: batchSize, chunks: chunks)
        let boundary = TrainingEngine.boundary(network, fineTuneAt: fineTuneAt)
        let (below, above) = (network.convolutions[..<boundary], network.convolutions[boundary...])
        let outputs = above.map(\.outputFloats)
        let largest = max(outputs.max() ?? 0, above.first?.inputFloats ?? 0)
        // Frozen layers use two buffers in turn; the layers that train keep every activation, and
        // on oneDNN their gradients pass through three more and each chunk has its own of the
        // weights. On our kernels they take less.
        let image =
            fineTuneAt == nil
            ? 2 * largest + (outputs.last ?? 0)
            : (above.first?.inputFloats ?? 0) + outputs.reduce(0, +) + 3 * largest
        let prefix = 3 * (below.map { max($0.inputFloats, $0.outputFloats) }.max() ?? 0)
        let gradients = fineTuneAt == nil ? 0 : above.reduce(0) { $0 + $1.outputChannels * $1.fanIn }
        let head = (network.featureChannels + 4) * (classes + 3)
        let pixels = 2 * network.imageSize * network.imageSize * 3
        let chunk =
            cut.capacity * (image + 3 * network.featureChannels) + prefix + gradients + head + pixels
        let mixed = mixes ? network.imageSize * network.imageSize * 3 * (batchSize + 2 * threads) : 0
        return Self.base + 4 * (cut.count * chunk + mixed)
    }

    /// Finds out whether a network that only predicts fits.
    ///
    /// - Throws: `MemoryFailure` with the limit.
    package func check() throws {
        let size = 16 * max(1, threads)
        guard let (need, limit) = excess(size, Machine.memory(), Machine.addressSpace()) else { return }
        throw MemoryFailure(
            need: need, limit: limit, remedy: threads > 1 ? .fewerThreads : .freeOrRaise)
    }

    /// Finds out whether the network fits for training.
    ///
    /// - Throws: `MemoryFailure` with the limit, and the batch size that would fit.
    package func check(batchSize: Int) throws {
        try check(batchSize: batchSize, memory: Machine.memory(), addressSpace: Machine.addressSpace())
    }

    func check(batchSize: Int, memory: Machine.Limit, addressSpace: Machine.Limit?) throws {
        guard let (need, limit) = excess(batchSize, memory, addressSpace) else { return }
        let smaller = sequence(first: batchSize / 2) { $0 / 2 }.prefix { $0 > 0 }.first {
            excess($0, memory, addressSpace) == nil
        }
        throw MemoryFailure(
            need: need, limit: limit,
            remedy: smaller.map { .batchSize($0) }
                ?? (limit == addressSpace ? .raiseOrFewerThreads : .freeOrSmallerImages))
    }

    /// Returns the bytes that are needed, and the limit that they exceed; nil if they fit.
    private func excess(_ batchSize: Int, _ memory: Machine.Limit, _ addressSpace: Machine.Limit?) -> (
        need: Int, limit: Machine.Limit
    )? {
        let need = bytes(batchSize: batchSize)
        if need > memory.bytes { return (need, memory) }
        // One thread more: the dashboard looks into the network on its own.
        let reserved = need + (threads + 1) * Self.reservedByThread
        if let addressSpace, reserved > addressSpace.bytes { return (reserved, addressSpace) }
        return nil
    }
}

extension Backbone.Convolution {
    var inputFloats: Int { inputSize * inputSize * inputChannels }
    var outputFloats: Int { outputSize * outputSize * outputChannels }
}
