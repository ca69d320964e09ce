package import Basics
import CKernels

/// A frozen section of whole inverted residual blocks, computed a few rows and channels at a time.
///
/// A block's expanded tensor, up to six times its input, never exists as a whole: for a few rows,
/// one group of channels at a time is expanded into a small ring and convolved there; then the rows
/// of all groups are projected at once. Large images go row by row; from 16×16 down a block takes
/// whole images, several together, which share each load of the weights.
///
/// The kernels decide the arithmetic. In bfloat16 a block's input and the depthwise convolution's
/// output, which enter products, are values of that format, and so are the products' weights; the
/// expanded tensor, the depthwise convolution, sums and biases are Float32.
package final class FusedSection: FrozenSection {
    let kernels: VectorKernels
    package let images: Int
    let blocks: [FusedBlock]
    /// The convolution after the last block, if the section contains it.
    let last: FusedProduct?
    let implementations: [(name: String, implementation: String)]
    private let shapes: (first: Backbone.Convolution, last: Backbone.Convolution)

    /// Returns nil unless the section consists of whole blocks, where the stem is part of the
    /// first, of shapes that the kernels know.
    ///
    /// - Parameter images: the most images that a program computes at once.
    package init?(_ parameters: ArraySlice<NetworkParameters.Parameters>, images: Int, kernels: VectorKernels)
    {
        guard let first = parameters.first?.convolution, let last = parameters.last?.convolution else {
            return nil
        }
        guard parameters.allSatisfy({ Self.isKnown($0.convolution) }) else { return nil }
        var rest = parameters
        var blocks: [FusedBlock] = []
        while let next = rest.first?.convolution, next.place != .top {
            let isFirst = next.place == .stem
            guard isFirst || next.form == .pointwise && next.startsBlock, rest.count >= 3 else { return nil }
            let block = Array(rest.prefix(3))
            guard block[2].convolution.place == (isFirst ? .block(0) : next.place) else { return nil }
            blocks.append(FusedBlock(block[0], block[1], block[2], kernels: kernels))
            rest = rest.dropFirst(3)
        }
        self.last = rest.first.map {
            FusedProduct(
                $0, rowStride: kernels.pixelStride($0.convolution.inputChannels), narrows: false,
                kernels: kernels)
        }
        (self.kernels, self.images, self.blocks) = (kernels, images, blocks)
        shapes = (first, last)
        implementations = parameters.map { ($0.convolution.name, "own:\(kernels.name)") }
    }

    func makeProgram() -> any FrozenProgram { FusedProgram(self) }

    /// Whether the kernels compute a convolution: whole half vectors of channels, and the strides of
    /// the two families.
    private static func isKnown(_ convolution: Backbone.Convolution) -> Bool {
        guard convolution.outputChannels % 8 == 0 else { return false }
        switch convolution.form {
        case .full3x3: return convolution.stride == 2 && convolution.inputChannels == 3
        case .pointwise: return convolution.stride == 1
        case .depthwise3x3, .depthwise5x5: return (1...2).contains(convolution.stride)
        }
    }

    var input: Backbone.Convolution { shapes.first }
    var output: Backbone.Convolution { shapes.last }
}

/// A convolution as a matrix product, pixels × input channels by input channels × output channels:
/// pointwise, or the stem's with its 3×3 taps in place of input channels.
final class FusedProduct {
    // Allocated here and freed with the object, which also retains the `weights` that it points
    // into. Constant after `init`.
    let product: UnsafeMutablePointer<flowers_product>
    private let weights: VectorKernels.Weights

    /// A pointwise convolution whose output is the input of a convolution if `narrows`, else Float32.
    ///
    /// - Parameter rowStride: values from one pixel of the input to the next.
    convenience init(
        _ parameters: NetworkParameters.Parameters, rowStride: Int, narrows: Bool, kernels: VectorKernels
    ) {
        let convolution = parameters.convolution
        let (inputs, outputs) = (convolution.inputChannels, convolution.outputChannels)
        let plain = FoldedWeights(parameters)
        self.init(
            kernels.packProduct(
                plain.kernel.pointer, bias: plain.bias.pointer, columns: 0..<outputs, depth: inputs),
            columns: outputs, depth: inputs, rowStride: rowStride,
            outputStride: narrows ? kernels.pixelStride(outputs) : outputs, clips: convolution.activates,
            adds: convolution.addsBlockInput, narrows: narrows)
    }

    init(
        _ weights: VectorKernels.Weights, columns: Int, depth: Int, segments: Int = 1, rowStride: Int,
        segmentStride: Int = 0, outputStride: Int, clips: Bool, adds: Bool, narrows: Bool
    ) {
        self.weights = weights
        product = .allocate(capacity: 1)
        product.initialize(
            to: flowers_product(
                weights: weights.values.pointer, bias: weights.bias.pointer, columns: Int32(columns),
                segments: Int32(segments), depth: Int32(depth), segment_depth: Int32(depth),
                packed_depth: Int32(depth * segments), row_stride: rowStride,
                segment_stride: segmentStride, output_stride: outputStride,
                clips: clips ? 1 : 0, adds: adds ? 1 : 0, narrows: narrows ? 1 : 0, gate: nil))
    }

    deinit { product.deallocate() }
}

/// A convolution's kernel [out][fan in] and bias [out] with the batch normalisation folded in.
struct FoldedWeights {
    let kernel: Buffer
    let bias: Buffer

    /// - Parameter channels: at least the output channels; the weights of those beyond are zeros.
    init(_ parameters: NetworkParameters.Parameters, channels: Int? = nil) {
        let channels = channels ?? parameters.convolution.outputChannels
        kernel = Buffer(count: channels * parameters.convolution.fanIn, isApart: true)
        bias = Buffer(count: channels, isApart: true)
        parameters.fold(kernel: kernel.pointer, bias: bias.pointer)
    }
}

/// One inverted residual block: expansion (in the first block the stem), depthwise convolution,
/// projection.
final class FusedBlock {
    /// Sides of the input, of the expanded tensor and of the output, in pixels.
    let inputSize: Int
    let size: Int
    let outputSize: Int
    let inputChannels: Int
    /// Channels of the expanded tensor, filled up to whole vectors with channels of zeros.
    let expandedChannels: Int
    let outputChannels: Int
    /// Values from one pixel to the next in the input, in the depthwise convolution's output and in
    /// the block's.
    let inputStride: Int
    let convolvedStride: Int
    let outputStride: Int
    let stride: Int
    let addsInput: Bool
    /// Whether the expansion is the stem's 3×3 convolution.
    let isStem: Bool
    /// Side of the stem's image with its padding, into which the image is copied first; nil if it is
    /// Float32 and only the last row and column have padding, which the products leave out.
    let paddedSize: Int?
    /// Rows and columns of padding before the stem's image.
    let stemPadding: Int
    /// Padding of the depthwise convolution, and the side of its kernel.
    let padding: Backbone.Convolution.Padding
    let side: Int
    let projection: FusedProduct
    let groups: [Group]
    let steps: [Step]
    /// Whether one step computes a whole image, so that several images can be computed together.
    var takesWholeImages: Bool { steps.count == 1 }
    /// Rows that a group's ring holds; each has the padding's pixels of zeros at its ends.
    let ringRows: Int
    /// Pixels of such a row.
    var ringPixels: Int { size + padding.before + padding.after }
    /// Floats from the start of a ring to each pixel of the expanded tensor, [size, size].
    // Allocated here and freed with the block; constant after `init`. So are the groups'
    // `depthwise`, which point into the groups' weights.
    let offsets: UnsafeMutablePointer<Int32>

    /// Expanded channels that are computed together: two vectors of AVX-512.
    static let groupWidth = 32

    /// Up to `groupWidth` expanded channels from `first` on: their part of the expansion and of the
    /// depthwise convolution.
    struct Group {
        let first: Int
        let expansion: FusedProduct
        let depthwise: UnsafeMutablePointer<flowers_depthwise>
        fileprivate let weights: VectorKernels.Weights
    }

    /// Rows of the expanded tensor to compute, and the output rows that can be computed after them.
    struct Step {
        let expanded: Range<Int>
        let output: Range<Int>
    }

    init(
        _ expansion: NetworkParameters.Parameters, _ depthwise: NetworkParameters.Parameters,
        _ projection: NetworkParameters.Parameters, kernels: VectorKernels
    ) {
        let (first, second, third) = (expansion.convolution, depthwise.convolution, projection.convolution)
        (inputSize, size, outputSize) = (first.inputSize, second.inputSize, second.outputSize)
        let lanes = kernels.lanes
        inputChannels = first.inputChannels
        expandedChannels = (second.inputChannels + lanes - 1) / lanes * lanes
        (padding, side) = (second.padding, second.form.side)
        (outputChannels, stride, addsInput) = (third.outputChannels, second.stride, third.addsBlockInput)
        let isStem = first.form == .full3x3
        self.isStem = isStem
        let isPadded = isStem && (kernels.narrows || first.padding != .init(before: 0, after: 1))
        stemPadding = isStem ? first.padding.before : 0
        paddedSize = isPadded ? first.inputSize + first.padding.before + first.padding.after : nil
        inputStride = isStem ? inputChannels : kernels.pixelStride(inputChannels)
        (convolvedStride, outputStride) = (
            kernels.pixelStride(expandedChannels), kernels.pixelStride(outputChannels)
        )
        self.projection = FusedProduct(
            projection, rowStride: convolvedStride, narrows: true, kernels: kernels)
        let plain = FoldedWeights(expansion, channels: expandedChannels)
        if isStem { Self.toPixelMajor(plain.kernel, first) }
        let taps = FoldedWeights(depthwise, channels: expandedChannels)
        let (width, inputChannels, imageSize) = (Self.groupWidth, inputChannels, paddedSize ?? inputSize)
        let (channels, outputSize, stride, side) = (expandedChannels, outputSize, stride, side)
        let (inputStride, convolvedStride) = (inputStride, convolvedStride)
        groups = Swift.stride(from: 0, to: channels, by: width).map { first in
            let range = first..<min(first + width, channels)
            let product = FusedProduct(
                kernels.packProduct(
                    plain.kernel.pointer, bias: plain.bias.pointer, columns: range,
                    segments: isStem ? 3 : 1, depth: isStem ? 9 : inputChannels),
                columns: range.count, depth: isStem ? 9 : inputChannels, segments: isStem ? 3 : 1,
                rowStride: isStem ? 6 : inputStride, segmentStride: isStem ? imageSize * 3 : 0,
                outputStride: width, clips: true, adds: false, narrows: false)
            let weights = kernels.packDepthwise(
                taps.kernel.pointer, bias: taps.bias.pointer, channels: range, taps: side * side)
            let convolution = UnsafeMutablePointer<flowers_depthwise>.allocate(capacity: 1)
            convolution.initialize(
                to: flowers_depthwise(
                    weights: weights.values.pointer, channels: Int32(range.count), width: Int32(outputSize),
                    stride: Int32(stride), input_stride: width, output_stride: convolvedStride))
            return Group(first: first, expansion: product, depthwise: convolution, weights: weights)
        }
        let steps = Self.steps(second)
        self.steps = steps
        let ringRows = steps.map {
            $0.expanded.upperBound - max(0, $0.output.lowerBound * stride - second.padding.before)
        }.max()!
        self.ringRows = ringRows
        offsets = .allocate(capacity: size * size)
        for y in 0..<size {
            for x in 0..<size {
                let pixel = (y % ringRows) * ringPixels + second.padding.before + x
                offsets[y * size + x] = Int32(pixel * width)
            }
        }
    }

    deinit {
        for group in groups { group.depthwise.deallocate() }
        offsets.deallocate()
    }

    /// Returns the first of the expanded rows that an output row needs; the padding above has
    /// negative numbers.
    func firstRow(of output: Int) -> Int { output * stride - padding.before }

    private static func steps(_ depthwise: Backbone.Convolution) -> [Step] {
        let (size, stride, outputSize) = (depthwise.inputSize, depthwise.stride, depthwise.outputSize)
        let rows = size > 16 ? (size > 32 ? 1 : 2) * stride : size
        var steps: [Step] = []
        var (expanded, output) = (0, 0)
        while output < outputSize {
            let end = min(size, expanded + rows)
            // Output rows whose last input row, counted with the padding above, is there.
            let known = end + depthwise.padding.before - depthwise.form.side
            let ready = end == size ? outputSize : known < 0 ? 0 : known / stride + 1
            steps.append(Step(expanded: expanded..<end, output: output..<max(output, ready)))
            (expanded, output) = (end, max(output, ready))
        }
        return steps
    }

    /// Reorders a kernel in place from [out][in][3][3] to [out][3][3][in], the order of an image's
    /// pixels.
    private static func toPixelMajor(_ kernel: Buffer, _ convolution: Backbone.Convolution) {
        let (inputs, fanIn) = (convolution.inputChannels, convolution.fanIn)
        for output in 0..<convolution.outputChannels {
            let row = kernel.pointer + output * fanIn
            let plain = Array(UnsafeBufferPointer(start: row, count: fanIn))
            for input in 0..<inputs {
                for tap in 0..<9 { row[tap * inputs + input] = plain[input * 9 + tap] }
            }
        }
    }

    /// Number of rings: one for each group, whose rows the next step still needs, or one for all.
    var ringCount: Int { takesWholeImages ? 1 : groups.count }
    var ringFloats: Int { ringRows * ringPixels * Self.groupWidth }
    /// Values of one of the stem's images with padding; nil if none is copied.
    var paddedValues: Int? { paddedSize.map { $0 * $0 * 3 } }
    /// Values of one image.
    var inputValues: Int { inputSize * inputSize * inputStride }
    var outputValues: Int { outputSize * outputSize * outputStride }
    /// Values that the depthwise convolution writes for one image in one step, at most.
    var convolvedValues: Int { (steps.map(\.output.count).max() ?? 0) * outputSize * convolvedStride }
}
