import Basics
package import Recipes

extension SettingFailure: Worded {
    package var english: String {
        switch self {
        case .learningRate(let rate): "A learning rate of \(rate) is not above zero."
        case .learningRateFactor(let factor): "The learning rate cannot be multiplied by \(factor)."
        case .dropout(let rate): "A dropout of \(rate) is not from 0 to below 1."
        case .stepSchedule: "A step schedule takes 1 epoch or more and a factor above 0 and up to 1."
        case .warmUp: "A warm-up takes 1 batch or more."
        case .guardPatience: "A guard waits for 1 epoch or more."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .learningRate(let rate): "学习率 \(rate) 不大于零。"
        case .learningRateFactor(let factor): "学习率不能乘以 \(factor)。"
        case .dropout(let rate): "dropout \(rate) 不在 0 到 1（不含 1）之间。"
        case .stepSchedule: "阶梯调度须至少 1 轮，且系数大于 0、不超过 1。"
        case .warmUp: "预热须至少 1 批。"
        case .guardPatience: "保护规则须至少等待 1 轮。"
        }
    }
}
