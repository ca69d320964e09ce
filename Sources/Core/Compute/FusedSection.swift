import CKernels
import COneDNN

/// A frozen section as whole inverted residual blocks, each computed a few rows and channels at a time.
///
/// A block's expanded tensor, six times its input, never exists as a whole: a group of its channels is expanded for
/// some rows into a small ring, convolved there, and the result is projected at once. Large pictures go row by row;
/// from 16×16 down a block takes whole pictures, several together, which share each load of the weights.
final class FusedSection: FrozenSection {
    let kernels: VectorKernels
    let images: Int
    let blocks: [FusedBlock]
    /// The convolution behind the last block.
    let last: FusedProduct?
    let implementations: [(name: String, implementation: String)]
    private let shapes: (first: MobileNetV2.Convolution, last: MobileNetV2.Convolution)

    /// Nil unless the section consists of whole blocks, the stem counting as part of the first.
    init?(_ parameters: ArraySlice<NetworkParameters.Parameters>, images: Int, kernels: VectorKernels) {
        guard let first = parameters.first?.convolution, let last = parameters.last?.convolution else { return nil }
        var rest = parameters
        var blocks: [FusedBlock] = []
        while let next = rest.first?.convolution, next.block < 17 {
            let isFirst = next.block == -1
            guard isFirst || next.form == .pointwise && next.startsBlock, rest.count >= 3 else { return nil }
            let block = Array(rest.prefix(3))
            guard block[2].convolution.block == (isFirst ? 0 : next.block) else { return nil }
            blocks.append(FusedBlock(block[0], block[1], block[2], kernels: kernels))
            rest = rest.dropFirst(3)
        }
        self.last = rest.first.map { FusedProduct($0, kernels: kernels) }
        (self.kernels, self.images, self.blocks) = (kernels, images, blocks)
        shapes = (first, last)
        implementations = parameters.map { ($0.convolution.name, "own:\(kernels.name)") }
    }

    func makeProgram() -> any FrozenProgram { FusedProgram(self) }

    fileprivate var inputFloats: Int { shapes.first.inputSize * shapes.first.inputSize * shapes.first.inputChannels }
    fileprivate var outputFloats: Int { shapes.last.outputSize * shapes.last.outputSize * shapes.last.outputChannels }
}

/// A pointwise convolution as a product of all pixels with its weights.
final class FusedProduct {
    let product: UnsafeMutablePointer<flowers_product>
    private let weights: VectorKernels.Weights

    convenience init(_ parameters: NetworkParameters.Parameters, kernels: VectorKernels) {
        let convolution = parameters.convolution
        let plain = FoldedWeights(parameters)
        self.init(
            kernels.packProduct(
                plain.kernel.pointer, bias: plain.bias.pointer, columns: 0..<convolution.outputChannels,
                depth: convolution.inputChannels),
            columns: convolution.outputChannels, depth: convolution.inputChannels,
            outputStride: convolution.outputChannels, clips: convolution.activates, adds: convolution.addsBlockInput)
    }

    init(
        _ weights: VectorKernels.Weights, columns: Int, depth: Int, segments: Int = 1, rowStride: Int? = nil,
        segmentStride: Int = 0, outputStride: Int, clips: Bool, adds: Bool
    ) {
        self.weights = weights
        product = .allocate(capacity: 1)
        product.initialize(
            to: flowers_product(
                weights: weights.values.pointer, bias: weights.bias.pointer, columns: Int32(columns),
                segments: Int32(segments), depth: Int32(depth), segment_depth: Int32(depth),
                packed_depth: Int32(depth * segments), row_stride: rowStride ?? depth, segment_stride: segmentStride, output_stride: outputStride,
                clips: clips ? 1 : 0, adds: adds ? 1 : 0))
    }

    deinit { product.deallocate() }
}

/// A convolution's kernel and bias with the normalisation folded in, [out][fan in].
struct FoldedWeights {
    let kernel: Buffer
    let bias: Buffer

    init(_ parameters: NetworkParameters.Parameters) {
        kernel = Buffer(count: parameters.convolution.outputChannels * parameters.convolution.fanIn)
        bias = Buffer(count: parameters.convolution.outputChannels)
        parameters.fold(kernel: kernel.pointer, bias: bias.pointer)
    }
}

/// One inverted residual block, or the stem with the first: expansion, depthwise convolution, projection.
final class FusedBlock {
    /// Sides of the input, of the expanded tensor and of the output, in pixels.
    let inputSize: Int
    let size: Int
    let outputSize: Int
    let inputChannels: Int
    let expandedChannels: Int
    let outputChannels: Int
    let stride: Int
    let addsInput: Bool
    /// Whether the expansion is the stem's 3×3 convolution.
    let isStem: Bool
    let projection: FusedProduct
    let groups: [Group]
    let steps: [Step]
    /// Whether one step does a whole picture, and so several pictures can be done together.
    var takesWholeImages: Bool { steps.count == 1 }
    /// Rows that the ring of a group holds; each has a pixel of zeros at either end.
    let ringRows: Int
    /// Where each pixel of the expanded tensor stands in the ring.
    let offsets: UnsafeMutablePointer<Int32>

    /// Expanded channels that are computed together: as many as two vectors of AVX-512 hold.
    static let groupWidth = 32

    struct Group {
        let first: Int
        let expansion: FusedProduct
        let depthwise: UnsafeMutablePointer<flowers_depthwise>
        fileprivate let weights: VectorKernels.Weights
    }

    /// Rows to expand, and rows of output that then can be computed.
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
        (inputChannels, expandedChannels) = (first.inputChannels, second.inputChannels)
        (outputChannels, stride, addsInput) = (third.outputChannels, second.stride, third.addsBlockInput)
        let isStem = first.form == .full3x3
        self.isStem = isStem
        self.projection = FusedProduct(projection, kernels: kernels)
        let plain = FoldedWeights(expansion)
        if isStem { Self.toPixelMajor(plain.kernel, first) }
        let taps = FoldedWeights(depthwise)
        let (width, inputChannels, inputSize) = (Self.groupWidth, inputChannels, inputSize)
        let (channels, outputSize, stride) = (expandedChannels, outputSize, stride)
        groups = Swift.stride(from: 0, to: channels, by: width).map { first in
            let range = first..<min(first + width, channels)
            let product = FusedProduct(
                kernels.packProduct(
                    plain.kernel.pointer, bias: plain.bias.pointer, columns: range,
                    depth: isStem ? 27 : inputChannels),
                columns: range.count, depth: isStem ? 9 : inputChannels, segments: isStem ? 3 : 1,
                rowStride: isStem ? 6 : nil, segmentStride: isStem ? inputSize * 3 : 0, outputStride: width,
                clips: true, adds: false)
            let weights = kernels.packDepthwise(taps.kernel.pointer, bias: taps.bias.pointer, channels: range)
            let convolution = UnsafeMutablePointer<flowers_depthwise>.allocate(capacity: 1)
            convolution.initialize(
                to: flowers_depthwise(
                    weights: weights.values.pointer, channels: Int32(range.count), width: Int32(outputSize),
                    stride: Int32(stride), input_stride: width, output_stride: channels))
            return Group(first: first, expansion: product, depthwise: convolution, weights: weights)
        }
        steps = Self.steps(size: size, stride: stride, outputSize: outputSize)
        ringRows = steps.map { $0.expanded.upperBound - max(0, Self.firstRow(of: $0.output.lowerBound, stride)) }.max()!
        offsets = .allocate(capacity: size * size)
        for y in 0..<size {
            for x in 0..<size { offsets[y * size + x] = Int32(((y % ringRows) * (size + 2) + x + 1) * width) }
        }
    }

    deinit {
        for group in groups { group.depthwise.deallocate() }
        offsets.deallocate()
    }

    /// First of the three expanded rows that an output row needs; −1 is the padding above.
    static func firstRow(of output: Int, _ stride: Int) -> Int { stride == 1 ? output - 1 : output * 2 }

    private static func steps(size: Int, stride: Int, outputSize: Int) -> [Step] {
        let rows = size > 16 ? (size > 32 ? 1 : 2) * stride : size
        var steps: [Step] = []
        var (expanded, output) = (0, 0)
        while output < outputSize {
            let end = min(size, expanded + rows)
            let ready = end == size ? outputSize : stride == 1 ? end - 1 : (end - 1) / 2
            steps.append(Step(expanded: expanded..<end, output: output..<max(output, ready)))
            (expanded, output) = (end, max(output, ready))
        }
        return steps
    }

    /// From [out][in][3][3] to [out][3][3][in], as pixels lie in a picture.
    private static func toPixelMajor(_ kernel: Buffer, _ convolution: MobileNetV2.Convolution) {
        let (inputs, fanIn) = (convolution.inputChannels, convolution.fanIn)
        for output in 0..<convolution.outputChannels {
            let row = kernel.pointer + output * fanIn
            let plain = Array(UnsafeBufferPointer(start: row, count: fanIn))
            for input in 0..<inputs {
                for tap in 0..<9 { row[tap * inputs + input] = plain[input * 9 + tap] }
            }
        }
    }

    /// Rings: one for each group, whose rows wait for the next step, or one for all.
    var ringCount: Int { takesWholeImages ? 1 : groups.count }
    var ringFloats: Int { ringRows * (size + 2) * Self.groupWidth }
    /// Floats of one image.
    var inputFloats: Int { inputSize * inputSize * inputChannels }
    var outputFloats: Int { outputSize * outputSize * outputChannels }
    /// Floats that the depthwise convolution leaves in one step for one image.
    var convolvedFloats: Int { (steps.map(\.output.count).max() ?? 0) * outputSize * expandedChannels }
}

/// One worker's execution of a `FusedSection`.
final class FusedProgram: FrozenProgram {
    let input: UnsafeMutablePointer<Float>
    private(set) var output: UnsafeMutablePointer<Float>
    private let section: FusedSection
    private let table: flowers_kernels
    /// The input, and two buffers that blocks write in turn.
    private let buffers: [Buffer]
    /// For the block at work, a ring for every group of channels, or one for all when it takes whole images.
    private let ring: Buffer
    private let convolved: Buffer
    /// A row of padding.
    private let zeros: Buffer

    /// Images that late blocks do together: their convolved tensors stay in the second-level cache.
    private static let imagesTogether = 2

    init(_ section: FusedSection) {
        self.section = section
        table = section.kernels.table.pointee
        let between = section.blocks.map(\.outputFloats).max() ?? 0
        let first = section.blocks.first?.inputFloats ?? section.inputFloats
        let together = min(section.images, Self.imagesTogether)
        // The first input is overwritten when the first block adds to it.
        buffers = [
            Buffer(count: max(first, between) * section.images), Buffer(count: between * section.images),
            Buffer(count: section.last == nil ? 0 : section.outputFloats * section.images),
        ]
        ring = Buffer(count: section.blocks.map { $0.ringFloats * $0.ringCount }.max() ?? 0)
        convolved = Buffer(
            count: section.blocks.map { $0.convolvedFloats * ($0.takesWholeImages ? together : 1) }.max() ?? 0)
        zeros = Buffer(count: section.blocks.map { ($0.size + 2) * FusedBlock.groupWidth }.max() ?? 0)
        input = buffers[0].pointer
        let changes = section.blocks.count { !$0.addsInput }
        output = section.last == nil ? buffers[changes % 2].pointer : buffers[2].pointer
    }

    /// The kinds of work in a section.
    enum Phase { case stem, expansion, depthwise, projection, last }

    func run(images: Int, _ stream: dnnl_stream_t) { run(images: images, only: nil) }

    /// - Parameter phase: measures one kind of work, on whatever the buffers hold; nil computes the section.
    func run(images: Int, only phase: Phase?) {
        var current = 0
        for block in section.blocks {
            clearBorders(of: block)
            let target = block.addsInput ? current : 1 - current
            let (source, result) = (buffers[current].pointer, buffers[target].pointer)
            let together = block.takesWholeImages ? Self.imagesTogether : 1
            for first in stride(from: 0, to: images, by: together) {
                run(
                    block, images: min(together, images - first),
                    from: source + first * block.inputFloats, to: result + first * block.outputFloats, only: phase)
            }
            current = target
        }
        if let last = section.last, phase == nil || phase == .last {
            let pixels = section.outputFloats / last.product.pointee.output_stride
            table.multiply(last.product, buffers[current].pointer, buffers[2].pointer, nil, Int32(images * pixels))
        }
    }

    /// The pixels of padding at both ends of the rings' rows; blocks of other sizes have written over them.
    private func clearBorders(of block: FusedBlock) {
        let width = FusedBlock.groupWidth
        let rowFloats = (block.size + 2) * width
        for row in 0..<block.ringRows * block.ringCount {
            let start = ring.pointer + row * rowFloats
            start.update(repeating: 0, count: width)
            (start + rowFloats - width).update(repeating: 0, count: width)
        }
    }

    private func run(
        _ block: FusedBlock, images: Int, from source: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>,
        only phase: Phase?
    ) {
        let convolved = convolved.pointer
        let ringFloats = block.takesWholeImages ? 0 : block.ringFloats
        let expands = phase == nil || phase == (block.isStem ? .stem : .expansion)
        let (convolves, projects) = (phase == nil || phase == .depthwise, phase == nil || phase == .projection)
        for step in block.steps {
            let pixels = step.output.count * block.outputSize
            for (index, group) in block.groups.enumerated() {
                let ring = ring.pointer + index * ringFloats
                for image in 0..<images {
                    if expands { expand(block, group, step.expanded, source + image * block.inputFloats, into: ring) }
                    if convolves {
                        convolve(
                            block, group, step.output, ring,
                            into: convolved + image * pixels * block.expandedChannels + group.first)
                    }
                }
            }
            if pixels > 0, projects {
                table.multiply(
                    block.projection.product, convolved,
                    target + step.output.lowerBound * block.outputSize * block.outputChannels, nil,
                    Int32(images * pixels))
            }
        }
    }

    private func expand(
        _ block: FusedBlock, _ group: FusedBlock.Group, _ rows: Range<Int>, _ image: UnsafePointer<Float>,
        into ring: UnsafeMutablePointer<Float>
    ) {
        let size = block.size
        let product = group.expansion.product
        guard block.isStem else {
            let first = rows.lowerBound * size
            table.multiply(
                product, image + first * block.inputChannels, ring, block.offsets + first, Int32(rows.count * size))
            return
        }
        // Padding below and at the right: the last row has two rows of taps, the last pixel of a row two columns.
        for y in rows {
            let row = image + 2 * y * block.inputSize * 3
            var cut = product.pointee
            cut.segments = y == size - 1 ? 2 : 3
            table.multiply(&cut, row, ring, block.offsets + y * size, Int32(size - 1))
            cut.depth = 6
            table.multiply(&cut, row + (size - 1) * 6, ring, block.offsets + (y + 1) * size - 1, 1)
        }
    }

    private func convolve(
        _ block: FusedBlock, _ group: FusedBlock.Group, _ rows: Range<Int>, _ ring: UnsafePointer<Float>,
        into target: UnsafeMutablePointer<Float>
    ) {
        let rowFloats = (block.size + 2) * FusedBlock.groupWidth
        // With stride 2 the first tap is the pixel itself, with stride 1 its left neighbour.
        let left = block.stride == 1 ? 0 : FusedBlock.groupWidth
        let zeros = UnsafePointer(zeros.pointer)
        func row(_ y: Int) -> UnsafePointer<Float> {
            y < 0 || y >= block.size ? zeros : ring + (y % block.ringRows) * rowFloats + left
        }
        var target = target
        for y in rows {
            let first = FusedBlock.firstRow(of: y, block.stride)
            table.convolve(group.depthwise, row(first), row(first + 1), row(first + 2), target)
            target += block.outputSize * block.expandedChannels
        }
    }
}
