import Basics
import Network
import Phrases
package import Training

extension ClassifierFailure: Worded {
    package var english: String {
        switch fault {
        case .noInputSize: "\(path) takes photos of any size; save it with an input of a fixed size."
        case .scalesItself: "\(path) says itself how its photos are scaled; leave out --pixels."
        case .scalingUnknown:
            "\(path) has no layer that scales its photos, so they were scaled before they reached it; say how with "
                + "--pixels raw (0 to 255), unit (0 to 1) or signed (−1 to 1)."
        case .namesClasses(let classes):
            "\(path) names its classes itself (\(classes.joined(separator: ", "))); leave out --classes."
        case .classNames(let given, let probabilities):
            "--classes has \(given) different names, but \(path) gives \(probabilities) probabilities a photo."
        case .noActivationMap:
            "\(path) has other layers after the base than average pooling and one dense layer with softmax, "
                + "so there is no exact class activation map of it."
        case .imageSize(let size, let loaded):
            "\(path) takes photos of \(size) pixels, but those loaded have \(loaded)."
        case .classes(let count, let names, let folder, let found):
            "\(path) tells \(count.of("class", "classes")) apart\(names.map { " (\($0.joined(separator: ", ")))" } ?? ""), "
                + "but \(folder) has \(found.count) (\(found.joined(separator: ", ")))."
        case .severalLabels:
            "\(path) gives a photo any number of labels, and folders give it one class; use predict instead of evaluate."
        }
    }

    package var simplifiedChinese: String {
        switch fault {
        case .noInputSize: "\(path) 接受任意尺寸的照片；请以固定的输入尺寸保存模型。"
        case .scalesItself: "\(path) 自身已说明照片如何缩放像素值；请去掉 --pixels。"
        case .scalingUnknown:
            "\(path) 没有缩放像素值的层，即照片在输入前已经缩放；请用 --pixels 说明方式："
                + "raw（0 到 255）、unit（0 到 1）或 signed（−1 到 1）。"
        case .namesClasses(let classes):
            "\(path) 自带类别名称（\(classes.joined(separator: "、"))）；请去掉 --classes。"
        case .classNames(let given, let probabilities):
            "--classes 有 \(given) 个不同的名称，但 \(path) 对每张照片给出 \(probabilities) 个概率。"
        case .noActivationMap:
            "\(path) 在主干之后并非只有平均池化和一个带 softmax 的全连接层，因此没有精确的类激活图。"
        case .imageSize(let size, let loaded):
            "\(path) 接受 \(size) 像素的照片，但已载入的照片为 \(loaded) 像素。"
        case .classes(let count, let names, let folder, let found):
            "\(path) 区分 \(count) 个类别\(names.map { "（\($0.joined(separator: "、"))）" } ?? "")，"
                + "但 \(folder) 有 \(found.count) 个（\(found.joined(separator: "、"))）。"
        case .severalLabels:
            "\(path) 可给一张照片任意多个标签，而文件夹只给它一个类别；请用 predict 代替 evaluate。"
        }
    }
}

extension ModelAssumption: Worded {
    package var english: String {
        "\(path) has weights only, so it is taken for a network of this program: photos of \(side)×\(side) pixels"
            + (isScaleAssumed ? " scaled to \(scale ?? "−1 to 1")" : "")
            + ", average pooling and one dense layer; save the whole model as .keras to be sure."
    }

    package var simplifiedChinese: String {
        "\(path) 只有权重，因此按本程序的网络处理：照片为 \(side)×\(side) 像素"
            + (isScaleAssumed ? "、缩放到 \(scale ?? "−1 到 1")" : "")
            + "，平均池化加一个全连接层；要确保无误，请将整个模型保存为 .keras。"
    }

    private var side: Int { architecture.standardImageSize }
    /// The scale as a formula; nil for MobileNetV2's.
    private var scale: String? { architecture.isMobileNetV2 ? nil : "(x − 127) / 128" }
}

extension InspectionFailure: Worded {
    package var english: String {
        switch self {
        case .noKnownClass(let folder, let classes):
            "No photo of \(folder) belongs to a class of the network (\(classes.joined(separator: ", "))); "
                + "the folder needs one folder of photos per class, with the same names."
        case .nothingDecodes: "None of the photos can be decoded."
        case .noPhoto(let index, let count):
            "There is no photo \(index); the photos go from 0 to \(count - 1)."
        case .noLayer(let index, let count):
            "There is no layer \(index): the base has layers 0 to \(count - 1)."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .noKnownClass(let folder, let classes):
            "\(folder) 中没有属于该网络类别（\(classes.joined(separator: "、"))）的照片；"
                + "文件夹须为每个类别设一个同名的照片文件夹。"
        case .nothingDecodes: "所有照片都无法解码。"
        case .noPhoto(let index, let count): "没有第 \(index) 张照片；照片编号为 0 到 \(count - 1)。"
        case .noLayer(let index, let count): "没有第 \(index) 层：主干有第 0 到第 \(count - 1) 层。"
        }
    }
}
