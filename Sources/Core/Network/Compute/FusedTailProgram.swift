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
    /// Output of every convolution; after `backward`, in place of an expanded tensor its gradient.
    private let activations: [UnsafeMutablePointer<Float>]
    /// Gradients of the outputs of blocks and of the base; nil for other convolutions.
    private let gradients: [UnsafeMutablePointer<Float>?]
    /// Gradients of a depthwise convolution's taps and, last, of its bias.
    private let taps: [Buffer?]
    private let buffers: [Buffer]

    init(_ tail: FusedTail) {
        self.tail = tail
        table = tail.kernels.table.pointee
        let convolutions = tail.layers.map(\.trained.convolution)
        let inputBuffer = Buffer(count: convolutions[0].inputFloats * tail.images)
        let outputs = convolutions.map { Buffer(count: $0.outputFloats * tail.images) }
        let ends = Set(tail.groups.map { $0.layers.upperBound - 1 })
        let last = convolutions.count - 1
        let gradientBuffers = convolutions.indices.map { index in
            // Also without a layer that trains, the gradient has to go somewhere.
            index == last || index >= tail.firstTrained && ends.contains(index)
                ? Buffer(count: convolutions[index].outputFloats * tail.images) : nil
        }
        taps = convolutions.indices.map { index in
            let convolution = convolutions[index]
            return convolution.form.isDepthwise && index >= tail.firstTrained
                ? Buffer(count: convolution.outputChannels * (convolution.fanIn + 1)) : nil
        }
        (input, output) = (inputBuffer.pointer, outputs[last].pointer)
        activations = outputs.map(\.pointer)
        gradients = gradientBuffers.map { $0?.pointer }
        dOutput = gradientBuffers[last]!.pointer
        buffers = [inputBuffer] + outputs + gradientBuffers.compactMap { $0 }
    }

    private func source(_ index: Int) -> UnsafeMutablePointer<Float> {
        index == 0 ? input : activations[index - 1]
    }

    /// Sums over the chunk's pixels, [taps + 1][channels]: the gradients of a depthwise convolution's
    /// taps and, last, of its bias.
    func tapGradients(_ layer: Int) -> UnsafePointer<Float> { UnsafePointer(taps[layer]!.pointer) }

    /// Gradient of a pointwise convolution's output, and its input, for `images` images.
    func operands(_ layer: Int) -> (dOutput: UnsafePointer<Float>, input: UnsafePointer<Float>) {
        (UnsafePointer(gradients[layer] ?? activations[layer]), UnsafePointer(source(layer)))
    }

    /// Calls `body` with the first image and the number of images that a group computes together.
    private static func forEachSlice(_ group: FusedTail.Group, images: Int, _ body: (Int, Int) -> Void) {
        for first in stride(from: 0, to: images, by: group.together) {
            body(first, min(group.together, images - first))
        }
    }

    // MARK: Forward

    func forward(images: Int, _ worker: TailWorker) {
        for group in tail.groups {
            Self.forEachSlice(group, images: images) { first, count in
                for index in group.layers {
                    let layer = tail.layers[index]
                    let convolution = layer.trained.convolution
                    let from = source(index) + first * convolution.inputFloats
                    let to = activations[index] + first * convolution.outputFloats
                    guard let product = layer.product else {
                        var parameters = layer.depthwise!.image
                        for image in 0..<count {
                            table.convolve_image(
                                &parameters, from + image * convolution.inputFloats,
                                to + image * convolution.outputFloats, worker.scratch.pointer)
                        }
                        continue
                    }
                    if convolution.addsBlockInput {
                        let floats = convolution.outputFloats
                        to.update(
                            from: source(group.layers.lowerBound) + first * floats, count: count * floats)
                    }
                    var parameters = product.product
                    table.multiply(
                        &parameters, from, to, nil,
                        Int32(count * convolution.outputSize * convolution.outputSize))
                }
            }
        }
    }

    // MARK: Backward

    func backward(images: Int, _ worker: TailWorker) {
        self.images = images
        for buffer in taps.compactMap({ $0 }) {
            buffer.pointer.update(repeating: 0, count: buffer.count)
        }
        let last = tail.layers[tail.layers.count - 1].trained.convolution
        if last.activates {
            ReLU6Gradient.mask(dOutput, by: output, count: images * last.outputFloats)
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

    /// Where the scratch memory has the gradient of a depthwise convolution's output.
    private func transient(_ worker: TailWorker) -> UnsafeMutablePointer<Float> {
        worker.scratch.pointer + tail.transientOffset
    }

    /// Computes the gradient of a pointwise convolution's input, if it is needed.
    private func multiplyBack(
        _ index: Int, _ group: FusedTail.Group, first: Int, count: Int, _ worker: TailWorker
    ) {
        guard let product = tail.layers[index].productBack else { return }
        let convolution = tail.layers[index].trained.convolution
        let dOutput = (gradients[index] ?? activations[index]) + first * convolution.outputFloats
        let before = tail.layers[index - 1].trained.convolution
        let pixels = Int32(count * convolution.outputSize * convolution.outputSize)
        var parameters = product.product
        if before.activates {
            parameters.gate = UnsafePointer(activations[index - 1] + first * convolution.inputFloats)
        }
        guard let kept = gradients[index - 1] else {
            table.multiply(&parameters, dOutput, transient(worker), nil, pixels)
            return
        }
        let target = kept + first * convolution.inputFloats
        let end = group.layers.upperBound - 1
        if tail.layers[end].trained.convolution.addsBlockInput, let added = gradients[end] {
            target.update(
                from: added + first * convolution.inputFloats, count: count * convolution.inputFloats)
            parameters.adds = 1
        }
        table.multiply(&parameters, dOutput, target, nil, pixels)
    }

    /// Computes the gradients of a depthwise convolution's taps and, in place of its input, of that.
    private func convolveBack(_ index: Int, first: Int, count: Int, _ worker: TailWorker) {
        let layer = tail.layers[index]
        guard let depthwise = layer.depthwise, let sums = taps[index] else { return }
        let convolution = layer.trained.convolution
        var parameters = depthwise.image
        for image in 0..<count {
            let x = source(index) + (first + image) * convolution.inputFloats
            table.convolve_back(
                &parameters, x, transient(worker) + image * convolution.outputFloats,
                index > tail.firstTrained ? x : nil, sums.pointer, worker.scratch.pointer)
        }
    }
}
