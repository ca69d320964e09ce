import ArgumentParser
import Photos

/// How photos are read.
struct ReadingOptions: ParsableArguments {
    @Option(
        help:
            "Files that are photos: keras (JPEG, PNG, BMP, GIF), all (also WebP, HEIC, AVIF, TIFF), or jpeg_png, as older versions."
    )
    var imageFormats = ImageFormats.keras
    @Option(
        help: "The orientation that EXIF notes: ignore, as Keras does, or apply, which turns photos upright.")
    var exifOrientation = ExifOrientation.ignore

    var reading: PhotoReading { PhotoReading(formats: imageFormats, orientation: exifOrientation) }
    /// Nil for the usual, so that a run that has it looks as it always did.
    var recordedOrientation: ExifOrientation? { exifOrientation == .ignore ? nil : exifOrientation }
}

/// Photos to leave out.
struct ExcludeOption: ParsableArguments {
    @Option(
        help:
            "List of photos to leave out: one path a line, relative to the photo folder; data check writes one.",
        completion: .file(), transform: typedPath)
    var exclude: String?

    /// - Throws: `UserError` if the list cannot be read.
    func list() throws -> ExclusionList { try exclude.map { try ExclusionList(path: $0) } ?? ExclusionList() }
}

extension ImageFormats: ExpressibleByArgument {}
extension ExifOrientation: ExpressibleByArgument {}
