/// Which pictures of a folder are photos.
package enum ImageFormats: String, Codable, Sendable, CaseIterable {
    /// JPEG and PNG, as older versions read; other files with Keras' suffixes are listed only to be
    /// reported.
    case jpegAndPNG = "jpeg_png"
    /// Also BMP and GIF: what Keras reads.
    case keras
    /// Also WebP, HEIC, AVIF and TIFF, which Keras does not list.
    case all

    /// The suffixes of the files that are listed, in lower case.
    var suffixes: [String] {
        let ofKeras = [".bmp", ".gif", ".jpeg", ".jpg", ".png"]
        return self == .all ? ofKeras + [".avif", ".heic", ".heif", ".tif", ".tiff", ".webp"] : ofKeras
    }

    /// Whether a file is listed, by its suffix.
    func lists(_ file: PhotoPath) -> Bool { suffixes.contains(where: file.hasSuffix) }

    /// Whether a file of this kind is read if it is listed.
    package func reads(_ kind: FileKind) -> Bool {
        switch kind {
        case .jpeg, .png: true
        case .bmp, .gif: self != .jpegAndPNG
        case .webP, .heic, .avif, .tiff: self == .all
        default: false
        }
    }
}

/// The treatment of the orientation that EXIF notes.
package enum ExifOrientation: String, Codable, Sendable, CaseIterable {
    /// Photos are trained on as they are stored, as in Keras.
    case ignore
    /// Photos are turned upright.
    case apply
}

/// How the photos of a folder are read.
package struct PhotoReading: Sendable, Hashable {
    package var formats = ImageFormats.keras
    package var orientation = ExifOrientation.ignore

    package init(formats: ImageFormats = .keras, orientation: ExifOrientation = .ignore) {
        (self.formats, self.orientation) = (formats, orientation)
    }

    /// That of a file which somebody names.
    package static let file = PhotoReading(formats: .all)

    /// Part of the names of files that hold what was read: empty for what Keras reads.
    package var key: String {
        (formats == .keras ? "" : "-\(formats.rawValue)") + (orientation == .ignore ? "" : "-upright")
    }
}
