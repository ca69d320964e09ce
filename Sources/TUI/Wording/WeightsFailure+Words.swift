package import Network

extension WeightsFailure: Worded {
    package var english: String {
        switch fault {
        case .missing: "There is no weight file \(path): check the path."
        case .cannotBeRead: "\(path) cannot be read as a weight file: it is a folder or not readable."
        case .empty: "\(path) is empty: fetch or save the weights again."
        case .unknownFormat:
            "\(path) is no weight file: give a \(WeightsFormat.englishList) file."
        case .archiveWithoutWeights:
            "\(path) is an archive without weights: give a \(WeightsFormat.englishList) file."
        case .otherNetwork(let tensors, let expected):
            "\(path) holds no \(architecture.title): none of its \(tensors) tensors is one of the network's \(expected); \(advice)."
        case .missingTensor(let name, let expected):
            "\(path) is of another architecture: \(name) is missing where \(architecture.title) has \(Self.text(expected)); \(advice)."
        case .shape(let name, let found, let expected):
            "\(path) is of another architecture: \(name) has the shape \(Self.text(found)) where \(architecture.title) has \(Self.text(expected)); \(advice)."
        case .notWhole(let tensor):
            "\(path) is damaged: \(tensor) is not whole; fetch or save the file again."
        case .notFinite(let tensor):
            "\(path) cannot be used: \(tensor) holds values that are not finite numbers."
        case .negativeVariance(let tensor): "\(path) cannot be used: \(tensor) holds a negative variance."
        case .noHead:
            "\(path) has the base's weights but no dense head; give a run or a model that was trained."
        case .unexplained(let tensor, let shape):
            "\(path) cannot be used: beside \(architecture.title) and one dense layer on its features it holds the tensor `\(tensor)` (\(Self.text(shape))), and no configuration that says what it is for; save the whole model as .keras."
        case .otherPadding:
            "\(path) holds Keras' MobileNetV2, which pads its photos otherwise than \(architecture.title); \(advice), or leave out --model."
        case .model(let refusal):
            "\(path) cannot be used: \(refusal.english); docs/model-files.md lists what can be."
        case .otherScaling where !architecture.isMobileNetV2:
            "\(path) scales its photos otherwise than to (x − 127) / 128, which runs of \(architecture.title) do; give a model with Rescaling(1/128, offset=-127/128), or leave out --weights."
        case .otherScaling:
            "\(path) scales its photos otherwise than to −1 to 1, which runs do; give a model with mobilenet_v2.preprocess_input or Rescaling(1/127.5, offset=-1), or leave out --weights."
        case .unknownScaling where !architecture.isMobileNetV2:
            "\(path) does not say how its photos were scaled; its base is taken for one trained on (x − 127) / 128, as \(architecture.title) is."
        case .unknownScaling:
            "\(path) does not say how its photos were scaled; its base is taken for one trained on −1 to 1, as Keras' own is."
        case .training(let fault): Self.english(path, fault)
        }
    }

    package var simplifiedChinese: String {
        switch fault {
        case .missing: "没有权重文件 \(path)：请检查路径。"
        case .cannotBeRead: "无法将 \(path) 作为权重文件读取：它是文件夹或不可读。"
        case .empty: "\(path) 是空文件：请重新下载或保存权重。"
        case .unknownFormat:
            "\(path) 不是权重文件：请使用 \(WeightsFormat.chineseList) 文件。"
        case .archiveWithoutWeights: "归档文件 \(path) 中没有权重：请使用 \(WeightsFormat.chineseList) 文件。"
        case .otherNetwork(let tensors, let expected):
            "\(path) 中没有 \(architecture.title)：其 \(tensors) 个张量都不属于该网络的 \(expected) 个；\(chineseAdvice)。"
        case .missingTensor(let name, let expected):
            "\(path) 属于其他架构：缺少 \(name)，\(architecture.title) 中它的形状为 \(Self.text(expected))；\(chineseAdvice)。"
        case .shape(let name, let found, let expected):
            "\(path) 属于其他架构：\(name) 的形状为 \(Self.text(found))，\(architecture.title) 中为 \(Self.text(expected))；\(chineseAdvice)。"
        case .notWhole(let tensor): "\(path) 已损坏：\(tensor) 残缺；请重新下载或保存该文件。"
        case .notFinite(let tensor): "无法使用 \(path)：\(tensor) 含有非有限的数值。"
        case .negativeVariance(let tensor): "无法使用 \(path)：\(tensor) 含有负的方差。"
        case .noHead: "\(path) 只有基础网络的权重，没有全连接分类头；请使用一个运行或训练过的模型。"
        case .unexplained(let tensor, let shape):
            "无法使用 \(path)：除 \(architecture.title) 及其特征上的一个全连接层外，它还含有张量 `\(tensor)`（\(Self.text(shape))），却没有说明其用途的配置；请将整个模型保存为 .keras。"
        case .otherPadding:
            "\(path) 是 Keras 的 MobileNetV2，其填充方式与 \(architecture.title) 不同；\(chineseAdvice)，或去掉 --model。"
        case .model(let refusal):
            "无法使用 \(path)：\(refusal.chinese)；可用的模型见 docs/model-files.md。"
        case .otherScaling where !architecture.isMobileNetV2:
            "\(path) 没有像 \(architecture.title) 的运行那样将照片缩放为 (x − 127) / 128；请使用带 Rescaling(1/128, offset=-127/128) 的模型，或去掉 --weights。"
        case .otherScaling:
            "\(path) 没有像运行那样将照片缩放到 −1 至 1；请使用带 mobilenet_v2.preprocess_input 或 Rescaling(1/127.5, offset=-1) 的模型，或去掉 --weights。"
        case .unknownScaling where !architecture.isMobileNetV2:
            "\(path) 没有说明其照片如何缩放；假定其基础网络与 \(architecture.title) 一样，按 (x − 127) / 128 训练。"
        case .unknownScaling:
            "\(path) 没有说明其照片如何缩放；假定其基础网络与 Keras 自带的一样，按 −1 至 1 训练。"
        case .training(let fault): Self.chinese(path, fault)
        }
    }

    private var advice: String {
        switch architecture.family {
        case .mobileNetV2 where architecture.padding == .symmetric:
            "give a state dict of torchvision's mobilenet_v2, or a run with this model"
        case .mobileNetV2(let alpha):
            "give weights of keras.applications.MobileNetV2 with alpha \(Self.text(alpha))"
        case .efficientNetLite:
            "give weights of \(architecture.title), of this program or of its PyTorch port"
        }
    }
    private var chineseAdvice: String {
        switch architecture.family {
        case .mobileNetV2 where architecture.padding == .symmetric:
            "请使用 torchvision 的 mobilenet_v2 的 state dict，或使用该模型的运行"
        case .mobileNetV2(let alpha):
            "请使用 alpha 为 \(Self.text(alpha)) 的 keras.applications.MobileNetV2 权重"
        case .efficientNetLite: "请使用 \(architecture.title) 的权重，来自本程序或其 PyTorch 移植版"
        }
    }

    private static func text(_ alpha: Double) -> String { alpha == 1 ? "1" : "\(alpha)" }

    private static func text(_ shape: [Int]) -> String { WeightMatcher.text(shape) }
}

extension WeightsFormat {
    /// `.h5, .weights.h5 or .keras`, of all formats.
    package static var englishList: String {
        suffixes.dropLast().joined(separator: ", ") + " or " + suffixes[suffixes.count - 1]
    }

    fileprivate static var chineseList: String {
        suffixes.dropLast().joined(separator: "、") + " 或 " + suffixes[suffixes.count - 1]
    }
}
