import Network

/// Clauses without a full stop.
extension ModelRefusal {
    var english: String {
        switch self {
        case .damaged(let damage): "its configuration is damaged: \(damage.english)"
        case .layer(let name, let kind, let fault): "layer `\(name)` (\(kind)) \(fault.english)"
        case .model(let fault): fault.english
        }
    }

    var chinese: String {
        switch self {
        case .damaged(let damage): "其配置已损坏：\(damage.chinese)"
        case .layer(let name, let kind, let fault): "层 `\(name)`（\(kind)）\(fault.chinese)"
        case .model(let fault): fault.chinese
        }
    }
}

extension ConfigurationDamage {
    fileprivate var english: String {
        switch self {
        case .configurationTooLarge: "it is larger than that of any model"
        case .noJSON: "it is not JSON"
        case .noModel: "it describes no model"
        case .layerCount(let most): "it lists no layers, or more than \(most)"
        case .namelessLayer: "a layer has no name or class"
        case .malformedCall: "a layer's call has no form"
        case .malformedReference: "a reference to a layer has no form"
        case .noInputLayer: "its input is no layer"
        case .inputCount(let given, let expected):
            "a model is called with \(given) inputs and has \(expected)"
        case .unreachableOutput(let name): "nothing leads to its output `\(name)`"
        }
    }

    fileprivate var chinese: String {
        switch self {
        case .configurationTooLarge: "它比任何模型的配置都大"
        case .noJSON: "它不是 JSON"
        case .noModel: "它没有描述模型"
        case .layerCount(let most): "它没有列出层，或超过 \(most) 层"
        case .namelessLayer: "某个层没有名称或类"
        case .malformedCall: "某个层的调用格式无效"
        case .malformedReference: "对某个层的引用格式无效"
        case .noInputLayer: "其输入不是层"
        case .inputCount(let given, let expected): "某个模型以 \(given) 个输入调用，而它有 \(expected) 个"
        case .unreachableOutput(let name): "没有通向其输出 `\(name)` 的路径"
        }
    }
}

extension ModelFault {
    fileprivate var english: String {
        switch self {
        case .customClass(let kind):
            "its model is of a class of its own, `\(kind)`; save it as a Functional or Sequential model"
        case .inputs(let names):
            "it has \(names.count) inputs (\(Self.list(names, ", "))) where one photo is supported"
        case .outputs(let names):
            "it has \(names.count) outputs (\(Self.list(names, ", "))) where one is supported"
        case .moreLayers(let most): "it has more than \(most) layers"
        case .moreModels(let most): "it has more than \(most) models within it"
        case .noMobileNet: "it holds no MobileNetV2: no layer of one is between input and output"
        case .anySize:
            "it takes photos of any size; save it with an input of a fixed size, or with a Resizing layer"
        case .size(let height, let width):
            "its MobileNetV2 takes photos of \(height)×\(width), and only squares with a side of a multiple of 32 from 32 to 1024 are supported"
        case .unusedTensor(let name): "it holds the tensor `\(name)`, which none of its layers takes"
        }
    }

    fileprivate var chinese: String {
        switch self {
        case .customClass(let kind):
            "其模型属于自定义的类 `\(kind)`；请将它保存为 Functional 或 Sequential 模型"
        case .inputs(let names): "它有 \(names.count) 个输入（\(Self.list(names, "、"))），而只支持输入一张照片"
        case .outputs(let names): "它有 \(names.count) 个输出（\(Self.list(names, "、"))），而只支持一个"
        case .moreLayers(let most): "它超过 \(most) 层"
        case .moreModels(let most): "它内部的模型超过 \(most) 个"
        case .noMobileNet: "其中没有 MobileNetV2：输入与输出之间没有它的层"
        case .anySize: "它接受任意尺寸的照片；请以固定尺寸的输入或 Resizing 层保存"
        case .size(let height, let width):
            "其 MobileNetV2 接受 \(height)×\(width) 的照片，而只支持边长为 32 的倍数、从 32 到 1024 的正方形"
        case .unusedTensor(let name): "其中的张量 `\(name)` 不属于任何层"
        }
    }

    private static func list(_ names: [String], _ comma: String) -> String {
        names.map { "`\($0)`" }.joined(separator: comma)
    }
}
