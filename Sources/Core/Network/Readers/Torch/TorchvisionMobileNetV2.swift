import Basics

/// torchvision's names and layouts for `mobilenet_v2`, and this network's for the same tensors.
///
/// torchvision numbers its parts: `features.0` is the stem, `features.1` to `features.17` are the
/// blocks, `features.18` is the last convolution, and `classifier.1` is the dense layer. A block's
/// `conv` counts a convolution with normalisation and activation as one, `conv.0.0` and `conv.0.1`,
/// and its projection and the normalisation after that as two. Kernels are [out, in, height, width]. Source:
/// `torchvision/models/mobilenetv2.py`.
///
/// The network is another than Keras': it pads a convolution of stride 2 with a row and a column on
/// each side, where Keras pads below and to the right only, has ε = 1e-5, and takes photos
/// normalised by ImageNet's means and deviations.
struct TorchvisionMobileNetV2 {
    /// ε of every batch normalisation.
    static let epsilon: Float = 1e-5

    let network: Backbone

    /// Whether a state dict with these names is one of torchvision's `mobilenet_v2`.
    static func matches(_ names: some Sequence<String>) -> Bool {
        let wanted: Set = [
            "features.0.0.weight", "features.1.conv.0.0.weight", "features.2.conv.1.0.weight",
            "features.18.0.weight",
        ]
        return wanted.isSubset(of: Set(names))
    }

    /// Returns the tensors under the network's names and in its layouts. Those without a
    /// counterpart keep their names, but for the counters of batches, which are left out.
    func renamed(_ tensors: NamedTensors) -> NamedTensors {
        var renamed = NamedTensors(minimumCapacity: tensors.count)
        let names = names
        for (name, tensor) in tensors where !name.hasSuffix(".num_batches_tracked") {
            if let name = names[name] {
                renamed[name] = tensor.shape.count > 1 ? Self.turned(tensor) : tensor
            } else {
                renamed[name] = tensor
            }
        }
        return renamed
    }

    /// The network's name for each of torchvision's.
    var names: [String: String] {
        var names = ["classifier.1.weight": "dense/kernel", "classifier.1.bias": "dense/bias"]
        var (place, step) = (Backbone.Convolution.Place.top, 0)
        for convolution in network.convolutions {
            step = convolution.place == place ? step + 1 : 0
            place = convolution.place
            let part = "features.\(Self.number(place))"
            // Only a block's last convolution, its projection, has no activation.
            let (kernel, normalization) =
                if place == .stem || place == .top {
                    ("\(part).0", "\(part).1")
                } else if convolution.activates {
                    ("\(part).conv.\(step).0", "\(part).conv.\(step).1")
                } else {
                    ("\(part).conv.\(step)", "\(part).conv.\(step + 1)")
                }
            names["\(kernel).weight"] = "\(convolution.name)/kernel"
            for (theirs, ours) in [
                ("weight", "gamma"), ("bias", "beta"), ("running_mean", "moving_mean"),
                ("running_var", "moving_variance"),
            ] {
                names["\(normalization).\(theirs)"] = "\(convolution.normalization)/\(ours)"
            }
        }
        return names
    }

    /// The number of a part of the network: the stem is 0, the blocks 1 to 17, the top 18.
    private static func number(_ place: Backbone.Convolution.Place) -> Int {
        switch place {
        case .stem: 0
        case .block(let block): block + 1
        case .top: 18
        }
    }

    /// Moves the first two extents of a kernel behind the others: [out, in, height, width] becomes
    /// [height, width, in, out], and [out, in] of a dense layer [in, out]. The kernel of a depthwise
    /// convolution, [channels, 1, height, width], becomes [height, width, channels, 1].
    static func turned(_ kernel: Tensor) -> Tensor {
        let (outputs, inputs) = (kernel.shape[0], kernel.shape[1])
        let places = kernel.shape.dropFirst(2).reduce(1, *)
        var turned = [Float](repeating: 0, count: kernel.values.count)
        for output in 0..<outputs {
            for input in 0..<inputs {
                for place in 0..<places {
                    turned[(place * inputs + input) * outputs + output] =
                        kernel.values[(output * inputs + input) * places + place]
                }
            }
        }
        let isDepthwise = inputs == 1 && places > 1
        return Tensor(
            shape: kernel.shape.dropFirst(2) + (isDepthwise ? [outputs, 1] : [inputs, outputs]),
            values: turned)
    }
}
