import Basics
package import Runs

extension RunStoreFailure: Worded {
    package var english: String {
        switch self {
        case .foreign(let path):
            "\(path) is no run store: move it away; the next command makes one from the runs' folders."
        case .cannotBeWritten(let path):
            "\(path) cannot be written: check its permissions or choose another folder with --home."
        case .notKept(let path): "\(path) cannot be written; choose another folder with --home."
        case .damaged(let path):
            "\(path) is damaged: move it away; the next command makes it anew from the runs' folders."
        case .busy(let path): "\(path) is kept busy by another process: try again when it is done."
        case .unusable(let path, let reason): "\(path) cannot be used: \(reason)."
        case .longNote(let characters, let most):
            "A note may have \(most) characters, not \(characters): shorten it."
        case .unusableTag(let tag, let most):
            "A tag has 1 to \(most) characters on one line; \"\(tag)\" has not."
        case .cannotBeRead(let path):
            "\(path) cannot be read here: the runs are listed from their folders, without notes and tags."
        case .noLocks(let path, let home):
            "The file system of \(home) has no locks for \(path): the runs' folders are complete, but nothing is "
                + "kept in the run store, and notes and tags are not to be had."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .foreign(let path): "\(path) 不是运行数据库：请将其移走；下一条命令会根据运行文件夹新建一个。"
        case .cannotBeWritten(let path): "无法写入 \(path)：请检查其权限，或用 --home 另选文件夹。"
        case .notKept(let path): "无法写入 \(path)；请用 --home 另选文件夹。"
        case .damaged(let path): "\(path) 已损坏：请将其移走；下一条命令会根据运行文件夹重建。"
        case .busy(let path): "\(path) 正被另一个进程占用：请待其完成后重试。"
        case .unusable(let path, let reason): "无法使用 \(path)：\(reason)。"
        case .longNote(let characters, let most): "备注最多 \(most) 个字符，现有 \(characters) 个：请缩短。"
        case .unusableTag(let tag, let most): "标签须为单行的 1 到 \(most) 个字符；“\(tag)”不符合。"
        case .cannotBeRead(let path): "此处无法读取 \(path)：运行列表取自各运行文件夹，不含备注和标签。"
        case .noLocks(let path, let home):
            "\(home) 所在的文件系统无法为 \(path) 加锁：运行文件夹是完整的，但运行数据库不会保存任何内容，"
                + "也没有备注和标签。"
        }
    }
}
