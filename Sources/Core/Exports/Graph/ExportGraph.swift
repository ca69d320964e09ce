package import Basics
import Foundation
package import Network
import Recipes
package import Runs

/// A trained network as a list of Keras layers, each after the layers that it takes its input from.
/// It begins with the photos and ends with the probabilities; formats are written from it alone, so
/// another base needs only another initialiser.
package struct ExportGraph: Sendable {
    package struct Layer: Sendable {
        /// Keras' name; unique in the graph.
        package var name: String
        package var operation: Operation
        /// Indices of earlier layers.
        package var inputs: [Int]
        /// Shape of the output without the batch: [height, width, channels] or [channels].
        package var shape: [Int]
    }

    package enum Operation: Sendable, Equatable {
        case input
        /// x · scale + offset, with one number for all channels or one for each.
        case rescaling(scale: [Double], offset: [Double])
        /// With a kernel [height, width, in, out], or [height, width, channels, 1] if depthwise, and
        /// without a bias.
        case convolution(kernel: Tensor, stride: Int, isDepthwise: Bool, isSame: Bool)
        case normalization(Normalization)
        case relu6
        /// Zeros above and on the left; below and on the right.
        case padding(before: Int, after: Int)
        case add
        case globalAveragePooling
        case dropout(Double)
        /// With softmax. The kernel is [in, out].
        case dense(kernel: Tensor, bias: Tensor)
    }

    package struct Normalization: Sendable, Equatable {
        package var gamma: Tensor
        package var beta: Tensor
        package var mean: Tensor
        package var variance: Tensor
        package var epsilon: Double
    }

    package var layers: [Layer]
    /// The layers of the pretrained model, which Keras nests in the whole one.
    package var base: Range<Int>
    package var architecture: Architecture
    /// Keras' name of the pretrained model, or one of its kind.
    package var baseName: String
    /// Side of the photos in pixels.
    package var imageSize: Int
    package var classes: [String]
    /// The run and its epoch, for descriptions inside the files.
    package var title: String

    package var input: Layer { layers[0] }

    /// - Parameter checkpoint: one that `Checkpoint.load` has checked.
    package init(_ checkpoint: Checkpoint) {
        let header = checkpoint.header
        self.init(
            tensors: checkpoint.tensors, network: header.recipe.network,
            classes: header.classes, dropout: Double(header.state.dropout),
            title: "flowers-tui run \(header.run), epoch \(header.progress.epoch)")
    }

    /// - Parameter tensors: the base's and those of the head, under their canonical names.
    package init(
        tensors: NamedTensors, network: Backbone, classes: [String], dropout: Double, title: String
    ) {
        (imageSize, self.classes, self.title) = (network.imageSize, classes, title)
        architecture = network.architecture
        baseName = architecture.kerasName(imageSize: network.imageSize)
        layers = []
        base = 0..<0
        let side = network.imageSize
        append("image", .input, [], [side, side, 3])
        append("rescaling", Self.rescaling(architecture.inputScale), [0], [side, side, 3])
        appendBase(network, tensors)
        append("global_average_pooling2d", .globalAveragePooling, [network.featureChannels])
        append("dropout", .dropout(dropout), [network.featureChannels])
        append(
            "dense", .dense(kernel: tensors["dense/kernel"]!, bias: tensors["dense/bias"]!), [classes.count])
    }

    private static func rescaling(_ scale: InputScale) -> Operation {
        let (half, shift) = (Double(scale.half), Double(scale.shift))
        guard let channels = scale.channels else {
            return .rescaling(scale: [1 / half], offset: [-shift])
        }
        return .rescaling(
            scale: channels.deviations.map { 1 / (half * Double($0)) },
            offset: zip(channels.means, channels.deviations).map { -(shift + Double($0)) / Double($1) })
    }

    private mutating func append(_ name: String, _ operation: Operation, _ inputs: [Int], _ shape: [Int]) {
        layers.append(Layer(name: name, operation: operation, inputs: inputs, shape: shape))
    }

    /// Appends a layer that follows the last one.
    private mutating func append(_ name: String, _ operation: Operation, _ shape: [Int]) {
        append(name, operation, [layers.count - 1], shape)
    }

    private mutating func appendBase(_ network: Backbone, _ tensors: NamedTensors) {
        let first = layers.count
        let convolutions = Dictionary(uniqueKeysWithValues: network.convolutions.map { ($0.layer, $0) })
        // The layer before each block, whose output its last layer may add.
        var blockInput = first
        for layer in network.layers {
            let previous = layers.count - 1
            var inputs = [previous]
            let operation: Operation
            switch layer.kind {
            case .inputLayer: operation = .input
            case .conv2D, .depthwiseConv2D:
                let convolution = convolutions[layer.index]!
                let isPadded = network.layers[layer.index - 1].kind == .zeroPadding2D
                if convolution.startsBlock { blockInput = isPadded ? previous - 1 : previous }
                operation = .convolution(
                    kernel: tensors["\(layer.name)/kernel"]!, stride: convolution.stride,
                    isDepthwise: layer.kind == .depthwiseConv2D, isSame: !isPadded)
            case .batchNormalization:
                func vector(_ name: String) -> Tensor { tensors["\(layer.name)/\(name)"]! }
                operation = .normalization(
                    Normalization(
                        gamma: vector("gamma"), beta: vector("beta"), mean: vector("moving_mean"),
                        variance: vector("moving_variance"), epsilon: network.exportedEpsilon))
            case .relu: operation = .relu6
            case .zeroPadding2D:
                // It belongs to the convolution after it.
                let padding = convolutions[layer.index + 1]!.padding
                operation = .padding(before: padding.before, after: padding.after)
            case .add: (operation, inputs) = (.add, [blockInput, previous])
            }
            append(layer.name, operation, inputs, layer.outputShape)
        }
        base = first..<layers.count
    }
}

extension Backbone {
    /// ε as a decimal number, as configurations have it.
    fileprivate var exportedEpsilon: Double { Double("\(epsilon)") ?? Double(epsilon) }
}

extension Architecture {
    fileprivate func kerasName(imageSize: Int) -> String {
        switch family {
        case .mobileNetV2 where padding != .same: rawValue
        case .mobileNetV2(let alpha): String(format: "mobilenetv2_%.2f_%d", alpha, imageSize)
        case .efficientNetLite: rawValue
        }
    }
}
