import Basics
import Phrases
import Recipes
package import Runs

extension RunFailure: Worded {
    package var english: String {
        switch self {
        case .noRun(let run, let home):
            "There is no run \(run) in \(home): `flowers-tui runs list` shows those there are."
        case .damagedConfiguration(let path, let run):
            "\(path) is missing or damaged: run \(run) cannot be resumed."
        case .missingExclusions(let path, let run):
            "\(path) is missing: without it, run \(run) would train on other photos than before."
        case .held(let run, let holder):
            "Run \(run) is trained by \(holder.english): `flowers-tui attach \(run)` shows it, "
                + "`flowers-tui runs stop \(run)` ends it."
        case .noCheckpoint(let run, let name, let others):
            "Run \(run) has no checkpoint \(name)"
                + (others.isEmpty
                    ? "; it was never saved." : ": it has \(others.joined(separator: ", ")).")
        case .bestNotKept(let run, let measure, let epoch, let kept):
            "Epoch \(epoch) of run \(run) has the "
                + (measure == .loss ? "lowest validation loss" : "highest validation accuracy")
                + ", but its weights were not kept: "
                + "there are those of \(kept.count == 1 ? "epoch" : "epochs") "
                + kept.map(String.init).joined(separator: ", ") + "."
        case .noPredictions(let run):
            "Run \(run) has no recorded predictions: they are written at the end of each epoch."
        case .cannotBeDeleted(let run, let path, let code):
            "Run \(run) cannot be deleted and is as it was: \(path) cannot be removed (\(systemReason(code)))."
        case .leftovers(let run, let folder, let reason):
            "Run \(run) is deleted, but files of it are left in \(folder) (\(reason)); remove them by hand."
        case .cannotBeCopied(let run, let path, let reason):
            "Run \(run) cannot be copied to \(path): \(reason.asSentence)"
        case .neverBegan(let run):
            "Run \(run) never began to train: `flowers-tui runs resume \(run)` begins it, "
                + "`flowers-tui runs delete \(run)` removes it."
        case .nothingLeft(let epochs, let stage):
            "That checkpoint has done \(epochs.of("epoch")), all that it was given, so nothing is left to train: give more with "
                + (stage == .head ? "--epochs." : "--fine-tune-epochs.")
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .noRun(let run, let home): "\(home) 中没有运行 \(run)：`flowers-tui runs list` 可列出现有的运行。"
        case .damagedConfiguration(let path, let run): "\(path) 缺失或已损坏：无法继续运行 \(run)。"
        case .missingExclusions(let path, let run):
            "缺少 \(path)：没有它，运行 \(run) 训练所用的照片会与之前不同。"
        case .held(let run, let holder):
            "运行 \(run) 正由\(holder.chinese)训练：`flowers-tui attach \(run)` 可查看，"
                + "`flowers-tui runs stop \(run)` 可结束。"
        case .noCheckpoint(let run, let name, let others):
            "运行 \(run) 没有检查点 \(name)"
                + (others.isEmpty ? "；它从未保存过。" : "：现有 \(others.joined(separator: "、"))。")
        case .bestNotKept(let run, let measure, let epoch, let kept):
            "运行 \(run) 的第 \(epoch) 轮" + (measure == .loss ? "验证损失最低" : "验证准确率最高")
                + "，但其权重未保留：现有第 "
                + kept.map(String.init).joined(separator: "、") + " 轮的权重。"
        case .noPredictions(let run): "运行 \(run) 没有预测记录：每轮结束时才会写入。"
        case .cannotBeDeleted(let run, let path, let code):
            "无法删除运行 \(run)，它保持原样：\(path) 无法移除（\(systemReason(code))）。"
        case .leftovers(let run, let folder, let reason):
            "运行 \(run) 已删除，但 \(folder) 中还留有它的文件（\(reason)）；请手动删除。"
        case .cannotBeCopied(let run, let path, let reason):
            "无法将运行 \(run) 复制到 \(path)：\(reason.withoutFullStop)。"
        case .neverBegan(let run):
            "运行 \(run) 从未开始训练：`flowers-tui runs resume \(run)` 可开始训练，"
                + "`flowers-tui runs delete \(run)` 可将其删除。"
        case .nothingLeft(let epochs, let stage):
            "该检查点的 \(epochs) 轮已全部完成，没有可训练的内容：请用 "
                + (stage == .head ? "--epochs" : "--fine-tune-epochs") + " 增加轮数。"
        }
    }
}

extension RunHolder? {
    /// The process that trains a run, inside a sentence: `process 1234 on lab`.
    var english: String { map { "process \($0.process) on \($0.host)" } ?? "another process" }

    var chinese: String { map { " \($0.host) 上的进程 \($0.process) " } ?? "另一个进程" }
}

extension String {
    /// The text without the full stop that it may end with.
    var withoutFullStop: String { hasSuffix(".") ? String(dropLast()) : self }

    /// The text with a full stop at its end.
    var asSentence: String { hasSuffix(".") ? self : self + "." }
}

extension RunRemains: Worded {
    package var english: String {
        switch self {
        case .saved(let run, let path, let epochs):
            "Run \(run) is saved in \(path) (\(epochs.of("epoch")) done); go on with: flowers-tui --run \(run)"
        case .unsaved(let run): "Run \(run) was never saved."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .saved(let run, let path, let epochs):
            "运行 \(run) 已保存在 \(path)（完成 \(epochs) 轮）；继续训练：flowers-tui --run \(run)"
        case .unsaved(let run): "运行 \(run) 从未保存过。"
        }
    }
}

extension ProgramFault: Worded {
    package var english: String { "a fault of the program (\(signal)) ends it." }

    package var simplifiedChinese: String { "程序出错（\(signal)），即将退出。" }
}
