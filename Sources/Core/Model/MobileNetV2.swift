/// MobileNetV2 (Sandler et al. 2018, α = 1, no top) as `keras.applications` builds it: 154 layers,
/// 2,257,984 parameters, output features [imageSize/32, imageSize/32, 1280].
///
/// The table `blocks` defines the network; layers and convolutions are derived from it.
public struct MobileNetV2: Sendable {
    /// Side of the square input in pixels; a multiple of 32.
    public let imageSize: Int
    /// Keras' 154 layers in Keras' order.
    public let layers: [Layer]
    /// The 52 convolutions in execution order, each with the batch normalisation and
    /// the activation that follow it.
    public let convolutions: [Convolution]

    /// Input sides for which ImageNet weights with α = 1 were published.
    public static let imageSizes = [96, 128, 160, 192, 224]
    /// Channels of the output features, which the head sees.
    public static let featureChannels = 1280
    /// ε of every batch normalisation.
    public static let epsilon: Float = 1e-3

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
    public struct Layer: Sendable, Equatable {
        public let index: Int
        public let name: String
        public let kind: Kind
        /// Height, width, channels.
        public let outputShape: [Int]
        /// Canonical tensor names and shapes.
        public let weights: [Weight]
    }

    public struct Weight: Sendable, Equatable {
        public let name: String
        public let shape: [Int]
        /// False for moving statistics.
        public let trains: Bool
        public var count: Int { shape.reduce(1, *) }
    }

    /// Layer classes, by Keras' names.
    public enum Kind: String, Sendable {
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
    public struct Convolution: Sendable, Equatable {
        public enum Form: Sendable { case full3x3, depthwise3x3, pointwise }
        public let form: Form
        /// Name and index of the Keras layer of the convolution.
        public let name: String
        public let layer: Int
        /// Name and index of its batch normalisation.
        public let normalization: String
        public let normalizationLayer: Int
        public let inputChannels: Int
        public let outputChannels: Int
        /// Side of the square input.
        public let inputSize: Int
        public let stride: Int
        /// Whether ReLU6 follows.
        public let activates: Bool
        /// Whether this is the first convolution of an inverted residual block.
        public let startsBlock: Bool
        /// Whether the block's input is added to the (linear) output.
        public let addsBlockInput: Bool
        /// Index of the block; −1 for the stem, 17 for the last convolution.
        public let block: Int

        /// Side of the square output under SAME padding: ⌈inputSize / stride⌉.
        public var outputSize: Int { (inputSize + stride - 1) / stride }
        /// Floating-point operations per image, two for each multiply–add.
        public var flops: Double {
            let perOutput: Int =
                switch form {
                case .full3x3: 9 * inputChannels
                case .depthwise3x3: 9
                case .pointwise: inputChannels
                }
            return 2 * Double(perOutput * outputChannels * outputSize * outputSize)
        }
        /// Weights per output channel.
        public var fanIn: Int {
            switch form {
            case .full3x3: 9 * inputChannels
            case .depthwise3x3: 9
            case .pointwise: inputChannels
            }
        }
    }

    public init(imageSize: Int = 160) {
        precondition(
            imageSize >= 32 && imageSize % 32 == 0, "image size \(imageSize) is not a multiple of 32")
        self.imageSize = imageSize
        var builder = Builder(size: imageSize)
        builder.build()
        layers = builder.layers
        convolutions = builder.convolutions
    }

    public var weights: [Weight] { layers.flatMap(\.weights) }
    public var parameterCount: Int { weights.reduce(0) { $0 + $1.count } }
    public var featureSize: Int { imageSize / 32 }

    /// Returns how many of the base's parameters train when layers from `layer` on are unfrozen.
    public func trainableParameters(from layer: Int) -> Int {
        layers.dropFirst(max(0, layer)).flatMap(\.weights).filter(\.trains).reduce(0) { $0 + $1.count }
    }

    public var summaries: [LayerSummary] {
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
