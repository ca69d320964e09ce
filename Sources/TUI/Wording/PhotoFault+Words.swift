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
        case .noLibrary(let format):
            "is a \(format.name), and \(format.library), which reads it, is not installed"
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
        case .noLibrary(let format): "是 \(format.name)，而读取它所需的 \(format.library) 未安装"
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
        case .bitsPerPixel(let bits): "it has \(bits) bits a pixel; 8, 24 and 32 are read, as by TensorFlow"
        case .compressed: "its pixels are compressed, which TensorFlow does not read either"
        case .noSuchColor: "it uses a colour that its table lacks"
        case .pixelsSenseless: "its pixels make no sense"
        case .animation: "it is an animation"
        case .library(let message): message
        }
    }

    fileprivate var chinese: String {
        switch self {
        case .headerCutShort: "文件头不完整"
        case .headerSenseless: "文件头无效"
        case .cutShort: "文件不完整"
        case .tooShort(let width, let height): "文件过短，容不下 \(width)×\(height) 像素"
        case .bitsPerPixel(let bits): "每像素 \(bits) 位；与 TensorFlow 一样，只读取 8、24 和 32 位"
        case .compressed: "像素经过压缩，TensorFlow 也不读取"
        case .noSuchColor: "用到了颜色表中没有的颜色"
        case .pixelsSenseless: "像素数据无效"
        case .animation: "它是动画"
        case .library(let message): message
        }
    }
}

extension PhotoHeader.Format {
    /// The library that reads the format.
    fileprivate var library: String {
        switch self {
        case .webP: "libwebp"
        case .tiff: "libtiff"
        default: "libheif"
        }
    }
}

extension FileKind {
    fileprivate var english: String {
        switch self {
        case .empty: "is empty (0 bytes)"
        case .other: "is not a picture inside"
        case .appleDouble: "is an AppleDouble file of macOS; it holds no photo"
        case .gitLFS: "is a Git LFS pointer; fetch the photo itself with git lfs pull"
        case .html: "is an HTML page, not a picture"
        case .photoshop, .cameraRaw: "is a \(name) file, which is not read"
        case .avif: "is an \(name); --image-formats all reads it"
        case .webP, .heic, .tiff: "is a \(name); --image-formats all reads it"
        case .bmp, .gif: "is a \(name); this run reads only JPEG and PNG, as older versions did"
        case .svg, .ico: "is an \(name), which is not read"
        default: "is a \(name), which is not read"
        }
    }

    fileprivate var chinese: String {
        switch self {
        case .empty: "是空文件（0 字节）"
        case .other: "内容不是图片"
        case .appleDouble: "是 macOS 的 AppleDouble 文件，不含照片"
        case .gitLFS: "是 Git LFS 指针；请用 git lfs pull 取回照片本身"
        case .html: "是 HTML 网页，不是图片"
        case .video: "是视频，不会读取"
        case .cameraRaw: "是相机 RAW 文件，不会读取"
        case .avif, .webP, .heic, .tiff: "是 \(name)；使用 --image-formats all 可读取"
        case .bmp, .gif: "是 \(name)；本次运行与旧版本一样只读取 JPEG 和 PNG"
        default: "是 \(name) 文件，不会读取"
        }
    }
}
