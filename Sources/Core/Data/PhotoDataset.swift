/// A picture as 8-bit RGB, rows from the top, three bytes a pixel.
public struct RGBImage: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// `height · width · 3` bytes.
    public var pixels: [UInt8]

    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height * 3, "\(pixels.count) bytes for \(width)×\(height)")
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }
}

public enum Subset: String, Codable, Sendable { case training, validation }

/// One photo of the dataset.
public struct Photo: Codable, Sendable, Equatable {
    /// Path relative to the data folder, `daisy/123.jpg`.
    public var file: String
    /// Index into the dataset's classes.
    public var label: Int
    public var subset: Subset

    public init(file: String, label: Int, subset: Subset) {
        (self.file, self.label, self.subset) = (file, label, subset)
    }
}

/// A photo that could not be used, and why.
public struct SkippedPhoto: Sendable, Equatable, Codable {
    public var file: String
    public var reason: String

    public init(file: String, reason: String) { (self.file, self.reason) = (file, reason) }
}

/// What the dashboard may know of the photos in use: a value, but for the pixel source.
public struct DatasetSummary: Sendable {
    /// Shown name: the folder's last path component, or `synthetic demo flowers`.
    public var name: String
    /// Whether the photos are generated ones.
    public var synthetic: Bool
    /// Class names, sorted.
    public var classes: [String]
    /// In Keras' order: all training photos, then all validation photos.
    public let photos: [Photo]
    /// Photos of each class, by its index.
    public let classCounts: [Int]
    /// Training photos of each class.
    public let trainingClassCounts: [Int]
    /// The training photos come first in `photos`.
    public let trainingCount: Int
    public var skipped: [SkippedPhoto]
    /// The folder; empty for photos that are in none.
    public var path = ""
    /// What was left out of the folder.
    public var exclusions = ExclusionList()
    /// Side of the cached squares, in pixels.
    public var imageSize: Int
    public var pixels: any PhotoPixels

    public init(
        name: String, synthetic: Bool, classes: [String], photos: [Photo], skipped: [SkippedPhoto],
        imageSize: Int, pixels: any PhotoPixels
    ) {
        (self.name, self.synthetic, self.classes, self.photos) = (name, synthetic, classes, photos)
        (self.skipped, self.imageSize, self.pixels) = (skipped, imageSize, pixels)
        // Counted once: screens ask for these in every frame, and there may be a million photos.
        var counts = [Int](repeating: 0, count: classes.count)
        var trainingCounts = counts
        for photo in photos where counts.indices.contains(photo.label) {
            counts[photo.label] += 1
            if photo.subset == .training { trainingCounts[photo.label] += 1 }
        }
        (classCounts, trainingClassCounts) = (counts, trainingCounts)
        trainingCount = photos.count { $0.subset == .training }
    }

    /// Number of photos of a subset.
    public func count(_ subset: Subset) -> Int {
        subset == .training ? trainingCount : photos.count - trainingCount
    }
}

/// Pixels for the screen. Called on the dashboard's thread while the trainer runs;
/// must not wait for the trainer.
public protocol PhotoPixels: Sendable {
    /// The resized photo at `index` of `DatasetSummary.photos`.
    func image(at index: Int) -> RGBImage
    /// The same as the network gets it, before it is scaled to ±1: `imageSize`² · 3 values of 0…255, unrounded.
    func values(at index: Int) -> [Float]
    /// What the network gets of the photo where nothing is augmented, as in validation: the values in ±1, to the bit.
    func tensor(at index: Int) -> [Float]
    /// The same photo as the trainer's augmentation of this strength would show it: `variant` picks the draw.
    func augmentedImage(at index: Int, variant: UInt64, strength: AugmentationStrength) -> RGBImage
    /// That view with what was drawn for it and the values that the network gets.
    func augmentedView(at index: Int, variant: UInt64, strength: AugmentationStrength) -> AugmentationView
}

extension PhotoPixels {
    public func values(at index: Int) -> [Float] { image(at: index).pixels.map(Float.init) }
    public func tensor(at index: Int) -> [Float] { values(at: index).map { $0 / 127.5 - 1 } }
}
