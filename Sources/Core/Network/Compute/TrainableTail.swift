package import Basics
package import COneDNN
import Ranks

/// The top of the base, which trains: its layers and their computation, which all chunks share.
package final class TrainableTail {
    let parameters: ArraySlice<NetworkParameters.Parameters>
    package let layers: [TrainedLayer]
    /// Index of the first convolution with something to train; those before it only run forward.
    let firstTrained: Int
    let section: any TailSection
    /// Every piece of the layers that train. The largest layers come last in the network; starting
    /// with them balances the workers.
    package let pieces: [(layer: Int, piece: Int)]

    /// - Parameters:
    ///   - parameters: from the first convolution of a block to the last of the network.
    ///   - images: the most images that a program computes at once.
    ///   - fineTuneAt: first Keras layer that trains.
    ///   - kernels: our kernels, which compute what they cover; nil leaves it to oneDNN, in Float32.
    package init(
        _ parameters: ArraySlice<NetworkParameters.Parameters>, images: Int, fineTuneAt: Int,
        kernels: VectorKernels? = .best
    ) {
        self.parameters = parameters
        let first =
            parameters.firstIndex { $0.convolution.normalizationLayer >= fineTuneAt } ?? parameters.endIndex
        firstTrained = first - parameters.startIndex
        let convolutions = parameters.map(\.convolution)
        let isFused = kernels.map { FusedTail.covers(convolutions, kernels: $0) } ?? false
        let layers = parameters.indices.map { index in
            let convolution = parameters[index].convolution
            return TrainedLayer(
                convolution, fineTuneAt: fineTuneAt, trains: index >= first,
                pieces: isFused ? FusedTail.pieces(of: convolution) : [0..<convolution.outputChannels])
        }
        if let kernels, isFused {
            section = FusedTail(layers, firstTrained: firstTrained, images: images, kernels: kernels)
        } else {
            section = PrimitiveTail(layers, firstTrained: firstTrained, images: images)
        }
        self.layers = layers
        pieces = layers.indices.reversed().flatMap { layer in
            layers[layer].pieces.indices.map { (layer, $0) }
        }
    }

    package func makeProgram() -> any TailProgram { section.makeProgram() }

    /// Memory for one worker, and its stream; for any of the tail's programs.
    package func makeWorker(_ stream: dnnl_stream_t) -> TailWorker {
        TailWorker(stream: stream, scratch: Buffer(count: section.scratchFloats))
    }

    /// Sums a piece's gradients over the chunks.
    package func reduce(
        _ piece: (layer: Int, piece: Int), _ programs: [any TailProgram], _ worker: TailWorker
    ) { reduce(piece, programs, continues: false, worker) }

    /// Sums a piece's gradients over the chunks.
    ///
    /// - Parameter continues: adds them to what the layer's gradients hold.
    func reduce(
        _ piece: (layer: Int, piece: Int), _ programs: [any TailProgram], continues: Bool,
        _ worker: TailWorker
    ) {
        guard piece.layer >= firstTrained else { return }
        section.reduce(
            programs, layer: piece.layer, channels: layers[piece.layer].pieces[piece.piece],
            continues: continues, worker)
    }

    /// Sums a piece's gradients over groups of chunks, each first by itself (`PairTree`).
    func reduce(
        _ piece: (layer: Int, piece: Int), groups: ArraySlice<[any TailProgram]>, _ worker: TailWorker
    ) {
        guard piece.layer >= firstTrained else { return }
        let gradient = layers[piece.layer].gradient(ofPiece: piece.piece)
        if groups.isEmpty {
            for part in gradient { part.update(repeating: 0) }
            return
        }
        if groups.count == 1 { return reduce(piece, groups.first!, worker) }
        let middle = groups.startIndex + PairTree.firstHalf(of: groups.count)
        reduce(piece, groups: groups[..<middle], worker)
        let first = gradient.map { Array($0) }
        reduce(piece, groups: groups[middle...], worker)
        for (part, added) in zip(gradient, first) {
            for i in part.indices { part[i] = added[i] + part[i] }
        }
    }

    /// Takes one Adam step on a piece, whose gradients are reduced.
    func update(_ piece: (layer: Int, piece: Int), keep: Float, stepSize: Float) {
        layers[piece.layer].update(self[piece.layer], piece: piece.piece, keep: keep, stepSize: stepSize)
    }

    /// Folds a piece's batch normalisation into its weights again, after they have changed.
    package func refold(_ piece: (layer: Int, piece: Int), _ worker: TailWorker) {
        section.refold(
            self[piece.layer], layer: piece.layer, channels: layers[piece.layer].pieces[piece.piece], worker)
    }

    private subscript(layer: Int) -> NetworkParameters.Parameters {
        parameters[parameters.startIndex + layer]
    }
}

/// A worker's stream, and memory that holds nothing between calls.
package struct TailWorker {
    let stream: dnnl_stream_t
    let scratch: Buffer
}

/// The computation of the layers that train, compiled for a number of images.
protocol TailSection: AnyObject {
    /// Floats of a worker's scratch memory.
    var scratchFloats: Int { get }
    /// The implementation of each convolution; a name with `ref` in it means slow reference code.
    var implementations: [(name: String, implementation: String)] { get }

    func makeProgram() -> any TailProgram

    /// Folds the batch normalisation of `channels` into their weights and writes them in the layouts
    /// that the passes use.
    func refold(
        _ parameters: NetworkParameters.Parameters, layer: Int, channels: Range<Int>, _ worker: TailWorker)

    /// Sums dw' and db' of `channels` in the chunks' order, so that the result does not depend on
    /// which worker computed them, into the layer's gradients; if it `continues`, onto what they hold.
    func reduce(
        _ programs: [any TailProgram], layer: Int, channels: Range<Int>, continues: Bool, _ worker: TailWorker
    )
}

/// One chunk's forward and backward pass through a `TrainableTail`. One worker at a time runs it.
package protocol TailProgram: AnyObject {
    /// Input of the first convolution, [images, H, W, C].
    var input: UnsafeMutablePointer<Float> { get }
    /// The base's features, [images, size, size, channels].
    var output: UnsafeMutablePointer<Float> { get }
    /// Gradient of `output` in its shape, to be written before `backward`, which overwrites it; zeros
    /// for the images that a chunk lacks.
    var dOutput: UnsafeMutablePointer<Float> { get }

    /// Computes `output` from `input`.
    func forward(images: Int, _ worker: TailWorker)

    /// Computes the gradients of every trained convolution from `dOutput`, once after each `forward`.
    func backward(images: Int, _ worker: TailWorker)
}

/// The gradient of ReLU6, which like TensorFlow's passes strictly between the bounds.
enum ReLU6Gradient {
    /// Zeroes the gradients at the bounds. Without branches and eight at a time, because half of all
    /// activations are at a bound, unpredictably.
    static func mask(
        _ gradient: UnsafeMutablePointer<Float>, by activation: UnsafePointer<Float>, count: Int
    ) {
        let zero = SIMD8<Float>.zero
        let six = SIMD8<Float>(repeating: 6)
        var i = 0
        while i + 8 <= count {
            let y = UnsafeRawPointer(activation + i).loadUnaligned(as: SIMD8<Float>.self)
            let g = UnsafeRawPointer(gradient + i).loadUnaligned(as: SIMD8<Float>.self)
            let passes = (y .> zero) .& (y .< six)
            UnsafeMutableRawPointer(gradient + i).storeBytes(
                of: g.replacing(with: zero, where: .!passes), as: SIMD8<Float>.self)
            i += 8
        }
        while i < count {
            if !(activation[i] > 0 && activation[i] < 6) { gradient[i] = 0 }
            i += 1
        }
    }
}
