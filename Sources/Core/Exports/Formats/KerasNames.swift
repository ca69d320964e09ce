import Basics

/// Keras' names for the layers of an `ExportGraph`.
extension ExportGraph.Operation {
    var kerasClass: String {
        switch self {
        case .input: "InputLayer"
        case .rescaling: "Rescaling"
        case .convolution(_, _, let isDepthwise, _): isDepthwise ? "DepthwiseConv2D" : "Conv2D"
        case .normalization: "BatchNormalization"
        case .relu6: "ReLU"
        case .padding: "ZeroPadding2D"
        case .add: "Add"
        case .globalAveragePooling: "GlobalAveragePooling2D"
        case .dropout: "Dropout"
        case .dense: "Dense"
        }
    }

    /// The class in snake case, by which `.weights.h5` files name a layer's group.
    var kerasObject: String {
        switch self {
        case .input: "input_layer"
        case .rescaling: "rescaling"
        case .convolution(_, _, let isDepthwise, _): isDepthwise ? "depthwise_conv2d" : "conv2d"
        case .normalization: "batch_normalization"
        case .relu6: "re_lu"
        case .padding: "zero_padding2d"
        case .add: "add"
        case .globalAveragePooling: "global_average_pooling2d"
        case .dropout: "dropout"
        case .dense: "dense"
        }
    }

    /// A variable of a layer.
    struct Variable {
        var name: String
        var tensor: Tensor
        var trains = true
    }

    /// The variables in Keras' order.
    var variables: [Variable] {
        switch self {
        case .convolution(let kernel, _, _, _): [Variable(name: "kernel", tensor: kernel)]
        case .normalization(let normalization):
            [
                Variable(name: "gamma", tensor: normalization.gamma),
                Variable(name: "beta", tensor: normalization.beta),
                Variable(name: "moving_mean", tensor: normalization.mean, trains: false),
                Variable(name: "moving_variance", tensor: normalization.variance, trains: false),
            ]
        case .dense(let kernel, let bias):
            [Variable(name: "kernel", tensor: kernel), Variable(name: "bias", tensor: bias)]
        case .input, .rescaling, .relu6, .padding, .add, .globalAveragePooling, .dropout: []
        }
    }
}
