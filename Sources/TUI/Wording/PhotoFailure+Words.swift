package import Photos

extension PhotoFailure: Worded {
    package var english: String {
        switch self {
        case .missing(let file): "There is no file \(file)."
        case .cannotBeOpened(let file, let code): "\(file) cannot be opened: \(systemReason(code))."
        case .unusable(let file, let fault): "\(file) \(fault.english)."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .missing(let file): "没有文件 \(file)。"
        case .cannotBeOpened(let file, let code): "无法打开 \(file)：\(systemReason(code))。"
        case .unusable(let file, let fault): "\(file) \(fault.simplifiedChinese)。"
        }
    }
}
