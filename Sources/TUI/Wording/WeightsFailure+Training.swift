import Network

/// The words for a model whose training cannot go on as it was.
extension WeightsFailure {
    private static let fresh = "; --fresh-optimizer goes on with its weights and a fresh Adam"
    private static let freshChinese = "；--fresh-optimizer 可沿用其权重并以新的 Adam 继续"

    static func english(_ path: String, _ fault: TrainingFault) -> String {
        switch fault {
        case .noModel:
            "\(path) holds weights without the model that they belong to; save the whole model as .keras or .h5 to go on with it, or give the base's weights with --weights."
        case .ownCheckpoint:
            "\(path) is a checkpoint of this program; `flowers-tui runs resume` or `runs branch` goes on with its run."
        case .otherHead:
            "\(path) cannot go on here: runs train average pooling and one dense layer with a bias and softmax after the base; --weights takes the base alone."
        case .optimizer(let kind):
            "\(path) was trained with \(kind), and runs train with Adam\(fresh)."
        case .setting(let name):
            "\(path) was trained with an Adam whose \(name) is another than in runs\(fresh)."
        case .frozen(let name, let above):
            "\(path) kept \(name) frozen beside \(above), which it trained; runs train all from one layer on\(fresh)."
        case .trains(let name):
            "\(path) trained the layer \(name), which runs do not\(fresh)."
        case .variables(let expected, let found):
            "\(path) does not fit its optimizer: Adam has \(expected) moments for what the model trains, and the file has \(found) (it was frozen or unfrozen without being compiled again)\(fresh)."
        case .variable(let name, let found, let expected):
            "\(path) does not fit its optimizer: a moment of \(name) has the shape \(WeightMatcher.text(found)) instead of \(WeightMatcher.text(expected))\(fresh)."
        case .negativeMoment(let name):
            "\(path) is damaged: Adam's moments of \(name) are not finite or below 0\(fresh)."
        case .step: "\(path) is damaged: its optimizer has no count of steps\(fresh)."
        case .classes(let own, let found):
            "\(path) tells \(own) classes apart, and the photos have \(found); a model goes on with its own classes only."
        case .imageSize(let own, let run):
            "\(path) takes photos of \(own)×\(own), and this run would have \(run)×\(run); give --image-size \(own)."
        case .stage(nil, _):
            "\(path) trained its head alone, which is stage 1: give --epochs 1 or more\(fresh)."
        case .stage(let layer?, let name):
            "\(path) trained its base from \(name ?? "") on: give --epochs 0 and --fine-tune-at \(layer)\(fresh)."
        case .noOptimizer:
            "\(path) has no optimizer that has taken a step; its weights go on with a fresh Adam."
        case .rate(let saved, let run):
            "\(path) was last trained with the rate \(text(saved)); this run goes on with \(text(run))."
        }
    }

    static func chinese(_ path: String, _ fault: TrainingFault) -> String {
        switch fault {
        case .noModel: "\(path) 只有权重而没有所属的模型；要继续训练请将整个模型保存为 .keras 或 .h5，或用 --weights 只取基础网络的权重。"
        case .ownCheckpoint:
            "\(path) 是本程序的检查点；请用 `flowers-tui runs resume` 或 `runs branch` 继续其运行。"
        case .otherHead:
            "\(path) 无法在此继续训练：运行在基础网络之后只训练平均池化和一个带偏置与 softmax 的全连接层；--weights 可只取基础网络。"
        case .optimizer(let kind): "\(path) 用 \(kind) 训练，而运行使用 Adam\(freshChinese)。"
        case .setting(let name): "\(path) 所用 Adam 的 \(name) 与运行不同\(freshChinese)。"
        case .frozen(let name, let above):
            "\(path) 训练了 \(above)，却冻结了 \(name)；运行会训练某一层起的所有层\(freshChinese)。"
        case .trains(let name): "\(path) 训练了运行中不训练的层 \(name)\(freshChinese)。"
        case .variables(let expected, let found):
            "\(path) 与其优化器不符：按模型所训练的内容应有 \(expected) 个矩，文件中有 \(found) 个（冻结或解冻后未重新编译）\(freshChinese)。"
        case .variable(let name, let found, let expected):
            "\(path) 与其优化器不符：\(name) 的矩的形状为 \(WeightMatcher.text(found))，应为 \(WeightMatcher.text(expected))\(freshChinese)。"
        case .negativeMoment(let name): "\(path) 已损坏：\(name) 的 Adam 矩不是有限数值或小于 0\(freshChinese)。"
        case .step: "\(path) 已损坏：其优化器没有步数\(freshChinese)。"
        case .classes(let own, let found): "\(path) 区分 \(own) 个类别，而照片有 \(found) 个；模型只能以自己的类别继续训练。"
        case .imageSize(let own, let run):
            "\(path) 使用 \(own)×\(own) 的照片，而本运行为 \(run)×\(run)；请指定 --image-size \(own)。"
        case .stage(nil, _): "\(path) 只训练了分类头，即第 1 阶段：请指定至少为 1 的 --epochs\(freshChinese)。"
        case .stage(let layer?, let name):
            "\(path) 从 \(name ?? "") 起训练了基础网络：请指定 --epochs 0 和 --fine-tune-at \(layer)\(freshChinese)。"
        case .noOptimizer: "\(path) 中没有已走过步数的优化器；以其权重和新的 Adam 继续。"
        case .rate(let saved, let run): "\(path) 最后的学习率为 \(text(saved))；本运行以 \(text(run)) 继续。"
        }
    }

    private static func text(_ rate: Double) -> String { "\(Float(rate))" }
}
