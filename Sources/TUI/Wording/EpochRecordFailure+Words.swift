import Basics
package import Runs

extension EpochRecordFailure: Worded {
    package var english: String {
        switch fault {
        case .tooLarge: "\(path) is too large for the record of an epoch; remove it."
        case .noRecord: "\(path) is damaged: it is not the record of an epoch; remove it."
        case .unknownLayer: "\(path) is damaged: it names a layer that does not exist; remove it."
        }
    }

    package var simplifiedChinese: String {
        switch fault {
        case .tooLarge: "\(path) 过大，不会是一轮的记录；请将其删除。"
        case .noRecord: "\(path) 已损坏：它不是一轮的记录；请将其删除。"
        case .unknownLayer: "\(path) 已损坏：其中提到不存在的层；请将其删除。"
        }
    }
}
