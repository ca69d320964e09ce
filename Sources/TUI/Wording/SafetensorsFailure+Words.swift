package import Basics
import Phrases

extension SafetensorsFailure: Worded {
    package var english: String {
        switch fault {
        case .cannotBeRead: "\(path) cannot be read: check that it exists and is readable."
        case .larger(let size):
            "\(path) is refused: it has more than \(size) GiB, which no file of this program has."
        case .noHeader: "\(path) is cut short: it has no safetensors header; save it again."
        case .headerNotWhole:
            "\(path) is cut short or no safetensors file: its header is not whole; save it again."
        case .headerTooLong:
            "\(path) is refused: its safetensors header describes more than any file of this program."
        case .headerUnreadable:
            "\(path) is damaged: its safetensors header cannot be read; save it again."
        case .tensorsOverlap: "\(path) is damaged: its tensors overlap or leave gaps; save it again."
        case .size(let expected, let found):
            "\(path) is cut short or damaged: its tensors should have \(expected.of("byte")) and have \(found); save it again."
        case .type(let tensor, let type):
            "\(path) cannot be used: \(tensor) is of type \(type), and only F32 is read."
        case .tensorNotWhole(let tensor):
            "\(path) is cut short or damaged: \(tensor) is not whole; save it again."
        case .checksum:
            "\(path) is damaged: its checksum does not fit its content; use another checkpoint or a copy."
        }
    }

    package var simplifiedChinese: String {
        switch fault {
        case .cannotBeRead: "无法读取 \(path)：请检查它是否存在、是否可读。"
        case .larger(let size): "拒绝读取 \(path)：它超过 \(size) GiB，本程序的文件不会这么大。"
        case .noHeader: "\(path) 不完整：没有 safetensors 文件头；请重新保存。"
        case .headerNotWhole: "\(path) 不完整或不是 safetensors 文件：文件头残缺；请重新保存。"
        case .headerTooLong: "拒绝读取 \(path)：其 safetensors 文件头所述内容超出本程序的任何文件。"
        case .headerUnreadable: "\(path) 已损坏：无法读取其 safetensors 文件头；请重新保存。"
        case .tensorsOverlap: "\(path) 已损坏：张量相互重叠或留有空隙；请重新保存。"
        case .size(let expected, let found):
            "\(path) 不完整或已损坏：张量应为 \(expected) 字节，实际为 \(found)；请重新保存。"
        case .type(let tensor, let type): "无法使用 \(path)：\(tensor) 的类型为 \(type)，只能读取 F32。"
        case .tensorNotWhole(let tensor): "\(path) 不完整或已损坏：\(tensor) 残缺；请重新保存。"
        case .checksum: "\(path) 已损坏：校验和与内容不符；请改用其他检查点或副本。"
        }
    }
}
