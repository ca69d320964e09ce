@testable import Basics
@testable import Network

/// A base with its head, forward and backward in Double, built from `ReferenceKernels`, also with the roundings of
/// bfloat16.
struct ReferenceNetwork {
    let network: Backbone
    let classes: Int
    private let tensors: NamedTensors
    private let precision: Precision
    /// Whether the weights of depthwise convolutions are rounded, as oneDNN's are.
    private let roundsDepthwise: Bool

    init(
        _ network: Backbone, _ tensors: NamedTensors, classes: Int, precision: Precision = .float32,
        roundsDepthwise: Bool = true
    ) {
        (self.network, self.tensors, self.classes) = (network, tensors, classes)
        (self.precision, self.roundsDepthwise) = (precision, roundsDepthwise)
    }

    /// Rounds as an input of a convolution is.
    private func rounded(_ values: [Double]) -> [Double] {
        precision == .float32 ? values : values.map(ReferenceKernels.bfloat16)
    }

    /// Folded weights as the convolution reads them.
    private func operand(_ weights: [Double], _ convolution: Backbone.Convolution) -> [Double] {
        convolution.form.isDepthwise && !roundsDepthwise ? weights : rounded(weights)
    }

    private func values(_ name: String) -> [Double] { tensors[name]!.values.map(Double.init) }

    private func kernel(_ convolution: Backbone.Convolution) -> [Double] {
        let keras = tensors["\(convolution.name)/kernel"]!.values
        var result = [Float](repeating: 0, count: keras.count)
        KernelLayout.toOutputMajor(keras, convolution, into: &result)
        return result.map(Double.init)
    }

    private func normalization(_ convolution: Backbone.Convolution)
        -> ReferenceKernels.Normalization<Double>
    {
        let name = convolution.normalization
        return .init(
            gamma: values("\(name)/gamma"), beta: values("\(name)/beta"), mean: values("\(name)/moving_mean"),
            variance: values("\(name)/moving_variance"), epsilon: Double(network.epsilon))
    }

    /// The input and the outputs of consecutive convolutions.
    func activations(_ input: [Double], images: Int, of range: Range<Int>) -> [[Double]] {
        typealias Kernels = ReferenceKernels
        var result = [rounded(input)]
        var blockInput = 0
        for index in range {
            let convolution = network.convolutions[index]
            if convolution.startsBlock { blockInput = result.count - 1 }
            let folded = Kernels.fold(kernel(convolution), normalization(convolution))
            var y = Kernels.convolve(
                result.last!, operand(folded.w, convolution), folded.b, convolution, images: images)
            if convolution.addsBlockInput { y = zip(y, result[blockInput]).map(+) }
            if convolution.activates { y = Kernels.relu6(y) }
            // The last output is no convolution's input.
            result.append(index + 1 < range.upperBound ? rounded(y) : y)
        }
        return result
    }

    /// Mean loss, and the gradients of the head and of the convolutions from index `first` on, with
    /// kernels in the engine's layout.
    func gradients(
        _ images: [[Float]], _ labels: [Int], from first: Int
    ) -> (loss: Double, gradients: [String: [Double]]) {
        typealias Kernels = ReferenceKernels
        let count = images.count
        let activations = activations(
            images.flatMap { $0.map(Double.init) }, images: count, of: network.convolutions.indices)
        let channels = network.featureChannels
        let features = Kernels.pool(activations.last!, images: count, channels: channels)
        let dense = values("dense/kernel")
        let (loss, dLogits) = Kernels.crossEntropy(
            Kernels.dense(features, dense, values("dense/bias")), labels, classes: classes)
        let head = Kernels.denseBackward(dLogits, features, dense, classes: classes)
        var result = ["dense/kernel": head.dKernel, "dense/bias": head.dBias]

        let positions = network.featureSize * network.featureSize
        let d = Kernels.poolBackward(head.dFeatures, images: count, channels: channels, positions: positions)
        result.merge(
            backward(
                d, Array(activations[first...]), images: count, of: first..<network.convolutions.count)
        ) { $1 }
        return (loss, result)
    }

    /// Gradients of consecutive convolutions, the last of which is the network's.
    ///
    /// - Parameters:
    ///   - dOutput: gradient of the output.
    ///   - activations: the input and the outputs.
    func backward(_ dOutput: [Double], _ activations: [[Double]], images: Int, of range: Range<Int>)
        -> [String: [Double]]
    {
        typealias Kernels = ReferenceKernels
        var (d, dBlock) = (dOutput, nil as [Double]?)
        var result: [String: [Double]] = [:]
        for index in range.reversed() {
            let convolution = network.convolutions[index]
            let (x, y) = (activations[index - range.lowerBound], activations[index - range.lowerBound + 1])
            d = rounded(d)
            if convolution.addsBlockInput { dBlock = d }
            if convolution.activates { d = Kernels.relu6Backward(d, y: y) }
            let (w, n) = (kernel(convolution), normalization(convolution))
            let back = Kernels.convolveBackward(
                d, x, operand(Kernels.fold(w, n).w, convolution), convolution, images: images)
            let unfolded = Kernels.foldBackward(dw: back.dw, db: back.db, w, n)
            result["\(convolution.name)/kernel"] = unfolded.dw
            result["\(convolution.normalization)/gamma"] = unfolded.dGamma
            result["\(convolution.normalization)/beta"] = unfolded.dBeta
            d = back.dx
            if convolution.startsBlock, let kept = dBlock {
                d = zip(d, kept).map(+)
                dBlock = nil
            }
        }
        return result
    }
}
