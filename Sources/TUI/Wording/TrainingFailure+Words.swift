import Basics
import Phrases
import Recipes
package import Training

extension TrainingFailure: Worded {
    package var english: String {
        switch self {
        case .lossJumped(let loss, let before, let epoch, let batch):
            "The loss jumped to \(loss.lossText) (it was \(before.lossText)) at epoch \(epoch), batch \(batch); "
                + "that batch was not applied. \(Self.restart)"
        case .lossNotANumber(let epoch, let batch):
            "The loss is not a number at epoch \(epoch), batch \(batch); that batch was not applied. \(Self.restart)"
        case .endNotSaved(let run, let reason):
            "The end of run \(run) could not be saved. \(reason) `flowers-tui runs resume \(run)` then goes on from "
                + "its newest checkpoint, if it has one."
        case .notSaved(let reason):
            "The run could not be saved; it goes on, and the next save tries again. \(reason)"
        case .noLayer(let layer, let count):
            "Layer \(layer) does not exist; the base has layers 0 to \(count - 1)."
        case .cannotTrain(let layer, let reason): "The base cannot train from layer \(layer). \(reason)"
        case .cannotAddEpochs(let count): "\(count) epochs cannot be added."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .lossJumped(let loss, let before, let epoch, let batch):
            "损失在第 \(epoch) 轮第 \(batch) 批跳到 \(loss.lossText)（之前 \(before.lossText)）；该批未应用。"
                + Self.chineseRestart
        case .lossNotANumber(let epoch, let batch):
            "损失在第 \(epoch) 轮第 \(batch) 批不是数值；该批未应用。" + Self.chineseRestart
        case .endNotSaved(let run, let reason):
            "无法保存运行 \(run) 的结束状态。\(chinese(reason))之后 `flowers-tui runs resume \(run)` "
                + "可从最新的检查点（如果有）继续。"
        case .notSaved(let reason): "无法保存运行；训练继续，下次保存时会重试。\(chinese(reason))"
        case .noLayer(let layer, let count): "第 \(layer) 层不存在；主干有第 0 到第 \(count - 1) 层。"
        case .cannotTrain(let layer, let reason): "主干无法从第 \(layer) 层起训练。\(chinese(reason))"
        case .cannotAddEpochs(let count): "无法增加 \(count) 轮。"
        }
    }

    private static let restart =
        "Start again with a lower --learning-rate or --fine-tune-learning-rate, or with --no-divergence-guard."
    private static let chineseRestart =
        "请用更低的 --learning-rate 或 --fine-tune-learning-rate，或加上 --no-divergence-guard 重新开始。"
}

/// The Chinese sentence for a failure inside another.
func chinese(_ error: UserError) -> String { Strings(.simplifiedChinese)(error) }
