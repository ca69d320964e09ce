import Basics
import Foundation
package import Sessions

extension SessionFailure: Worded {
    package var english: String {
        switch self {
        case .otherClasses(let run, let trained, let folder, let found):
            "Run \(run) was trained on the classes \(trained.joined(separator: ", ")), "
                + "but \(folder) has \(found.joined(separator: ", ")); resume it with its own photos."
        case .otherPhotos(let run, let folder, let original):
            "The photos in \(folder) are not those of run \(run), which were in "
                + "\(original): paths or sizes differ; give --data the folder that they are in."
        case .noBFloat16(let processor, let run?):
            "Run \(run) is trained in bfloat16, and this processor (\(processor)) has neither AVX512-BF16 nor "
                + "AMX-BF16; go on in float32 with a new run: flowers-tui runs branch \(run) --precision float32."
        case .noBFloat16(let processor, nil):
            "This processor (\(processor)) has neither AVX512-BF16 nor AMX-BF16, so it cannot train in bfloat16; "
                + "give --precision float32, or auto to use bfloat16 only where it can be."
        case .beginsAgain(let run): "Run \(run) was never saved: it begins again."
        case .nothingToShow(let run): "Run \(run) was never saved; there is nothing to show of it."
        case .photosGone(let run, let path):
            "The photos of run \(run) are not at \(path); give --data the folder that they are in now."
        case .notSavedYet(let run):
            "Run \(run) was not saved yet: the first epoch's end does, or saving it by hand."
        case .incompleteRecord(let reason): "The run's record is incomplete. \(reason)"
        case .checkpointNotKept(let reason): "A checkpoint is not kept. \(reason)"
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .otherClasses(let run, let trained, let folder, let found):
            "运行 \(run) 训练时的类别为 \(trained.joined(separator: "、"))，"
                + "但 \(folder) 中为 \(found.joined(separator: "、"))；请用它自己的照片继续。"
        case .otherPhotos(let run, let folder, let original):
            "\(folder) 中的照片不是运行 \(run) 的照片，后者原在 \(original)：路径或大小不同；"
                + "请用 --data 指定照片所在的文件夹。"
        case .noBFloat16(let processor, let run?):
            "运行 \(run) 以 bfloat16 训练，而本机处理器（\(processor)）既无 AVX512-BF16 也无 AMX-BF16；"
                + "可新建一个 float32 运行继续：flowers-tui runs branch \(run) --precision float32。"
        case .noBFloat16(let processor, nil):
            "本机处理器（\(processor)）既无 AVX512-BF16 也无 AMX-BF16，无法以 bfloat16 训练；"
                + "请用 --precision float32，或用 auto 让程序仅在可用时采用 bfloat16。"
        case .beginsAgain(let run): "运行 \(run) 从未保存过：将重新开始。"
        case .nothingToShow(let run): "运行 \(run) 从未保存过，没有可显示的内容。"
        case .photosGone(let run, let path):
            "运行 \(run) 的照片不在 \(path)；请用 --data 指定照片现在所在的文件夹。"
        case .notSavedYet(let run): "运行 \(run) 尚未保存：第一轮结束时会保存，也可手动保存。"
        case .incompleteRecord(let reason): "运行记录不完整。\(chinese(reason))"
        case .checkpointNotKept(let reason): "有一个检查点未能保留。\(chinese(reason))"
        }
    }
}

extension ReplayNotice: Worded {
    package var english: String {
        switch self {
        case .speed(let speed): "The replay goes at \(Self.text(speed)) times the run's speed."
        case .onlyReplayed:
            "This run is only played anew: it can be paused, stepped, and made slower or faster with the keys of the learning rate."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .speed(let speed): "正以运行实际速度的 \(Self.text(speed)) 倍回放。"
        case .onlyReplayed: "此运行只是回放：可以暂停、单步，并用学习率的按键调慢或调快。"
        }
    }

    private static func text(_ speed: Double) -> String {
        speed.formatted(.number.precision(.significantDigits(1...3)))
    }
}
