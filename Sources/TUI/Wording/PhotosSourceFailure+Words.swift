package import Photos
import Phrases

extension PhotosSourceFailure: Worded {
    package var english: String {
        switch self {
        case .notWhole(let place, let name, let photos, let expected):
            "\(place) is not whole: the class \(name) has \(photos.of("photo")) instead of \(expected)."
        case .demoCannotBeWritten(let folder):
            "The demo flowers cannot be written to \(folder): check its space and permissions."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .notWhole(let place, let name, let photos, let expected):
            "\(place) 不完整：类别 \(name) 有 \(photos) 张照片，应为 \(expected) 张。"
        case .demoCannotBeWritten(let folder): "无法将演示花卉写入 \(folder)：请检查其剩余空间和权限。"
        }
    }
}
