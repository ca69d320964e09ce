package import Basics
import Foundation

extension FileFailure: Worded {
    package var english: String {
        switch self {
        case .folderCannotBeMade(let path, let code):
            "The folder \(path) cannot be made: \(Self.reason(path, code))."
        case .folderCannotBeWritten(let path, let code):
            "The folder \(path) cannot be written: \(Self.reason(path, code))."
        case .cannotBeWritten(let path, let code): "\(path) cannot be written: \(Self.reason(path, code))."
        case .unconfirmed(let path, let code):
            "\(path) was written, but the disk has not confirmed it: \(systemReason(code))."
        case .linkToNowhere(let path, let target):
            "\(path) cannot be written: it is a link to \(target), which is not there; remove it or name another file."
        case .alreadyThere(let path):
            "\(path) exists already: name another place, or add --replace to replace what is there."
        case .noTemporaryFile(let first, let code, let second):
            "No temporary file can be written, neither in \(first) (\(systemReason(code))) nor in \(second): set $TMPDIR to a folder with room."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .folderCannotBeMade(let path, let code): "无法创建文件夹 \(path)：\(Self.chineseReason(path, code))。"
        case .folderCannotBeWritten(let path, let code): "无法写入文件夹 \(path)：\(Self.chineseReason(path, code))。"
        case .cannotBeWritten(let path, let code): "无法写入 \(path)：\(Self.chineseReason(path, code))。"
        case .unconfirmed(let path, let code): "\(path) 已写入，但磁盘尚未确认：\(systemReason(code))。"
        case .linkToNowhere(let path, let target):
            "无法写入 \(path)：它是指向 \(target) 的链接，而目标不存在；请删除它或另选文件。"
        case .alreadyThere(let path): "\(path) 已存在：请另选位置，或加上 --replace 以替换现有内容。"
        case .noTemporaryFile(let first, let code, let second):
            "\(first)（\(systemReason(code))）和 \(second) 都无法写入临时文件：请将 $TMPDIR 设为有空间的文件夹。"
        }
    }

    /// Why a file cannot be written and what helps, as the end of a sentence.
    private static func reason(_ path: String, _ code: Int32) -> String {
        switch code {
        case ENOSPC:
            "no space is left on the disk; free some and try again"
                + (Places.place(path) == .cache ? " (flowers-tui cache clear removes what is cached)" : "")
        case EDQUOT: "your quota of this disk is used up; free some space and try again"
        case EACCES, EPERM: "no permission there; \(advice(path))"
        case EROFS: "its file system is read-only; \(advice(path))"
        case EMFILE: "too many files are open in this program; raise the limit with ulimit -n"
        case ENFILE: "too many files are open on this machine; close some programs"
        case EFBIG: "it is larger than the limit for files; raise that with ulimit -f"
        case ENOENT, ENOTDIR: "its folder is not there; \(advice(path))"
        case EISDIR: "it is a folder; name a file"
        default: systemReason(code)
        }
    }

    private static func advice(_ path: String) -> String {
        switch Places.place(path) {
        case .home: "choose another folder with --home"
        case .cache: "choose another cache with $FLOWERS_TUI_CACHE"
        case .temporary: "choose another folder for temporary files with $TMPDIR"
        case .other: "choose another place"
        }
    }

    private static func chineseReason(_ path: String, _ code: Int32) -> String {
        switch code {
        case ENOSPC:
            "磁盘空间已满；请腾出空间后重试" + (Places.place(path) == .cache ? "（flowers-tui cache clear 可清除缓存）" : "")
        case EDQUOT: "磁盘配额已用完；请腾出空间后重试"
        case EACCES, EPERM: "没有权限；\(chineseAdvice(path))"
        case EROFS: "其文件系统为只读；\(chineseAdvice(path))"
        case EMFILE: "本程序打开的文件过多；请用 ulimit -n 提高上限"
        case ENFILE: "本机打开的文件过多；请关闭一些程序"
        case EFBIG: "超出文件大小上限；请用 ulimit -f 提高上限"
        case ENOENT, ENOTDIR: "其所在文件夹不存在；\(chineseAdvice(path))"
        case EISDIR: "它是文件夹；请指定文件"
        default: systemReason(code)
        }
    }

    private static func chineseAdvice(_ path: String) -> String {
        switch Places.place(path) {
        case .home: "请用 --home 另选文件夹"
        case .cache: "请用 $FLOWERS_TUI_CACHE 另选缓存"
        case .temporary: "请用 $TMPDIR 另选临时文件夹"
        case .other: "请另选位置"
        }
    }
}

/// The system's words for an error number, which come in one language.
func systemReason(_ code: Int32) -> String { code == 0 ? "unknown" : String(cString: strerror(code)) }
