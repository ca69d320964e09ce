import Basics
package import Logs
import Photos

extension LogFailure: Worded {
    package var english: String {
        switch self {
        case .missing(let path):
            "There is no log at \(path): name an event file, a table or a folder of them."
        case .cannotBeRead(let path): "\(path) cannot be read: check its permissions."
        case .tooLarge(let path, let mebibytes): "\(path) has more than \(mebibytes) MiB, too many for a log."
        case .emptyFolder(let path):
            "\(path) holds no event file of TensorBoard (its name contains tfevents) and no .csv."
        case .unknown(let path):
            "\(path) is neither an event file of TensorBoard nor a table with a column epoch."
        case .damaged(let path, let damage): "\(path) cannot be used: \(damage.english)."
        case .noUsableValues(let path, let names):
            "\(path) has no loss or accuracy of epochs; it has "
                + (names.isEmpty ? "no numbers at all." : "\(NameList.joined(names)).")
        case .portUnusable(let port, let code):
            "Port \(port) cannot be used for the metrics: \(systemReason(code)); choose another with --metrics-port."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .missing(let path): "\(path) 处没有日志：请指定事件文件、表格或存放它们的文件夹。"
        case .cannotBeRead(let path): "无法读取 \(path)：请检查其权限。"
        case .tooLarge(let path, let mebibytes): "\(path) 超过 \(mebibytes) MiB，日志不会这么大。"
        case .emptyFolder(let path): "\(path) 中既没有 TensorBoard 事件文件（文件名含 tfevents），也没有 .csv 文件。"
        case .unknown(let path): "\(path) 既不是 TensorBoard 事件文件，也不是带有 epoch 列的表格。"
        case .damaged(let path, let damage): "无法使用 \(path)：\(damage.chinese)。"
        case .noUsableValues(let path, let names):
            "\(path) 中没有各轮的损失或准确率；其中"
                + (names.isEmpty ? "没有任何数值。" : "有：\(NameList.joined(names))。")
        case .portUnusable(let port, let code):
            "无法在端口 \(port) 上提供指标：\(systemReason(code))；请用 --metrics-port 另选端口。"
        }
    }
}

extension LogWarning: Worded {
    package var english: String { "\(path) was read only in part: \(damage.english)." }
    package var simplifiedChinese: String { "\(path) 只读取了一部分：\(damage.chinese)。" }
}

extension LogDamage {
    fileprivate var english: String {
        switch self {
        case .cutShort(let byte): "it ends within the record at byte \(byte)"
        case .wrongChecksum(let byte): "the record at byte \(byte) is damaged"
        case .notAnEvent(let byte): "the record at byte \(byte) is not an event of TensorBoard"
        case .wrongRow(let line): "line \(line) does not fit the columns"
        }
    }

    fileprivate var chinese: String {
        switch self {
        case .cutShort(let byte): "文件在第 \(byte) 字节处的记录中间中断"
        case .wrongChecksum(let byte): "第 \(byte) 字节处的记录已损坏"
        case .notAnEvent(let byte): "第 \(byte) 字节处的记录不是 TensorBoard 事件"
        case .wrongRow(let line): "第 \(line) 行与各列不符"
        }
    }
}
