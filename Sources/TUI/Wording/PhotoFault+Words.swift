package import Photos

/// The end of a sentence that begins with the photo, without its full stop.
extension PhotoFault: CustomStringConvertible {
    package var description: String { english }

    package var english: String {
        switch self {
        case .cannotBeRead: "cannot be read"
        case .larger(let most): "has more than \(most) MiB, too many for a photo"
        case .kind(let kind): kind.english
        case .damaged(let format, let damage): "is a damaged \(format.name): \(damage.english)"
        case .tooManyPixels(let format, let width, let height):
            "is a \(format.name) of \(width)×\(height) pixels, too large to decode"
        case .tooManyScans(let scans, let width, let height):
            "is a JPEG of \(width)×\(height) pixels in \(scans) scans, too many to decode"
        case .recorded(let text): text
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .cannotBeRead: "无法读取"
        case .larger(let most): "超过 \(most) MiB，照片不会这么大"
        case .kind(let kind): kind.chinese
        case .damaged(let format, let damage): "是损坏的 \(format.name)：\(damage.chinese)"
        case .tooManyPixels(let format, let width, let height):
            "是 \(width)×\(height) 像素的 \(format.name)，过大而无法解码"
        case .tooManyScans(let scans, let width, let height):
            "是 \(width)×\(height) 像素、含 \(scans) 次扫描的 JPEG，扫描过多而无法解码"
        case .recorded(let text): text
        }
    }
}

extension PhotoFault.Damage {
    fileprivate var english: String {
        switch self {
        case .headerCutShort: "its header is cut short"
        case .headerSenseless: "its header makes no sense"
        case .cutShort: "it is cut short"
        case .tooShort(let width, let height): "it is too short for \(width)×\(height) pixels"
        case .library(let message): message
        }
    }

    fileprivate var chinese: String {
        switch self {
        case .headerCutShort: "文件头不完整"
        case .headerSenseless: "文件头无效"
        case .cutShort: "文件不完整"
        case .tooShort(let width, let height): "文件过短，容不下 \(width)×\(height) 像素"
        case .library(let message): message
        }
    }
}

extension FileKind {
    fileprivate var english: String {
        switch self {
        case .empty: "is empty (0 bytes)"
        case .other: "is neither JPEG nor PNG inside"
        case .appleDouble: "is an AppleDouble file of macOS; it holds no photo"
        case .gitLFS: "is a Git LFS pointer; fetch the photo itself with git lfs pull"
        case .html: "is an HTML page; only JPEG and PNG are read"
        case .photoshop, .cameraRaw: "is a \(name) file; only JPEG and PNG are read"
        case .avif, .svg, .ico: "is an \(name); only JPEG and PNG are read"
        default: "is a \(name); only JPEG and PNG are read"
        }
    }

    fileprivate var chinese: String {
        switch self {
        case .empty: "是空文件（0 字节）"
        case .other: "内容既非 JPEG 也非 PNG"
        case .appleDouble: "是 macOS 的 AppleDouble 文件，不含照片"
        case .gitLFS: "是 Git LFS 指针；请用 git lfs pull 取回照片本身"
        case .html: "是 HTML 网页；只能读取 JPEG 和 PNG"
        case .video: "是视频；只能读取 JPEG 和 PNG"
        case .cameraRaw: "是相机 RAW 文件；只能读取 JPEG 和 PNG"
        default: "是 \(name) 文件；只能读取 JPEG 和 PNG"
        }
    }
}
