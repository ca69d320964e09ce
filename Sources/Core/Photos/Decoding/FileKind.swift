import Basics
import Foundation

/// The format of a file, recognised by its first bytes, whatever its name says.
package enum FileKind: String, Codable, Sendable, CaseIterable {
    case jpeg, png
    case gif, bmp
    /// Read only on request (`ImageFormats.all`), because Keras does not list them.
    case webP = "webp"
    case heic, avif, tiff
    case svg, ico, pdf, zip, video, html, photoshop
    case jpeg2000 = "jpeg_2000"
    case jpegXL = "jpeg_xl"
    case cameraRaw = "camera_raw"
    /// The companion file in which macOS keeps a file's attributes, `._1.jpg`.
    case appleDouble = "apple_double"
    /// A pointer of Git LFS, in place of a file that was never fetched.
    case gitLFS = "git_lfs"
    case empty, other

    /// Number of bytes that are enough to recognise a format.
    static let headBytes = 512

    /// - Parameter bytes: the file, or at least its beginning.
    package init(_ bytes: some Collection<UInt8>) {
        let head = Array(bytes.prefix(Self.headBytes))
        func holds(_ text: String, at offset: Int = 0) -> Bool {
            head.dropFirst(offset).starts(with: text.utf8)
        }
        if head.isEmpty {
            self = .empty
        } else if let known = Self.signatures.first(where: { head.starts(with: $0.bytes) }) {
            self = known.kind
        } else if holds("RIFF"), holds("WEBP", at: 8) {
            self = .webP
        } else if holds("RIFF"), holds("AVI ", at: 8) {
            self = .video
        } else if holds("ftyp", at: 4) {
            self = Self.brands[String(decoding: head.dropFirst(8).prefix(4), as: UTF8.self)] ?? .video
        } else if head.starts(with: [0, 0, 1, 0]), head.count > 5, head[4] > 0 {
            self = .ico
        } else {
            self = Self.ofText(head)
        }
    }

    /// Reads the beginning of a file; nil if it cannot be read.
    package init?(path: String) {
        guard let file = BoundedFile.open(path) else { return nil }
        defer { try? file.close() }
        guard let head = try? file.read(upToCount: Self.headBytes) ?? Data() else { return nil }
        self.init(head)
    }

    private static let signatures: [(bytes: [UInt8], kind: FileKind)] = [
        ([0xff, 0xd8, 0xff], .jpeg), ([0x89, 0x50, 0x4e, 0x47], .png), (Array("GIF8".utf8), .gif),
        (Array("BM".utf8), .bmp), (Array("II*\0".utf8) + [0x10, 0, 0, 0] + Array("CR".utf8), .cameraRaw),
        (Array("IIU\0".utf8), .cameraRaw), (Array("FUJIFILM".utf8), .cameraRaw),
        (Array("II*\0".utf8), .tiff), (Array("MM\0*".utf8), .tiff), (Array("II+\0".utf8), .tiff),
        (Array("MM\0+".utf8), .tiff), (Array("8BPS".utf8), .photoshop), (Array("%PDF".utf8), .pdf),
        (Array("PK\u{3}\u{4}".utf8), .zip), ([0xff, 0x0a], .jpegXL),
        ([0, 0, 0, 0x0c] + Array("JXL ".utf8), .jpegXL), ([0, 0, 0, 0x0c] + Array("jP  ".utf8), .jpeg2000),
        ([0xff, 0x4f, 0xff, 0x51], .jpeg2000), ([0x1a, 0x45, 0xdf, 0xa3], .video),
        ([0, 5, 0x16, 7], .appleDouble), ([0, 5, 0x16, 0], .appleDouble),
        (Array("version https://git-lfs".utf8), .gitLFS),
    ]

    /// Brands of ISO base media files (ISO 14496-12, 4.3).
    private static let brands: [String: FileKind] = [
        "heic": .heic, "heix": .heic, "hevc": .heic, "hevx": .heic, "heim": .heic, "heis": .heic,
        "mif1": .heic, "msf1": .heic, "avif": .avif, "avis": .avif, "crx ": .cameraRaw,
    ]

    private static func ofText(_ head: [UInt8]) -> FileKind {
        let text = String(decoding: head, as: UTF8.self).lowercased()
        if text.contains("<svg") { return .svg }
        return text.contains("<html") || text.contains("<!doctype html") ? .html : .other
    }

    package var name: String {
        switch self {
        case .jpeg: "JPEG"
        case .png: "PNG"
        case .gif: "GIF"
        case .bmp: "BMP"
        case .webP: "WebP"
        case .heic: "HEIC"
        case .avif: "AVIF"
        case .tiff: "TIFF"
        case .svg: "SVG"
        case .ico: "ICO"
        case .pdf: "PDF"
        case .zip: "ZIP"
        case .video: "video"
        case .html: "HTML"
        case .photoshop: "Photoshop"
        case .jpeg2000: "JPEG 2000"
        case .jpegXL: "JPEG XL"
        case .cameraRaw: "camera raw"
        case .appleDouble: "AppleDouble"
        case .gitLFS: "Git LFS pointer"
        case .empty: "empty"
        case .other: "other"
        }
    }

    /// Whether such files come in numbers and are sound, so that they are counted rather than named.
    var isCounted: Bool {
        isOtherPicture || [.appleDouble, .gitLFS, .pdf, .video].contains(self)
    }

    /// Whether it is read only on request.
    package var needsRequest: Bool { [.webP, .heic, .avif, .tiff].contains(self) }

    /// Whether it is a format of pictures besides JPEG and PNG.
    package var isOtherPicture: Bool {
        switch self {
        case .gif, .bmp, .webP, .heic, .avif, .tiff, .svg, .ico, .photoshop, .jpeg2000, .jpegXL, .cameraRaw:
            true
        default: false
        }
    }
}
