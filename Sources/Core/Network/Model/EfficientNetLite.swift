/// EfficientNet-Lite (no top) as its authors' code in TensorFlow builds it, with the layers' names of
/// Keras' EfficientNet. It has no layers for padding: every convolution pads as SAME does.
extension BackboneBuilder {
    /// One stage for width and depth 1. All but the first expand the input sixfold.
    private struct Stage {
        var kernel: Backbone.Convolution.Form
        var channels: Double
        var stride: Int
        var repeats: Double
    }

    private static let efficientNetLite = [
        Stage(kernel: .depthwise3x3, channels: 16, stride: 1, repeats: 1),
        Stage(kernel: .depthwise3x3, channels: 24, stride: 2, repeats: 2),
        Stage(kernel: .depthwise5x5, channels: 40, stride: 2, repeats: 2),
        Stage(kernel: .depthwise3x3, channels: 80, stride: 2, repeats: 3),
        Stage(kernel: .depthwise5x5, channels: 112, stride: 1, repeats: 3),
        Stage(kernel: .depthwise5x5, channels: 192, stride: 2, repeats: 4),
        Stage(kernel: .depthwise3x3, channels: 320, stride: 1, repeats: 1),
    ]

    /// Stem and top keep their channels, the first and the last stage their repeats.
    mutating func buildEfficientNetLite(width: Double, depth: Double) {
        add("input_layer", .inputLayer)
        convolve(
            .full3x3, "stem_conv", bn: "stem_bn", relu: "stem_activation", to: 32, stride: 2, place: .stem)
        var block = 0
        let stages = Self.efficientNetLite
        for (index, stage) in stages.enumerated() {
            let isEdge = index == 0 || index == stages.count - 1
            if index == 4 { chunkedFrom = convolutions.count }
            for number in 0..<Int(isEdge ? stage.repeats : (stage.repeats * depth).rounded(.up)) {
                let letter = UnicodeScalar(UInt8(ascii: "a") + UInt8(number))
                addEfficientNetLiteBlock(
                    "block\(index + 1)\(letter)_", stage, channels: Self.divisible(stage.channels * width),
                    stride: number == 0 ? stage.stride : 1, expands: index > 0, .block(block))
                block += 1
            }
        }
        convolve(
            .pointwise, "top_conv", bn: "top_bn", relu: "top_activation", to: 1280, place: .top)
    }

    private mutating func addEfficientNetLiteBlock(
        _ prefix: String, _ stage: Stage, channels output: Int, stride: Int, expands: Bool,
        _ place: Backbone.Convolution.Place
    ) {
        let adds = stride == 1 && channels == output
        if expands {
            convolve(
                .pointwise, prefix + "expand_conv", bn: prefix + "expand_bn",
                relu: prefix + "expand_activation", to: channels * 6, place: place, starts: true)
        }
        convolve(
            stage.kernel, prefix + "dwconv", bn: prefix + "bn", relu: prefix + "activation", to: channels,
            stride: stride, place: place, starts: !expands)
        convolve(
            .pointwise, prefix + "project_conv", bn: prefix + "project_bn", relu: nil, to: output,
            place: place, adds: adds)
        if adds { add(prefix + "add", .add) }
    }
}
