import Basics
import COneDNN

/// oneDNN primitives of one convolution at a fixed number of images. Activations are NHWC
/// in and out (other layouts fall to reference code on AVX2); weights are in whatever layout the
/// primitive likes best.
struct ConvolutionPrimitives {
    let convolution: Backbone.Convolution
    let images: Int
    /// The type of the input and of the weights as the forward primitives read them; the way back is Float32.
    var precision = Precision.float32
    /// Whether the output leaves the section, and so is Float32 in any precision.
    var isLast = false

    var input: MemoryDescriptor {
        Self.activation(images, convolution.inputChannels, convolution.inputSize, precision)
    }
    var output: MemoryDescriptor {
        Self.activation(
            images, convolution.outputChannels, convolution.outputSize, isLast ? .float32 : precision)
    }
    /// A block's input where it is added to the output, or the output's gradient.
    var dOutput: MemoryDescriptor {
        Self.activation(images, convolution.outputChannels, convolution.outputSize, precision)
    }

    static func activation(_ images: Int, _ channels: Int, _ size: Int, _ type: Precision = .float32)
        -> MemoryDescriptor
    {
        MemoryDescriptor([images, channels, size, size], dnnl_nhwc, type)
    }

    /// Plain layout of the kernel: [out][in][side][side], [channels][side][side] for a depthwise
    /// one.
    static func plainWeights(_ convolution: Backbone.Convolution) -> MemoryDescriptor {
        MemoryDescriptor(
            weightShape(convolution), convolution.form.isDepthwise ? dnnl_goihw : dnnl_oihw)
    }

    private static func weightShape(_ convolution: Backbone.Convolution) -> [Int] {
        let side = convolution.form.side
        return convolution.form.isDepthwise
            ? [convolution.outputChannels, 1, 1, side, side]
            : [convolution.outputChannels, convolution.inputChannels, side, side]
    }

    private var weights: MemoryDescriptor {
        MemoryDescriptor(Self.weightShape(convolution), dnnl_format_tag_any, precision)
    }
    private var bias: MemoryDescriptor { MemoryDescriptor([convolution.outputChannels], dnnl_a) }

    enum Residual {
        /// The destination holds the block's input; the result is added to it.
        case inPlace
        /// The block's input is a second source.
        case separate
    }

    /// y = clip(w ∗ x + b) (+ block input).
    func forward(training: Bool, residual: Residual) -> Primitive {
        var operations: [Primitive.PostOperation] = []
        if convolution.addsBlockInput {
            operations.append(residual == .inPlace ? .accumulate : .add(dOutput))
        }
        if convolution.activates { operations.append(.relu6) }
        return forward(training ? dnnl_forward_training : dnnl_forward_inference, operations)
    }

    /// dx = wᵀ ∗ dy.
    func backwardData() -> Primitive {
        let forward = hint
        return make { flowers_convolution_backward_data(&$0, OneDNN.engine, &$1, forward.hint, $2) }
    }

    /// dw = x ∗ dy, db = Σ dy, summed over the images.
    func backwardWeights() -> Primitive {
        let forward = hint
        return make {
            flowers_convolution_backward_weights(&$0, OneDNN.engine, &$1, forward.hint, $2)
        }
    }

    /// The forward pass that those of the way back belong to.
    private var hint: Primitive {
        make { flowers_convolution_forward(&$0, OneDNN.engine, &$1, dnnl_forward_training, $2) }
    }

    private func forward(_ kind: dnnl_prop_kind_t, _ operations: [Primitive.PostOperation]) -> Primitive {
        make(operations, output: output) { flowers_convolution_forward(&$0, OneDNN.engine, &$1, kind, $2) }
    }

    /// - Parameter output: nil for that of gradients.
    private func make(
        _ operations: [Primitive.PostOperation] = [], output: MemoryDescriptor? = nil,
        _ create: (inout dnnl_primitive_desc_t?, inout flowers_convolution, dnnl_primitive_attr_t) ->
            dnnl_status_t
    ) -> Primitive {
        WorkerThread.useOneOpenMPThread()
        let attributes = Primitive.Attributes(operations)
        let (input, weights, bias, output) = (
            input, self.weights, bias, output ?? dOutput
        )
        func pair(_ value: Int) -> (dnnl_dim_t, dnnl_dim_t) { (dnnl_dim_t(value), dnnl_dim_t(value)) }
        var operands = flowers_convolution(
            input: input.handle, weights: weights.handle, bias: bias.handle, output: output.handle,
            strides: pair(convolution.stride), padding_before: pair(convolution.padding.before),
            padding_after: pair(convolution.padding.after))
        var description: dnnl_primitive_desc_t?
        let status = withExtendedLifetime((input, weights, bias, output, attributes)) {
            create(&description, &operands, attributes.handle)
        }
        OneDNN.check(status, "choice of an implementation for \(convolution.name)")
        return Primitive(description!)
    }
}
