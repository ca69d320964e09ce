import COneDNN

/// oneDNN primitives of one convolution at a fixed number of images. Activations are NHWC
/// in and out (other layouts fall to reference code on AVX2); weights are in whatever layout the
/// primitive likes best.
struct ConvolutionPrimitives {
    let convolution: MobileNetV2.Convolution
    let images: Int

    var input: MemoryDescriptor { Self.activation(images, convolution.inputChannels, convolution.inputSize) }
    var output: MemoryDescriptor {
        Self.activation(images, convolution.outputChannels, convolution.outputSize)
    }

    static func activation(_ images: Int, _ channels: Int, _ size: Int) -> MemoryDescriptor {
        MemoryDescriptor([images, channels, size, size], dnnl_nhwc)
    }

    /// Plain layout of the kernel: [out][in][3][3], [channels][3][3] for a depthwise one.
    static func plainWeights(_ convolution: MobileNetV2.Convolution) -> MemoryDescriptor {
        MemoryDescriptor(
            weightShape(convolution), convolution.form == .depthwise3x3 ? dnnl_goihw : dnnl_oihw)
    }

    private static func weightShape(_ convolution: MobileNetV2.Convolution) -> [Int] {
        switch convolution.form {
        case .full3x3: [convolution.outputChannels, convolution.inputChannels, 3, 3]
        case .depthwise3x3: [convolution.outputChannels, 1, 1, 3, 3]
        case .pointwise: [convolution.outputChannels, convolution.inputChannels, 1, 1]
        }
    }

    private var weights: MemoryDescriptor {
        MemoryDescriptor(Self.weightShape(convolution), dnnl_format_tag_any)
    }
    private var bias: MemoryDescriptor { MemoryDescriptor([convolution.outputChannels], dnnl_a) }

    /// Top/left and bottom/right padding: TensorFlow's SAME.
    private var padding: (before: Int, after: Int) {
        if convolution.form == .pointwise { return (0, 0) }
        let total = max(0, (convolution.outputSize - 1) * convolution.stride + 3 - convolution.inputSize)
        return (total / 2, total - total / 2)
    }

    enum Residual {
        /// The destination holds the block's input; the result is added to it.
        case inPlace
        /// The block's input is a second source.
        case separate
    }

    /// y = clip(w ∗ x + b) (+ block input).
    func forward(training: Bool, residual: Residual) -> Primitive {
        var operations: [Primitive.PostOperation] = []
        if convolution.addsBlockInput { operations.append(residual == .inPlace ? .accumulate : .add(output)) }
        if convolution.activates { operations.append(.relu6) }
        return make(Primitive.Attributes(operations), hint: nil) { description in
            var (x, w, b, y) = (input.raw, weights.raw, bias.raw, output.raw)
            return withPadding { strides, before, after in
                dnnl_convolution_forward_desc_init(
                    &description, training ? dnnl_forward_training : dnnl_forward_inference,
                    dnnl_convolution_direct, &x, &w, &b, &y, strides, before, after)
            }
        }
    }

    /// dx = wᵀ ∗ dy.
    func backwardData() -> Primitive {
        let hint = plainForward()
        return make(Primitive.Attributes(), hint: hint.hint) { description in
            var (dx, w, dy) = (input.raw, weights.raw, output.raw)
            return withPadding { strides, before, after in
                dnnl_convolution_backward_data_desc_init(
                    &description, dnnl_convolution_direct, &dx, &w, &dy, strides, before, after)
            }
        }
    }

    /// dw = x ∗ dy, db = Σ dy, summed over the images.
    func backwardWeights() -> Primitive {
        let hint = plainForward()
        return make(Primitive.Attributes(), hint: hint.hint) { description in
            var (x, dw, db, dy) = (input.raw, weights.raw, bias.raw, output.raw)
            return withPadding { strides, before, after in
                dnnl_convolution_backward_weights_desc_init(
                    &description, dnnl_convolution_direct, &x, &dw, &db, &dy, strides, before, after)
            }
        }
    }

    /// The forward convolution without post-operations that backward descriptors refer to.
    private func plainForward() -> Primitive {
        make(Primitive.Attributes(), hint: nil) { description in
            var (x, w, b, y) = (input.raw, weights.raw, bias.raw, output.raw)
            return withPadding { strides, before, after in
                dnnl_convolution_forward_desc_init(
                    &description, dnnl_forward_training, dnnl_convolution_direct, &x, &w, &b, &y, strides,
                    before,
                    after)
            }
        }
    }

    private func withPadding<R>(
        _ body: (_ strides: [dnnl_dim_t], _ before: [dnnl_dim_t], _ after: [dnnl_dim_t]) -> R
    ) -> R {
        func pair(_ value: Int) -> [dnnl_dim_t] { [dnnl_dim_t(value), dnnl_dim_t(value)] }
        return body(pair(convolution.stride), pair(padding.before), pair(padding.after))
    }

    private func make(
        _ attributes: Primitive.Attributes, hint: dnnl_primitive_desc_t?,
        _ initialize: (inout dnnl_convolution_desc_t) -> dnnl_status_t
    ) -> Primitive {
        OneDNN.useOneThread()
        var description = dnnl_convolution_desc_t()
        OneDNN.check(initialize(&description), "descriptor of \(convolution.name)")
        var primitive: dnnl_primitive_desc_t?
        OneDNN.check(
            dnnl_primitive_desc_create(&primitive, &description, attributes.handle, OneDNN.engine, hint),
            "choice of an implementation for \(convolution.name)")
        return Primitive(primitive!)
    }
}
