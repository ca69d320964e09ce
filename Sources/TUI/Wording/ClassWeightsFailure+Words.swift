package import Recipes

extension ClassWeightsFailure: Worded {
    package var english: String {
        switch self {
        case .cannotBeRead(let path):
            "The class weights \(path) cannot be read; give --class-weights balanced or a JSON file."
        case .noWeights(let path):
            "\(path) holds no class weights; it is a JSON object such as {\"daisy\": 2.5, \"roses\": 1}."
        case .outOfRange(let path, let name, let weight):
            "The weight of \(name) in \(path) is \(weight); it must be between 1e-6 and 1e6."
        case .unknownClass(let name, let classes):
            "The class weights name \(name), but the classes are \(classes.joined(separator: ", "))."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .cannotBeRead(let path): "无法读取类别权重 \(path)；请用 --class-weights 指定 balanced 或一个 JSON 文件。"
        case .noWeights(let path): "\(path) 中没有类别权重；应为 JSON 对象，例如 {\"daisy\": 2.5, \"roses\": 1}。"
        case .outOfRange(let path, let name, let weight):
            "\(path) 中 \(name) 的权重为 \(weight)；必须在 1e-6 与 1e6 之间。"
        case .unknownClass(let name, let classes):
            "类别权重中有 \(name)，但类别为 \(classes.joined(separator: "、"))。"
        }
    }
}
