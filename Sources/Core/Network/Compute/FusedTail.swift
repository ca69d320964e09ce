import Basics
import CKernels

/// Layers that train on our kernels.
///
/// Forward they compute as a `FusedSection`, in Float32 to the bit, but keep every activation. On the way back,
/// ReLU6's mask and the residual are part of the products; only the gradients of block outputs and
/// of expanded tensors are kept, the latter in place of the tensors themselves. The weights of
/// products get their gradients last, for all chunks at once: each is summed over the pixels of the
/// batch in their order and written once (`reduce`).
///
/// The kernels decide the arithmetic. In bfloat16 the activations between two convolutions and their
/// gradients are kept in that format, as which the products read them with the rounded weights; sums,
/// depthwise convolutions, biases, the last output and all gradients of weights are Float32.
final class FusedTail: TailSection {
    let kernels: VectorKernels
    let images: Int
    let layers: [Layer]
    let firstTrained: Int
    /// Convolutions that are computed one after the other for a few images, which then lie in the
    /// second-level cache: a block, or the one after the blocks.
    let groups: [Group]
    /// First for a depthwise convolution an image and its gradient with their padding, or for weights
    /// and their gradients what a piece needs; from `transientOffset` on the gradient of a depthwise
    /// convolution's output, in the kernels' format.
    let scratchFloats: Int
    let transientOffset: Int

    struct Group {
        let layers: Range<Int>
        /// Images that are computed together.
        let together: Int
    }

    /// Pixels of a group's input that share each load of the weights.
    private static let pixelsTogether = 200

    /// Whether the kernels compute all of the convolutions.
    static func covers(_ convolutions: [Backbone.Convolution], kernels: VectorKernels) -> Bool {
        convolutions.allSatisfy { convolution in
            switch convolution.form {
            case .full3x3: false
            case .pointwise:
                convolution.stride == 1 && convolution.outputChannels % 8 == 0
                    && convolution.inputChannels % 8 == 0
            case .depthwise3x3, .depthwise5x5:
                (1...2).contains(convolution.stride) && convolution.outputChannels % kernels.lanes == 0
            }
        }
    }

    /// Weights of a piece, so many that the work is worth an item for a worker.
    private static let weightsOfPiece = 1 << 17

    /// Divides a convolution's output channels into pieces of whole panels of every instruction set,
    /// so that the sums over a piece do not depend on it.
    static func pieces(of convolution: Backbone.Convolution) -> [Range<Int>] {
        let outputs = convolution.outputChannels
        let panels = (outputs + panel - 1) / panel
        let count = max(1, min(panels, outputs * convolution.fanIn / weightsOfPiece))
        if convolution.form.isDepthwise { return [0..<outputs] }
        return (0..<count).map { piece in
            panels * piece / count * panel..<min(outputs, panels * (piece + 1) / count * panel)
        }
    }

    /// Columns of the widest panel.
    private static let panel = 32

    init(_ layers: [TrainedLayer], firstTrained: Int, images: Int, kernels: VectorKernels) {
        (self.kernels, self.images, self.firstTrained) = (kernels, images, firstTrained)
        self.layers = layers.enumerated().map { index, layer in
            // The gradient passes on to the layer before, as far as layers train.
            let passes = index > firstTrained
            let gates = passes && layers[index - 1].convolution.activates
            return Layer(
                layer, passes: passes, gates: gates, isLast: index == layers.count - 1, kernels: kernels)
        }
        var groups: [Group] = []
        var start = 0
        for index in layers.indices {
            let next = index + 1 < layers.count ? layers[index + 1].convolution : nil
            guard next.map({ $0.startsBlock || $0.place == .top }) ?? true else { continue }
            let size = layers[start].convolution.inputSize
            let together = min(max(1, Self.pixelsTogether / (size * size)), images)
            groups.append(Group(layers: start..<index + 1, together: together))
            start = index + 1
        }
        self.groups = groups
        transientOffset = ((self.layers.map(\.scratchFloats).max() ?? 0) + 15) / 16 * 16
        let gradients = groups.flatMap { group in
            group.layers.map { index in
                let convolution = layers[index].convolution
                return convolution.form.isDepthwise && index >= firstTrained
                    ? kernels.floats(ofValues: group.together * kernels.outputValues(convolution)) : 0
            }
        }
        scratchFloats = transientOffset + (gradients.max() ?? 0)
    }

    var implementations: [(name: String, implementation: String)] {
        layers.map { ($0.trained.convolution.name, "own:\(kernels.name)") }
    }

    func makeProgram() -> any TailProgram { FusedTailProgram(self) }

    func refold(
        _ parameters: NetworkParameters.Parameters, layer: Int, channels: Range<Int>, _ worker: TailWorker
    ) { layers[layer].refold(parameters, channels, scratch: worker.scratch.pointer) }

    func reduce(
        _ programs: [any TailProgram], layer: Int, channels: Range<Int>, continues: Bool, _ worker: TailWorker
    ) {
        let programs = programs.compactMap { $0 as? FusedTailProgram }.filter { $0.images > 0 }
        let trained = layers[layer].trained
        guard let kernel = trained.kernelGradient?.pointer else { return }
        let convolution = trained.convolution
        let (fanIn, outputs) = (convolution.fanIn, convolution.outputChannels)
        let bias = trained.biasGradient.pointer
        if !continues {
            (kernel + channels.lowerBound * fanIn).update(repeating: 0, count: channels.count * fanIn)
            (bias + channels.lowerBound).update(repeating: 0, count: channels.count)
        }
        if convolution.form.isDepthwise {
            for program in programs {
                let sums = program.tapGradients(layer)
                for tap in 0..<fanIn {
                    for channel in channels {
                        kernel[channel * fanIn + tap] += sums[tap * outputs + channel]
                    }
                }
                for channel in channels { bias[channel] += sums[fanIn * outputs + channel] }
            }
            return
        }
        let operands = programs.map { $0.operands(layer) }
        let gradients = operands.map { Optional(UnsafeRawPointer(($0.dOutput + channels.lowerBound).start)) }
        let inputs = operands.map { Optional(UnsafeRawPointer($0.input.start)) }
        let depths = programs.map { Int32($0.images * convolution.outputSize * convolution.outputSize) }
        var product = Self.outerProduct(convolution, rows: channels.count, kernels)
        let table = kernels.table.pointee
        table.begin?()
        table.multiply_back(
            &product, Int32(programs.count), gradients, inputs, depths,
            kernel + channels.lowerBound * fanIn, bias + channels.lowerBound, worker.scratch.pointer)
        table.end?()
    }

    fileprivate static func outerProduct(
        _ convolution: Backbone.Convolution, rows: Int, _ kernels: VectorKernels
    ) -> flowers_outer_product {
        flowers_outer_product(
            rows: Int32(rows), columns: Int32(convolution.fanIn),
            a_stride: kernels.pixelStride(convolution.outputChannels),
            b_stride: kernels.pixelStride(convolution.fanIn), c_stride: convolution.fanIn)
    }

    /// One convolution's folded weights as the kernels want them.
    final class Layer {
        let trained: TrainedLayer
        /// Forward, and for the gradient of the input if that is needed; nil for a depthwise one.
        let product: Product?
        let productBack: Product?
        let depthwise: Depthwise?
        private let kernels: VectorKernels

        init(_ trained: TrainedLayer, passes: Bool, gates: Bool, isLast: Bool, kernels: VectorKernels) {
            let convolution = trained.convolution
            (self.trained, self.kernels) = (trained, kernels)
            let (inputs, outputs) = (convolution.inputChannels, convolution.outputChannels)
            if convolution.form.isDepthwise {
                (product, productBack) = (nil, nil)
                depthwise = Depthwise(convolution, gates: gates, kernels: kernels)
                return
            }
            depthwise = nil
            product = Product(
                columns: outputs, depth: inputs, clips: convolution.activates,
                adds: convolution.addsBlockInput, narrows: !isLast, kernels: kernels)
            productBack =
                passes
                ? Product(
                    columns: inputs, depth: outputs, clips: false, adds: false, narrows: true,
                    kernels: kernels) : nil
        }

        var scratchFloats: Int {
            if let depthwise { return depthwise.scratchFloats }
            return trained.pieces.reduce(0) { largest, piece in
                var product = FusedTail.outerProduct(trained.convolution, rows: piece.count, kernels)
                return max(
                    largest, piece.count * (trained.convolution.fanIn + 1),
                    kernels.table.pointee.multiply_back_scratch(&product))
            }
        }

        func refold(
            _ parameters: NetworkParameters.Parameters, _ channels: Range<Int>,
            scratch: UnsafeMutablePointer<Float>
        ) {
            if let depthwise {
                depthwise.refold(parameters, kernels: kernels)
                return
            }
            let fanIn = trained.convolution.fanIn
            let bias = scratch + channels.count * fanIn
            parameters.fold(channels, kernel: scratch, bias: bias)
            let (table, count, depth) = (kernels.table.pointee, Int32(channels.count), Int32(fanIn))
            if let product {
                // A piece consists of whole panels, which adjoin.
                let before = table.packed_bytes(Int32(channels.lowerBound), 1, depth)
                table.pack(
                    scratch, count, 1, depth, UnsafeMutableRawPointer(product.weights.pointer) + before)
                (product.bias.pointer + channels.lowerBound).update(from: bias, count: channels.count)
            }
            if let productBack {
                table.pack_rows(
                    scratch, Int32(channels.lowerBound), count, depth,
                    Int32(trained.convolution.outputChannels), productBack.weights.pointer)
            }
        }
    }

    /// A product and its packed weights.
    final class Product {
        let weights: Buffer
        let bias: Buffer
        let product: flowers_product

        init(columns: Int, depth: Int, clips: Bool, adds: Bool, narrows: Bool, kernels: VectorKernels) {
            let bytes = kernels.table.pointee.packed_bytes(Int32(columns), 1, Int32(depth))
            // Kernels read the biases in whole vectors.
            (weights, bias) = (
                Buffer(count: (bytes + 3) / 4),
                Buffer(count: (columns + kernels.lanes - 1) / kernels.lanes * kernels.lanes)
            )
            product = flowers_product(
                weights: weights.pointer, bias: bias.pointer, columns: Int32(columns), segments: 1,
                depth: Int32(depth), segment_depth: Int32(depth), packed_depth: Int32(depth),
                row_stride: kernels.pixelStride(depth), segment_stride: 0,
                output_stride: narrows ? kernels.pixelStride(columns) : columns, clips: clips ? 1 : 0,
                adds: adds ? 1 : 0, narrows: narrows ? 1 : 0, gate: nil)
        }
    }

    /// A depthwise convolution's weights, for both passes.
    final class Depthwise {
        let image: flowers_depthwise_image
        /// Floats of scratch memory for either pass.
        let scratchFloats: Int
        private let weights: Buffer
        private let channels: Int
        private let taps: Int

        init(_ convolution: Backbone.Convolution, gates: Bool, kernels: VectorKernels) {
            (channels, taps) = (convolution.outputChannels, convolution.fanIn)
            weights = Buffer(count: channels * (taps + 1))
            var image = flowers_depthwise_image(
                weights: weights.pointer, channels: Int32(channels),
                input_stride: kernels.pixelStride(channels), output_stride: kernels.pixelStride(channels),
                side: Int32(convolution.form.side),
                stride: Int32(convolution.stride), size: Int32(convolution.inputSize),
                output_size: Int32(convolution.outputSize), before: Int32(convolution.padding.before),
                gates: gates ? 1 : 0)
            scratchFloats = kernels.table.pointee.image_scratch(&image)
            self.image = image
        }

        func refold(_ parameters: NetworkParameters.Parameters, kernels: VectorKernels) {
            let folded = FoldedWeights(parameters)
            let packed = kernels.packDepthwise(
                folded.kernel.pointer, bias: folded.bias.pointer, channels: 0..<channels, taps: taps)
            weights.pointer.update(from: packed.values.pointer, count: weights.count)
        }
    }
}
