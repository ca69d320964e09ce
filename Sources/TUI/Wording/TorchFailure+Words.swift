package import Network

extension TorchFailure: Worded {
    package var english: String {
        switch fault {
        case .cannotBeRead: "\(path) cannot be read: check that it exists and is readable."
        case .otherPickle:
            "\(path) is a pickle, but not one that torch.save wrote: save the model's state_dict() with torch.save."
        case .asksFor(let name):
            "\(path) is not a weights file: it asks for `\(name)`; save the model's state_dict() instead."
        case .bigEndian:
            "\(path) is refused: it was saved on a big-endian machine; load it with PyTorch on this one and save it again."
        case .noTensors:
            "\(path) holds no tensors under names: save the model's state_dict() with torch.save."
        case .damaged(let damage):
            "\(path) is a damaged PyTorch file: \(damage.english); fetch or save it again."
        case .foreign(let feature):
            "\(path) is refused: \(feature.english), which no state dict needs; save the model's state_dict() with PyTorch."
        case .otherNetwork(let tensor):
            "\(path) is a PyTorch state dict of a network that is not known: it holds `\(tensor)`; docs/model-files.md lists what can be used."
        case .symmetricPadding:
            "\(path) is torchvision's mobilenet_v2, which pads its photos otherwise than Keras' MobileNetV2 does; give --model mobilenet-v2-torchvision, or weights of keras.applications.MobileNetV2."
        }
    }

    package var simplifiedChinese: String {
        switch fault {
        case .cannotBeRead: "无法读取 \(path)：请检查它是否存在、是否可读。"
        case .otherPickle:
            "\(path) 是 pickle 文件，但不是由 torch.save 写入的：请用 torch.save 保存模型的 state_dict()。"
        case .asksFor(let name):
            "\(path) 不是权重文件：它要求加载 `\(name)`；请改为保存模型的 state_dict()。"
        case .bigEndian:
            "拒绝读取 \(path)：它保存于大端字节序的机器；请在本机用 PyTorch 加载并重新保存。"
        case .noTensors: "\(path) 中没有带名称的张量：请用 torch.save 保存模型的 state_dict()。"
        case .damaged(let damage): "PyTorch 文件 \(path) 已损坏：\(damage.chinese)；请重新下载或保存。"
        case .foreign(let feature):
            "拒绝读取 \(path)：\(feature.chinese)，state_dict 不需要这些；请用 PyTorch 保存模型的 state_dict()。"
        case .otherNetwork(let tensor):
            "\(path) 是未知网络的 PyTorch state_dict：它含有 `\(tensor)`；可用的模型见 docs/model-files.md。"
        case .symmetricPadding:
            "\(path) 是 torchvision 的 mobilenet_v2，其填充方式与 Keras 的 MobileNetV2 不同；请指定 --model mobilenet-v2-torchvision，或使用 keras.applications.MobileNetV2 的权重。"
        }
    }
}

extension TorchDamage {
    var english: String {
        switch self {
        case .endsEarly: "it is cut short"
        case .pickle(let place): "its pickle makes no sense at byte \(place)"
        case .twice(let name): "it holds `\(name)` twice"
        case .noStorage(let name): "its storage `\(name)` is missing"
        case .storageSize(let name, let expected, let found):
            "its storage `\(name)` has the size \(found) and should have \(expected)"
        case .tensorBeyondStorage: "a tensor reaches beyond its storage"
        }
    }

    var chinese: String {
        switch self {
        case .endsEarly: "文件不完整"
        case .pickle(let place): "其 pickle 在第 \(place) 字节处没有意义"
        case .twice(let name): "其中有两个 `\(name)`"
        case .noStorage(let name): "缺少存储 `\(name)`"
        case .storageSize(let name, let expected, let found):
            "存储 `\(name)` 的大小为 \(found)，应为 \(expected)"
        case .tensorBeyondStorage: "有张量超出其存储"
        }
    }
}

extension TorchFeature {
    var english: String {
        switch self {
        case .largeFile(let most): "it has more than \(most) MiB"
        case .longPickle(let most): "its pickle has more than \(most) MiB"
        case .newerProtocol(let version): "it is a pickle of protocol \(version)"
        case .instruction(let code): "its pickle has the instruction 0x\(String(code, radix: 16))"
        case .extents(let count): "it has a tensor of \(count) dimensions"
        case .moreValues(let most): "its tensors have more than \(most) values"
        case .deepDictionaries(let most): "its dictionaries are nested more than \(most) deep"
        }
    }

    var chinese: String {
        switch self {
        case .largeFile(let most): "它超过 \(most) MiB"
        case .longPickle(let most): "其 pickle 超过 \(most) MiB"
        case .newerProtocol(let version): "它是协议 \(version) 的 pickle"
        case .instruction(let code): "其 pickle 含有指令 0x\(String(code, radix: 16))"
        case .extents(let count): "它有一个 \(count) 维的张量"
        case .moreValues(let most): "其张量的数值超过 \(most) 个"
        case .deepDictionaries(let most): "其字典嵌套超过 \(most) 层"
        }
    }
}
