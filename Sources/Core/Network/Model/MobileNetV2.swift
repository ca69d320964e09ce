/// MobileNetV2 (Sandler et al. 2018, α = 1, no top) as `keras.applications` builds it: 154 layers,
/// 2,257,984 parameters, output features [imageSize/32, imageSize/32, 1280].
///
/// The table `blocks` defines the network; layers and convolutions are derived from it.
package struct MobileNetV2: Sendable {
    /// Side of the square input in pixels; a multiple of 32.
    package let imageSize: Int
    /// Keras' 154 layers in Keras' order.
    package let layers: [Layer]
    /// The 52 convolutions in execution order, each with the batch normalisation and
    /// the activation that follow it.
    package let convolutions: [Convolution]

    /// Input sides for which ImageNet weights with α = 1 were published.
    package static let imageSizes = [96, 128, 160, 192, 224]
    /// Channels of the output features, which the head sees.
    package static let featureChannels = 1280
    /// ε of every batch normalisation.
    package static let epsilon: Float = 1e-3

    /// Output channels and stride of the 17 inverted residual blocks. All but the
    /// first expand their input sixfold.
    static let blocks: [(channels: Int, stride: Int)] = [
        (16, 1),
        (24, 2), (24, 1),
        (32, 2), (32, 1), (32, 1),
        (64, 2), (64, 1), (64, 1), (64, 1),
        (96, 1), (96, 1), (96, 1),
        (160, 2), (160, 1), (160, 1),
        (320, 1),
    ]

    /// One Keras layer.
    package struct Layer: Sendable, Equatable {
        package let index: Int
        package let name: String
        package let kind: Kind
        /// Height, width, channels.
        package let outputShape: [Int]
        /// Canonical tensor names and shapes.
        package let weights: [Weight]
    }

    package struct Weight: Sendable, Equatable {
        package let name: String
        package let shape: [Int]
        /// False for moving statistics.
        package let trains: Bool
        package var count: Int { shape.reduce(1, *) }
    }

    /// Layer classes, by Keras' names.
    package enum Kind: String, Sendable {
        case inputLayer = "InputLayer"
        case conv2D = "Conv2D"
        case depthwiseConv2D = "DepthwiseConv2D"
        case batchNormalization = "BatchNormalization"
        case relu = "ReLU"
        case zeroPadding2D = "ZeroPadding2D"
        case add = "Add"
    }

    /// A convolution with its batch normalisation, activation and residual addition: the unit of
    /// computation.
    package struct Convolution: Sendable, Equatable {
        package enum Form: Sendable { case full3x3, depthwise3x3, pointwise }
        package let form: Form
        /// Name and index of the Keras layer of the convolution.
        package let name: String
        package let layer: Int
        /// Name and index of its batch normalisation.
        package let normalization: String
        package let normalizationLayer: Int
        package let inputChannels: Int
        package let outputChannels: Int
        /// Side of the square input.
        package let inputSize: Int
        package let stride: Int
        /// Whether ReLU6 follows.
        package let activates: Bool
        /// Whether this is the first convolution of an inverted residual block.
        package let startsBlock: Bool
        /// Whether the block's input is added to the (linear) output.
        package let addsBlockInput: Bool
        /// Index of the block; −1 for the stem, 17 for the last convolution.
        package let block: Int

        /// Side of the square output under SAME padding: ⌈inputSize / stride⌉.
        package var outputSize: Int { (inputSize + stride - 1) / stride }
        /// Floating-point operations per image, two for each multiply–add.
        package var flops: Double {
            let perOutput: Int =
                switch form {
                case .full3x3: 9 * inputChannels
                case .depthwise3x3: 9
                case .pointwise: inputChannels
                }
            return 2 * Double(perOutput * outputChannels * outputSize * outputSize)
        }
        /// Weights per output channel.
        package var fanIn: Int {
            switch form {
            case .full3x3: 9 * inputChannels
            case .depthwise3x3: 9
            case .pointwise: inputChannels
            }
        }
    }

    package init(imageSize: Int = 160) {
        precondition(
            imageSize >= 32 && imageSize % 32 == 0, "image size \(imageSize) is not a multiple of 32")
        self.imageSize = imageSize
        var builder = Builder(size: imageSize)
        builder.build()
        layers = builder.layers
        convolutions = builder.convolutions
    }

    package var weights: [Weight] { layers.flatMap(\.weights) }
    package var parameterCount: Int { weights.reduce(0) { $0 + $1.count } }
    package var featureSize: Int { imageSize / 32 }

    /// Returns how many of the base's parameters train when layers from `layer` on are unfrozen.
    package func trainableParameters(from layer: Int) -> Int {
        layers.dropFirst(max(0, layer)).flatMap(\.weights).filter(\.trains).reduce(0) { $0 + $1.count }
    }

    package var summaries: [LayerSummary] {
        layers.map { layer in
            LayerSummary(
                index: layer.index, name: layer.name, kind: layer.kind.rawValue,
                outputShape: layer.outputShape, parameters: layer.weights.reduce(0) { $0 + $1.count },
                trainableParameters: layer.weights.filter(\.trains).reduce(0) { $0 + $1.count })
        }
    }
}

extension MobileNetV2 {
    /// Lays out layers and convolutions in Keras' order and under Keras' names.
    private struct Builder {
        var layers: [Layer] = []
        var convolutions: [Convolution] = []
        var size: Int
        var channels = 3

        init(size: Int) { self.size = size }

        mutating func build() {
            add("input_layer", .inputLayer)
            convolve(.full3x3, "Conv1", bn: "bn_Conv1", relu: "Conv1_relu", to: 32, stride: 2, block: -1)
            for (index, block) in MobileNetV2.blocks.enumerated() {
                addBlock(index, channels: block.channels, stride: block.stride)
            }
            convolve(.pointwise, "Conv_1", bn: "Conv_1_bn", relu: "out_relu", to: featureChannels, block: 17)
        }

        mutating func addBlock(_ index: Int, channels output: Int, stride: Int) {
            let prefix = index == 0 ? "expanded_conv_" : "block_\(index)_"
            let adds = stride == 1 && channels == output
            if index > 0 {
                convolve(
                    .pointwise, prefix + "expand", bn: prefix + "expand_BN", relu: prefix + "expand_relu",
                    to: channels * 6, block: index, starts: true)
            }
            if stride == 2 {
                // Keras' correct_pad: one more row and column at the bottom and right.
                layers.append(
                    Layer(
                        index: layers.count, name: prefix + "pad", kind: .zeroPadding2D,
                        outputShape: [size + 1, size + 1, channels], weights: []))
            }
            convolve(
                .depthwise3x3, prefix + "depthwise", bn: prefix + "depthwise_BN",
                relu: prefix + "depthwise_relu",
                to: channels, stride: stride, block: index, starts: index == 0)
            convolve(
                .pointwise, prefix + "project", bn: prefix + "project_BN", relu: nil, to: output,
                block: index,
                adds: adds)
            if adds { add(prefix + "add", .add) }
        }

        mutating func add(_ name: String, _ kind: Kind, _ weights: [Weight] = []) {
            layers.append(
                Layer(
                    index: layers.count, name: name, kind: kind, outputShape: [size, size, channels],
                    weights: weights))
        }

        mutating func convolve(
            _ form: Convolution.Form, _ name: String, bn: String, relu: String?, to output: Int,
            stride: Int = 1,
            block: Int, starts: Bool = false, adds: Bool = false
        ) {
            convolutions.append(
                Convolution(
                    form: form, name: name, layer: layers.count, normalization: bn,
                    normalizationLayer: layers.count + 1, inputChannels: channels, outputChannels: output,
                    inputSize: size, stride: stride, activates: relu != nil, startsBlock: starts,
                    addsBlockInput: adds, block: block))
            let kernel: [Int] =
                switch form {
                case .full3x3: [3, 3, channels, output]
                case .depthwise3x3: [3, 3, channels, 1]
                case .pointwise: [1, 1, channels, output]
                }
            size = (size + stride - 1) / stride
            channels = output
            add(
                name, form == .depthwise3x3 ? .depthwiseConv2D : .conv2D,
                [Weight(name: name + "/kernel", shape: kernel, trains: true)])
            add(
                bn, .batchNormalization,
                ["gamma", "beta", "moving_mean", "moving_variance"].map {
                    Weight(name: "\(bn)/\($0)", shape: [output], trains: !$0.hasPrefix("moving"))
                })
            if let relu { add(relu, .relu) }
        }
    }
}
