import Basics
import CKernels

/// One chunk's execution of a `FusedTail`.
final class FusedTailProgram: TailProgram {
    // Every pointer here leads into `buffers`, which live as long as the program. Their sizes come
    // from the convolutions. One worker at a time runs a program.
    let input: UnsafeMutablePointer<Float>
    let output: UnsafeMutablePointer<Float>
    let dOutput: UnsafeMutablePointer<Float>
    /// Images of the last `backward`.
    private(set) var images = 0
    private let tail: FusedTail
    private let table: flowers_kernels
    private let kernels: VectorKernels
    /// `input` in the kernels' format, and the output of every convolution: in that format, except the
    /// last one's, which is `output`. After `backward`, in place of an expanded tensor its gradient.
    private let activations: [KernelValues]
    /// Gradients of the outputs of blocks and, from `dOutput`, of the base, in the kernels' format; nil
    /// for other convolutions.
    private let gradients: [KernelValues?]
    /// Gradients of a depthwise convolution's taps and, last, of its bias.
    private let taps: [Buffer?]
    private let buffers: [Buffer]

    init(_ tail: FusedTail) {
        (self.tail, kernels) = (tail, tail.kernels)
        table = tail.kernels.table.pointee
        let (kernels, images) = (tail.kernels, tail.images)
        let convolutions = tail.layers.map(\.trained.convolution)
        let (first, last) = (convolutions[0], convolutions.count - 1)
        func values(_ convolution: Backbone.Convolution) -> Buffer {
            kernels.makeBuffer(
                values: kernels.outputValues(convolution) * images,
                stride: kernels.pixelStride(convolution.outputChannels))
        }
        let inputBuffer = Buffer(count: first.inputFloats * images)
        let outputBuffer = Buffer(count: convolutions[last].outputFloats * images)
        // Values that are floats need no second buffer.
        let narrowed =
            kernels.narrows
            ? kernels.makeBuffer(
                values: kernels.inputValues(first) * images, stride: kernels.pixelStride(first.inputChannels))
            : inputBuffer
        let outputs = [narrowed] + convolutions[..<last].map(values) + [outputBuffer]
        let ends = Set(tail.groups.map { $0.layers.upperBound - 1 })
        let gradientBuffers = convolutions.indices.map { index in
            // Also without a layer that trains, the gradient has to go somewhere.
            index == last || index >= tail.firstTrained && ends.contains(index)
                ? values(convolutions[index]) : nil
        }
        taps = convolutions.indices.map { index in
            let convolution = convolutions[index]
            return convolution.form.isDepthwise && index >= tail.firstTrained
                ? Buffer(count: convolution.outputChannels * (convolution.fanIn + 1)) : nil
        }
        let dOutputBuffer = kernels.narrows ? Buffer(count: outputBuffer.count) : gradientBuffers[last]!
        (input, output) = (inputBuffer.pointer, outputBuffer.pointer)
        activations =
            outputs[...last].map(kernels.values)
            + [KernelValues(start: outputBuffer.pointer, bytes: MemoryLayout<Float>.size)]
        gradients = gradientBuffers.map { $0.map(kernels.values) }
        dOutput = dOutputBuffer.pointer
        buffers = [inputBuffer, dOutputBuffer] + outputs + gradientBuffers.compactMap { $0 }
    }

    private func source(_ index: Int) -> KernelValues { activations[index] }
    private func result(_ index: Int) -> KernelValues { activations[index + 1] }

    /// Sums over the chunk's pixels, [taps + 1][channels]: the gradients of a depthwise convolution's
    /// taps and, last, of its bias.
    func tapGradients(_ layer: Int) -> UnsafePointer<Float> { UnsafePointer(taps[layer]!.pointer) }

    /// Gradient of a pointwise convolution's output, and its input, for `images` images.
    func operands(_ layer: Int) -> (dOutput: KernelValues, input: KernelValues) {
        (gradients[layer] ?? result(layer), source(layer))
    }

    /// Calls `body` with the first image and the number of images that a group computes together.
    private static func forEachSlice(_ group: FusedTail.Group, images: Int, _ body: (Int, Int) -> Void) {
        for first in stride(from: 0, to: images, by: group.together) {
            body(first, min(group.together, images - first))
        }
    }

    // MARK: Forward

    func forward(images: Int, _ worker: TailWorker) {
        table.begin?()
        defer { table.end?() }
        let (bottom, last) = (tail.layers[0].trained.convolution, tail.layers.count - 1)
        narrow(
            input, to: source(0), pixels: images * bottom.inputSize * bottom.inputSize,
            channels: bottom.inputChannels)
        for group in tail.groups {
            Self.forEachSlice(group, images: images) { first, count in
                for index in group.layers {
                    let layer = tail.layers[index]
                    let convolution = layer.trained.convolution
                    let (inputs, outputs) = (
                        kernels.inputValues(convolution),
                        index == last ? convolution.outputFloats : kernels.outputValues(convolution)
                    )
                    let from = source(index) + first * inputs
                    let to = result(index) + first * outputs
                    guard let product = layer.product else {
                        var parameters = layer.depthwise!.image
                        for image in 0..<count {
                            table.convolve_image(
                                &parameters, (from + image * inputs).start, (to + image * outputs).start,
                                worker.scratch.pointer)
                        }
                        continue
                    }
                    if convolution.addsBlockInput {
                        to.update(
                            from: source(group.layers.lowerBound) + first * outputs, count: count * outputs)
                    }
                    var parameters = product.product
                    table.multiply(
                        &parameters, from.start, to.start, nil,
                        Int32(count * convolution.outputSize * convolution.outputSize))
                }
            }
        }
    }

    // MARK: Backward

    func backward(images: Int, _ worker: TailWorker) {
        table.begin?()
        defer { table.end?() }
        self.images = images
        for buffer in taps.compactMap({ $0 }) {
            buffer.pointer.update(repeating: 0, count: buffer.count)
        }
        let last = tail.layers[tail.layers.count - 1].trained.convolution
        if last.activates {
            ReLU6Gradient.mask(dOutput, by: output, count: images * last.outputFloats)
        }
        if let gradient = gradients[tail.layers.count - 1] {
            narrow(
                dOutput, to: gradient, pixels: images * last.outputSize * last.outputSize,
                channels: last.outputChannels)
        }
        for group in tail.groups.reversed() where group.layers.upperBound > tail.firstTrained {
            Self.forEachSlice(group, images: images) { first, count in
                for index in group.layers.reversed() where index >= tail.firstTrained {
                    if tail.layers[index].depthwise == nil {
                        multiplyBack(index, group, first: first, count: count, worker)
                    } else {
                        convolveBack(index, first: first, count: count, worker)
                    }
                }
            }
        }
    }

    /// Rounds floats to the kernels' format, if that is another one.
    private func narrow(
        _ floats: UnsafePointer<Float>, to values: KernelValues, pixels: Int, channels: Int
    ) {
        table.narrow?(floats, Int32(pixels), Int32(channels), values.start, kernels.pixelStride(channels))
    }

    /// Where the scratch memory has the gradient of a depthwise convolution's output.
    private func transient(_ worker: TailWorker) -> KernelValues {
        KernelValues(start: worker.scratch.pointer + tail.transientOffset, bytes: kernels.valueBytes)
    }

    /// Computes the gradient of a pointwise convolution's input, if it is needed.
    private func multiplyBack(
        _ index: Int, _ group: FusedTail.Group, first: Int, count: Int, _ worker: TailWorker
    ) {
        guard let product = tail.layers[index].productBack else { return }
        let convolution = tail.layers[index].trained.convolution
        let inputs = kernels.inputValues(convolution)
        let dOutput = (gradients[index] ?? result(index)) + first * kernels.outputValues(convolution)
        let before = tail.layers[index - 1].trained.convolution
        let pixels = Int32(count * convolution.outputSize * convolution.outputSize)
        var parameters = product.product
        if before.activates {
            parameters.gate = UnsafeRawPointer((source(index) + first * inputs).start)
        }
        guard let kept = gradients[index - 1] else {
            table.multiply(&parameters, dOutput.start, transient(worker).start, nil, pixels)
            return
        }
        let target = kept + first * inputs
        let end = group.layers.upperBound - 1
        if tail.layers[end].trained.convolution.addsBlockInput, let added = gradients[end] {
            target.update(from: added + first * inputs, count: count * inputs)
            parameters.adds = 1
        }
        table.multiply(&parameters, dOutput.start, target.start, nil, pixels)
    }

    /// Computes the gradients of a depthwise convolution's taps and, in place of its input, of that.
    private func convolveBack(_ index: Int, first: Int, count: Int, _ worker: TailWorker) {
        let layer = tail.layers[index]
        guard let depthwise = layer.depthwise, let sums = taps[index] else { return }
        let convolution = layer.trained.convolution
        var parameters = depthwise.image
        for image in 0..<count {
            let x = source(index) + (first + image) * kernels.inputValues(convolution)
            let dOutput = transient(worker) + image * kernels.outputValues(convolution)
            table.convolve_back(
                &parameters, x.start, dOutput.start, index > tail.firstTrained ? x.start : nil, sums.pointer,
                worker.scratch.pointer)
        }
    }
}
