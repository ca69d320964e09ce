/// A base without its classifier, from the photo to the features that the head sees: the layers,
/// under the names and in the order of Keras, and the convolutions that compute them.
///
/// Every base is a stem, a sequence of inverted residual blocks (expansion, depthwise convolution,
/// projection; the first has no expansion), and a last pointwise convolution.
package struct Backbone: Sendable {
    package let architecture: Architecture
    /// Side of the square input in pixels.
    package let imageSize: Int
    /// Where convolutions put their padding.
    package let padding: PaddingRule
    /// ε of every batch normalisation.
    package let epsilon: Float
    /// The layers as Keras would list them.
    package let layers: [Layer]
    /// The convolutions in execution order, each with the batch normalisation and the activation
    /// that follow it.
    package let convolutions: [Convolution]
    /// Index of the convolution from which on a frozen base computes several images at a time: the
    /// first of a block whose input, of a whole chunk, fits into the second-level cache.
    package let chunkedFrom: Int

    /// Where a convolution's padding is, which makes ⌈n / stride⌉ places of n.
    package enum PaddingRule: Sendable, Equatable {
        /// TensorFlow's SAME: half before and half after; where the number is odd, the larger half
        /// after.
        case same
        /// PyTorch's `padding=kernel/2`: as much before as after, whatever the stride.
        case symmetric
    }

    /// One layer.
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
        package enum Form: Sendable, CaseIterable {
            case full3x3, depthwise3x3, depthwise5x5, pointwise

            /// Side of the square kernel.
            package var side: Int {
                switch self {
                case .full3x3, .depthwise3x3: 3
                case .depthwise5x5: 5
                case .pointwise: 1
                }
            }
            package var isDepthwise: Bool { self == .depthwise3x3 || self == .depthwise5x5 }
        }

        /// Rows or columns of zeros before and after the input's.
        package struct Padding: Sendable, Equatable {
            package var before: Int
            package var after: Int
            package init(before: Int, after: Int) { (self.before, self.after) = (before, after) }

            /// The padding that a rule gives a convolution.
            init(_ rule: PaddingRule, side: Int, stride: Int, size: Int) {
                switch rule {
                case .same:
                    let total = max(0, ((size + stride - 1) / stride - 1) * stride + side - size)
                    (before, after) = (total / 2, total - total / 2)
                case .symmetric: (before, after) = (side / 2, side / 2)
                }
            }
        }

        package let form: Form
        /// Name and index of the layer of the convolution.
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
        package let padding: Padding
        /// Whether ReLU6 follows.
        package let activates: Bool
        /// Whether this is the first convolution of an inverted residual block.
        package let startsBlock: Bool
        /// Whether the block's input is added to the (linear) output.
        package let addsBlockInput: Bool
        package let place: Place

        package enum Place: Sendable, Equatable {
            case stem
            /// In the block of that number, from 0.
            case block(Int)
            /// The convolution after the last block.
            case top
        }

        /// Side of the square output.
        package var outputSize: Int {
            (inputSize + padding.before + padding.after - form.side) / stride + 1
        }
        /// Floating-point operations per image, two for each multiply–add.
        package var flops: Double {
            2 * Double(fanIn * outputChannels * outputSize * outputSize)
        }
        /// Weights per output channel.
        package var fanIn: Int { form.side * form.side * (form.isDepthwise ? 1 : inputChannels) }

        /// Shape of the kernel in Keras' layout.
        package var kernelShape: [Int] {
            form.isDepthwise
                ? [form.side, form.side, outputChannels, 1]
                : [form.side, form.side, inputChannels, outputChannels]
        }
    }

    /// ε of the batch normalisations of Keras' and of EfficientNet-Lite's networks.
    package static let standardEpsilon: Float = 1e-3

    /// - Parameters:
    ///   - imageSize: a side that the architecture accepts.
    ///   - padding: nil for that of the program whose weights are used; so is `epsilon`.
    package init(
        _ architecture: Architecture, imageSize: Int, padding: PaddingRule? = nil, epsilon: Float? = nil
    ) {
        let (padding, epsilon) = (padding ?? architecture.padding, epsilon ?? architecture.epsilon)
        precondition(
            architecture.accepts(imageSize: imageSize), "\(architecture) takes no photos of \(imageSize)")
        (self.architecture, self.imageSize) = (architecture, imageSize)
        (self.padding, self.epsilon) = (padding, epsilon)
        var builder = BackboneBuilder(size: imageSize, padding: padding)
        switch architecture.family {
        case .mobileNetV2(let alpha): builder.buildMobileNetV2(alpha: alpha)
        case .efficientNetLite(let width, let depth):
            builder.buildEfficientNetLite(width: width, depth: depth)
        }
        (layers, convolutions, chunkedFrom) = (builder.layers, builder.convolutions, builder.chunkedFrom)
    }

    package var weights: [Weight] { layers.flatMap(\.weights) }
    package var parameterCount: Int { weights.reduce(0) { $0 + $1.count } }
    /// Side of the feature map, and its channels, which the head sees.
    package var featureSize: Int { convolutions[convolutions.count - 1].outputSize }
    package var featureChannels: Int { convolutions[convolutions.count - 1].outputChannels }
    /// The number under which records name the head, after those of the layers.
    package var headLayer: Int { layers.count }

    /// How far below the head a convolution lies: 1 for the last one, 2 for those of the last block,
    /// and so on down to the stem.
    package func depth(_ convolution: Convolution) -> Int {
        let last = convolutions.reduce(-1) { last, convolution in
            if case .block(let number) = convolution.place { max(last, number) } else { last }
        }
        switch convolution.place {
        case .top: return 1
        case .block(let number): return 2 + last - number
        case .stem: return 3 + last
        }
    }

    /// Returns the parameters of a head.
    package func headParameters(classes: Int) -> Int { (featureChannels + 1) * classes }

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
