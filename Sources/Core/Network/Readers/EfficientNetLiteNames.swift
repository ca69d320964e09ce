import Basics

/// The names that the PyTorch port of EfficientNet-Lite gives the network's tensors, such as
/// `_blocks.3._depthwise_conv.weight`, and their layouts. It does not matter which reader found
/// them.
struct EfficientNetLiteNames {
    let network: Backbone

    /// Whether tensors with these names are the port's.
    static func match(_ names: some Collection<String>) -> Bool { names.contains("_conv_stem.weight") }

    /// Returns the port's tensors under canonical names and in Keras' layouts. Tensors of other names
    /// or shapes stay as they are, for whoever checks names and shapes; ImageNet's classifier and
    /// the counters of batches are left out.
    func canonical(_ tensors: NamedTensors) -> NamedTensors {
        var result: NamedTensors = [:]
        var known: Set<String> = ["_fc.weight", "_fc.bias"]
        for convolution in network.convolutions {
            let (kernel, normalization) = names(of: convolution)
            if let tensor = tensors[kernel] {
                known.insert(kernel)
                result["\(convolution.name)/kernel"] = Self.kernel(tensor, convolution)
            }
            for (name, own) in [
                ("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"),
                ("moving_variance", "running_var"),
            ] {
                guard let tensor = tensors["\(normalization).\(own)"] else { continue }
                known.insert("\(normalization).\(own)")
                result["\(convolution.normalization)/\(name)"] = tensor
            }
        }
        for (name, tensor) in tensors
        where !known.contains(name) && !name.hasSuffix(".num_batches_tracked") {
            result[name] = tensor
        }
        return result
    }

    /// Returns the port's names of a convolution's kernel and, as a prefix, of its batch
    /// normalisation.
    private func names(of convolution: Backbone.Convolution) -> (kernel: String, normalization: String) {
        switch convolution.place {
        case .stem: return ("_conv_stem.weight", "_bn0")
        case .top: return ("_conv_head.weight", "_bn1")
        case .block(let number):
            let block = "_blocks.\(number)"
            if convolution.form.isDepthwise { return ("\(block)._depthwise_conv.weight", "\(block)._bn1") }
            return convolution.startsBlock
                ? ("\(block)._expand_conv.weight", "\(block)._bn0")
                : ("\(block)._project_conv.weight", "\(block)._bn2")
        }
    }

    /// Turns PyTorch's [out, in, height, width] into Keras' layout.
    private static func kernel(_ tensor: Tensor, _ convolution: Backbone.Convolution) -> Tensor {
        let side = convolution.form.side
        let inputs = convolution.form.isDepthwise ? 1 : convolution.inputChannels
        guard tensor.shape == [convolution.outputChannels, inputs, side, side] else { return tensor }
        return tensor.values.withUnsafeBufferPointer { KernelLayout.toKeras($0.baseAddress!, convolution) }
    }
}
