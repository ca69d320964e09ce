package import Doctor
import Phrases

extension DoctorFailure: Worded {
    package var english: String {
        switch self {
        case .noMemory(let photos): "There is no memory for the features of \(photos.of("photo"))."
        case .labelsNotChecked(let failure): "Labels and outliers were not checked. \(failure)"
        case .notKept(let failure): "What was found is not kept for the next check. \(failure)"
        case .exclusionsMissing(let count, let first):
            "The exclusion list names \(count.of("photo")) that \(count == 1 ? "is" : "are") not there, such as \(first)."
        }
    }

    package var simplifiedChinese: String {
        let words = Strings(.simplifiedChinese)
        return switch self {
        case .noMemory(let photos): "内存不足以容纳 \(photos) 张照片的特征。"
        case .labelsNotChecked(let failure): "未检查标签和离群照片。\(words(failure))"
        case .notKept(let failure): "检查结果没有为下次检查保留。\(words(failure))"
        case .exclusionsMissing(let count, let first):
            "排除列表中有 \(count) 张照片不在文件夹中，例如 \(first)。"
        }
    }
}
