package import Basics

extension ArchiveFailure: Worded {
    package var english: String {
        switch fault {
        case .noMemory: "\(archive) cannot be opened: no memory."
        case .damaged: "\(archive) is a damaged or cut short archive: fetch or save it again."
        case .packedTwice: "\(archive) is refused: it is packed more than once."
        case .moreEntries(let most): "\(archive) is refused: it has more than \(most) entries."
        case .larger(let most): "\(archive) is refused: unpacked it has more than \(most) MiB."
        case .outside(let entry):
            "\(archive) is refused: its entry \(entry) would be written outside its folder."
        case .link(let entry):
            "\(archive) is refused: its entry \(entry) is a link or a device; only files and folders are unpacked."
        case .tooDeep(let entry): "\(archive) is refused: its entry \(entry) lies too deep."
        }
    }

    package var simplifiedChinese: String {
        switch fault {
        case .noMemory: "无法打开 \(archive)：内存不足。"
        case .damaged: "归档文件 \(archive) 已损坏或不完整：请重新下载或保存。"
        case .packedTwice: "拒绝解包 \(archive)：它被多重压缩。"
        case .moreEntries(let most): "拒绝解包 \(archive)：其中条目超过 \(most) 个。"
        case .larger(let most): "拒绝解包 \(archive)：解包后超过 \(most) MiB。"
        case .outside(let entry): "拒绝解包 \(archive)：条目 \(entry) 会写到目标文件夹之外。"
        case .link(let entry): "拒绝解包 \(archive)：条目 \(entry) 是链接或设备；只解包文件和文件夹。"
        case .tooDeep(let entry): "拒绝解包 \(archive)：条目 \(entry) 层级过深。"
        }
    }
}
