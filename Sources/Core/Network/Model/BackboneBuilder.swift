/// Lays out layers and convolutions in order. The families' extensions say which.
struct BackboneBuilder {
    private(set) var layers: [Backbone.Layer] = []
    private(set) var convolutions: [Backbone.Convolution] = []
    var chunkedFrom = 0
    /// Side and channels of the last layer's output.
    private(set) var size: Int
    private(set) var channels = 3
    let padding: Backbone.PaddingRule

    init(size: Int, padding: Backbone.PaddingRule) { (self.size, self.padding) = (size, padding) }

    /// Rounds a number of channels to a multiple of 8, but not down by more than a tenth: the rule
    /// of both families' authors.
    static func divisible(_ channels: Double) -> Int {
        let rounded = max(8, Int(channels + 4) / 8 * 8)
        return Double(rounded) < 0.9 * channels ? rounded + 8 : rounded
    }

    mutating func add(_ name: String, _ kind: Backbone.Kind, _ weights: [Backbone.Weight] = []) {
        layers.append(
            Backbone.Layer(
                index: layers.count, name: name, kind: kind, outputShape: [size, size, channels],
                weights: weights))
    }

    /// Adds a convolution, its batch normalisation and, if `relu` names it, ReLU6.
    ///
    /// - Parameter pad: name of a layer that holds the padding; nil if the convolution does.
    mutating func convolve(
        _ form: Backbone.Convolution.Form, _ name: String, pad: String? = nil, bn: String, relu: String?,
        to output: Int, stride: Int = 1, place: Backbone.Convolution.Place, starts: Bool = false,
        adds: Bool = false
    ) {
        let padding = Backbone.Convolution.Padding(padding, side: form.side, stride: stride, size: size)
        if let pad {
            let padded = size + padding.before + padding.after
            layers.append(
                Backbone.Layer(
                    index: layers.count, name: pad, kind: .zeroPadding2D,
                    outputShape: [padded, padded, channels], weights: []))
        }
        let convolution = Backbone.Convolution(
            form: form, name: name, layer: layers.count, normalization: bn,
            normalizationLayer: layers.count + 1, inputChannels: channels, outputChannels: output,
            inputSize: size, stride: stride, padding: padding, activates: relu != nil,
            startsBlock: starts, addsBlockInput: adds, place: place)
        convolutions.append(convolution)
        (size, channels) = (convolution.outputSize, output)
        add(
            name, form.isDepthwise ? .depthwiseConv2D : .conv2D,
            [Backbone.Weight(name: name + "/kernel", shape: convolution.kernelShape, trains: true)])
        add(
            bn, .batchNormalization,
            ["gamma", "beta", "moving_mean", "moving_variance"].map {
                Backbone.Weight(name: "\(bn)/\($0)", shape: [output], trains: !$0.hasPrefix("moving"))
            })
        if let relu { add(relu, .relu) }
    }
}
