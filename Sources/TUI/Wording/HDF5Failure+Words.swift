package import Network

extension HDF5Failure: Worded {
    package var english: String {
        switch fault {
        case .notReadable:
            "\(path) is not a readable HDF5 file: it is cut short or damaged; fetch or save it again."
        case .refused(.damaged(let damage)):
            "\(path) is a damaged HDF5 file: \(damage.english); fetch or save it again."
        case .refused(.foreign(let feature)):
            "\(path) is refused: it has \(feature.english), which Keras does not write; load it with Keras and save it again."
        case .object(let object):
            "\(path) is damaged: \(object) cannot be read; fetch or save the file again."
        }
    }

    package var simplifiedChinese: String {
        switch fault {
        case .notReadable: "\(path) 不是可读的 HDF5 文件：它不完整或已损坏；请重新下载或保存。"
        case .refused(.damaged(let damage)):
            "HDF5 文件 \(path) 已损坏：\(damage.chinese)；请重新下载或保存。"
        case .refused(.foreign(let feature)):
            "拒绝读取 \(path)：其中有\(feature.chinese)，而 Keras 不会写入这些内容；请用 Keras 加载后重新保存。"
        case .object(let object): "\(path) 已损坏：无法读取 \(object)；请重新下载或保存该文件。"
        }
    }
}
