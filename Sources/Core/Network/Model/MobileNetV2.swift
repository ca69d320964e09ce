/// MobileNetV2 (Sandler et al. 2018, no top) as `keras.applications` builds it: 154 layers, with
/// α = 1 2,257,984 parameters and 1280 features.
extension BackboneBuilder {
    /// Output channels for α = 1, and stride, of the 17 inverted residual blocks. All but the first
    /// expand their input sixfold.
    private static let mobileNetV2: [(channels: Int, stride: Int)] = [
        (16, 1),
        (24, 2), (24, 1),
        (32, 2), (32, 1), (32, 1),
        (64, 2), (64, 1), (64, 1), (64, 1),
        (96, 1), (96, 1), (96, 1),
        (160, 2), (160, 1), (160, 1),
        (320, 1),
    ]

    mutating func buildMobileNetV2(alpha: Double) {
        add("input_layer", .inputLayer)
        // Only Keras' `same` needs no layer for the padding.
        convolve(
            .full3x3, "Conv1", pad: padding == .same ? nil : "Conv1_pad", bn: "bn_Conv1",
            relu: "Conv1_relu", to: Self.divisible(32 * alpha), stride: 2, place: .stem)
        for (index, block) in Self.mobileNetV2.enumerated() {
            if index == 11 { chunkedFrom = convolutions.count }
            // Keras rounds the product down before it makes it divisible.
            let channels = Self.divisible(Double(Int(Double(block.channels) * alpha)))
            addMobileNetV2Block(index, channels: channels, stride: block.stride)
        }
        convolve(
            .pointwise, "Conv_1", bn: "Conv_1_bn", relu: "out_relu",
            to: alpha > 1 ? Self.divisible(1280 * alpha) : 1280, place: .top)
    }

    private mutating func addMobileNetV2Block(_ index: Int, channels output: Int, stride: Int) {
        let prefix = index == 0 ? "expanded_conv_" : "block_\(index)_"
        let adds = stride == 1 && channels == output
        if index > 0 {
            convolve(
                .pointwise, prefix + "expand", bn: prefix + "expand_BN", relu: prefix + "expand_relu",
                to: channels * 6, place: .block(index), starts: true)
        }
        convolve(
            .depthwise3x3, prefix + "depthwise", pad: stride == 2 ? prefix + "pad" : nil,
            bn: prefix + "depthwise_BN", relu: prefix + "depthwise_relu", to: channels, stride: stride,
            place: .block(index), starts: index == 0)
        convolve(
            .pointwise, prefix + "project", bn: prefix + "project_BN", relu: nil, to: output,
            place: .block(index), adds: adds)
        if adds { add(prefix + "add", .add) }
    }
}
