import Basics
import Network
package import Recipes

extension CheckpointFailure: Worded {
    package var english: String {
        switch fault {
        case .newer(let format):
            "\(path) was written by a newer flowers-tui (format \(format)): update the program."
        case .headerUnreadable: "\(path) is damaged: its header cannot be read."
        case .impossibleNumbers: "\(path) is damaged: its header has impossible numbers."
        case .noCheckpoint: "\(path) is no checkpoint of flowers-tui."
        case .otherModel(let own, let wanted):
            "\(path) is a checkpoint of \(own.title), which computes otherwise than \(wanted.title): give --model \(own.rawValue), or other weights."
        case .weightsOnly:
            "\(path) is no checkpoint of flowers-tui: it has weights only; give it as --weights."
        case .tensor(let name, let shape, let found):
            "\(path) is damaged: \(name) should be \(WeightMatcher.text(shape)) and "
                + (found.map { "is \(WeightMatcher.text($0))" } ?? "is missing") + "."
        case .notFinite(let tensor):
            "\(path) cannot be resumed: \(tensor) holds values that are not finite numbers."
        case .strayMoment(let name): "\(path) is damaged: the optimizer's \(name) fits no trained tensor."
        }
    }

    package var simplifiedChinese: String {
        switch fault {
        case .newer(let format): "\(path) 由更新版本的 flowers-tui 写入（格式 \(format)）：请更新本程序。"
        case .headerUnreadable: "\(path) 已损坏：无法读取文件头。"
        case .impossibleNumbers: "\(path) 已损坏：文件头中的数值不合理。"
        case .noCheckpoint: "\(path) 不是 flowers-tui 的检查点。"
        case .otherModel(let own, let wanted):
            "\(path) 是 \(own.title) 的检查点，其计算方式与 \(wanted.title) 不同：请指定 --model \(own.rawValue)，或使用其他权重。"
        case .weightsOnly: "\(path) 不是 flowers-tui 的检查点：它只有权重；请用 --weights 指定。"
        case .tensor(let name, let shape, let found):
            "\(path) 已损坏：\(name) 应为 \(WeightMatcher.text(shape))，"
                + (found.map { "实际为 \(WeightMatcher.text($0))" } ?? "却缺失") + "。"
        case .notFinite(let tensor): "无法从 \(path) 继续：\(tensor) 含有非有限数值。"
        case .strayMoment(let name): "\(path) 已损坏：优化器的 \(name) 没有对应的已训练张量。"
        }
    }
}
