import Network

/// The end of a clause that begins with the layer.
extension LayerFault {
    var english: String {
        switch self {
        case .missingTensor(let name): "has no tensor `\(name)` in the file"
        case .otherName(let name): "is `\(name)` in the file's weights"
        case .ambiguousName:
            "has a name that other layers have too, so that its weights cannot be told apart"
        case .rounds(let type): "rounds numbers to \(type)"
        case .precision(let type): "computes in \(type), not in float32"
        case .channelsFirst: "has its channels first, not last"
        case .randomAnswers: "is called with training=True, which makes answers random"
        case .batchStatistics:
            "is called with training=True, which makes a photo's answer depend on others"
        case .activation(let name): "has the activation `\(name)`, which is not supported"
        case .otherAxisThanLast: "works along another axis than the last"
        case .otherAxisThanChannels: "normalises along another axis than the channels"
        case .otherAxesThanChannels: "normalises along other axes than the channels"
        case .constants(let channels): "does not take one number, or one for each of \(channels) channels"
        case .parameter(let name): "has a \(name) that is not one number, or one for each channel"
        case .numbers(let count, let name, let channels):
            "has \(count) numbers in \(name) for \(channels) channels"
        case .photoShape(let shape):
            "takes \(shape.isEmpty ? "an unknown shape" : Self.text(shape)), not photos with three channels"
        case .photosOfAnySize: "takes photos of no fixed size"
        case .noFixedSize: "has no fixed size"
        case .photoBeside(let name): "takes the photo beside `\(name)`"
        case .photoTwice: "takes the photo more than once"
        case .resizing:
            "resizes in a way that is not supported; supported are bilinear and nearest, without padding or antialiasing"
        case .unsupportedBeforeBase:
            "is not supported before the base, where a model may rescale, normalise, resize, crop and augment its photos"
        case .endsBase(let name, let kind, let base):
            "is the model's last where \(base.title) has `\(name)` (\(kind)); only the whole \(base.called) is supported as the base"
        case .replaces(let name, let kind, let base):
            "stands where \(base.title) has `\(name)` (\(kind)); only \(base.inKeras) is supported as the base"
        case .branches(let name):
            "takes the output of `\(name)` within the base; only its last layer's is supported"
        case .differs(let difference, let name, let base):
            "has another \(difference.english) than `\(name)` of \(base.called)"
        case .otherInput: "takes its input from elsewhere than the base's output"
        case .joinsOther: "joins the base's output with something else"
        case .unsupportedAfterBase:
            "is not supported; after the base a model may have pooling, Flatten, Dense, activations, normalisation, Dropout and sums"
        case .tooManyNumbers(let count):
            "gives \(count) numbers a photo, and the layers after the base too many"
        case .noUnits: "has no number of units"
        case .quantised: "is quantised or adapted (LoRA)"
        case .kernel(let shape, let channels):
            "has a kernel of \(WeightMatcher.text(shape)) for \(channels) numbers"
        case .biases(let count, let units): "has \(count) biases for \(units) units"
        case .otherNormalization: "normalises in another way than over the channels"
        case .noWeight(let channels): "has no weight for each of \(channels) channels"
        case .poolsOther: "pools something else than a map of features"
        case .shapeDoesNotFit: "gives the numbers a shape that does not fit"
        case .joinsOtherAxis: "joins along another axis than the channels"
        case .differentShapes: "is not supported for inputs of different shapes"
        case .endsWithFeatures:
            "is the model's last: it gives features, no probabilities; give a model with a Dense layer for the classes"
        case .endsWith(let name): "ends the model with `\(name)`, which gives no probabilities"
        case .softmaxOfOne: "has a softmax over one output, which is always 1"
        case .lossForSeveral: "has one output, trained with a loss for several classes"
        case .outOfOrder: "is computed before layers that follow it"
        case .loss(let name):
            "has no activation and was trained with the loss `\(name)`, which does not make its outputs probabilities"
        }
    }

    var chinese: String {
        switch self {
        case .missingTensor(let name): "在文件中没有张量 `\(name)`"
        case .otherName(let name): "在文件的权重中名为 `\(name)`"
        case .ambiguousName: "与其他层同名，无法区分其权重"
        case .rounds(let type): "将数值舍入为 \(type)"
        case .precision(let type): "以 \(type) 而非 float32 计算"
        case .channelsFirst: "的通道在最前而不在最后"
        case .randomAnswers: "以 training=True 调用，使结果随机"
        case .batchStatistics: "以 training=True 调用，使一张照片的结果取决于其他照片"
        case .activation(let name): "的激活函数 `\(name)` 不受支持"
        case .otherAxisThanLast: "作用于最后一轴以外的轴"
        case .otherAxisThanChannels, .otherAxesThanChannels: "在通道以外的轴上归一化"
        case .constants(let channels): "所用的不是一个数，也不是 \(channels) 个通道各一个数"
        case .parameter(let name): "的 \(name) 不是一个数，也不是每个通道一个数"
        case .numbers(let count, let name, let channels):
            "的 \(name) 有 \(count) 个数，而通道有 \(channels) 个"
        case .photoShape(let shape):
            "接受\(shape.isEmpty ? "未知的形状" : "形状 \(Self.text(shape))")，而不是三通道的照片"
        case .photosOfAnySize: "接受的照片没有固定尺寸"
        case .noFixedSize: "没有固定尺寸"
        case .photoBeside(let name): "与 `\(name)` 一同接收照片"
        case .photoTwice: "多次接收照片"
        case .resizing: "的缩放方式不受支持；只支持不带填充和抗锯齿的 bilinear 和 nearest"
        case .unsupportedBeforeBase:
            "在基础网络之前不受支持；模型在那里可以对照片做数值缩放、归一化、调整尺寸、裁剪和增强"
        case .endsBase(let name, let kind, let base):
            "是模型的最后一层，而 \(base.title) 此处是 `\(name)`（\(kind)）；基础网络只支持完整的 \(base.title)"
        case .replaces(let name, let kind, let base):
            "所在之处 \(base.title) 是 `\(name)`（\(kind)）；基础网络只支持 \(base.inKeras)"
        case .branches(let name): "取用基础网络内部 `\(name)` 的输出；只支持其最后一层的输出"
        case .differs(let difference, let name, let base):
            "的\(difference.chinese)与 \(base.called) 的 `\(name)` 不同"
        case .otherInput: "的输入不是来自基础网络的输出"
        case .joinsOther: "将基础网络的输出与其他内容合并"
        case .unsupportedAfterBase:
            "不受支持；基础网络之后可以有池化、Flatten、Dense、激活函数、归一化、Dropout 和求和"
        case .tooManyNumbers(let count): "为每张照片给出 \(count) 个数，使基础网络之后的各层过大"
        case .noUnits: "没有单元数"
        case .quantised: "经过量化或适配（LoRA）"
        case .kernel(let shape, let channels): "的核为 \(WeightMatcher.text(shape))，而输入有 \(channels) 个数"
        case .biases(let count, let units): "有 \(count) 个偏置，而单元有 \(units) 个"
        case .otherNormalization: "不是在通道上归一化"
        case .noWeight(let channels): "没有为 \(channels) 个通道各提供一个权重"
        case .poolsOther: "池化的不是特征图"
        case .shapeDoesNotFit: "给出的形状与数值个数不符"
        case .joinsOtherAxis: "沿通道以外的轴拼接"
        case .differentShapes: "不支持形状不同的输入"
        case .endsWithFeatures:
            "是模型的最后一层：它给出特征而不是概率；请使用带有输出类别的 Dense 层的模型"
        case .endsWith(let name): "以 `\(name)` 结束模型，而它不给出概率"
        case .softmaxOfOne: "对单个输出做 softmax，结果总是 1"
        case .lossForSeveral: "只有一个输出，却用多类别的损失训练"
        case .outOfOrder: "在其后各层之前计算"
        case .loss(let name): "没有激活函数，而训练所用的损失 `\(name)` 不会使输出成为概率"
        }
    }

    private static func text(_ shape: [Int?]) -> String {
        shape.map { $0.map(String.init) ?? "?" }.joined(separator: "×")
    }
}

extension LayerFault.Difference {
    fileprivate var english: String {
        switch self {
        case .padding: "padding"
        case .kernelSize: "kernel size"
        case .stride: "stride"
        case .filters: "number of filters"
        case .form: "bias, activation, grouping or dilation"
        case .normalization: "epsilon, axis or set of weights"
        case .activation: "maximum, slope or threshold"
        }
    }

    fileprivate var chinese: String {
        switch self {
        case .padding: "填充"
        case .kernelSize: "核大小"
        case .stride: "步长"
        case .filters: "滤波器数"
        case .form: "偏置、激活函数、分组或膨胀"
        case .normalization: "epsilon、轴或权重组成"
        case .activation: "最大值、斜率或阈值"
        }
    }
}

extension Architecture {
    /// The name with the width: `MobileNetV2 with alpha 1`.
    fileprivate var called: String {
        switch family {
        case .mobileNetV2(let alpha): "MobileNetV2 with alpha \(alpha == 1 ? "1" : "\(alpha)")"
        case .efficientNetLite: title
        }
    }

    fileprivate var inKeras: String { isMobileNetV2 ? "keras.applications." + called : called }
}
