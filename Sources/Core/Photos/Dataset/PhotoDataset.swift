package import Basics
package import Canvas

package enum Subset: String, Codable, Sendable { case training, validation, test }

/// One photo of the dataset.
package struct Photo: Codable, Sendable, Equatable {
    /// Path relative to the data folder, `daisy/123.jpg`.
    package var file: PhotoPath
    /// Index into the dataset's classes.
    package var label: Int
    package var subset: Subset

    package init(file: PhotoPath, label: Int, subset: Subset) {
        (self.file, self.label, self.subset) = (file, label, subset)
    }
}

/// A photo that could not be used, and the reason.
package struct SkippedPhoto: Sendable, Equatable, Codable {
    package var file: PhotoPath
    package var fault: PhotoFault
    /// The format of a file of another kind; nil for damaged photos.
    package var kind: FileKind?

    package init(file: PhotoPath, fault: PhotoFault, kind: FileKind? = nil) {
        (self.file, self.fault, self.kind) = (file, fault, kind)
    }

    /// The reason in English, as the end of a sentence.
    package var reason: String { "\(fault)" }

    private enum CodingKeys: String, CodingKey {
        case file
        case fault = "reason"
        case kind
    }
}

/// The photos in use, as the dashboard sees them: a value, except for the source of their pixels.
package struct DatasetSummary: Sendable {
    /// Display name: the folder's last path component, or `synthetic demo flowers`.
    package var name: String
    /// Whether the photos are generated.
    package var synthetic: Bool
    /// Class names, sorted.
    package var classes: [String]
    /// In Keras' order: all training photos, then all validation photos.
    package let photos: [Photo]
    /// Number of photos in each class, by class index.
    package let classCounts: [Int]
    /// Number of training photos in each class, by class index.
    package let trainingClassCounts: [Int]
    /// Number of training photos, which come first in `photos`.
    package let trainingCount: Int
    package var skipped: [SkippedPhoto]
    /// Path of the folder; empty for photos that are not in one.
    package var path = ""
    /// Photos left out of the folder.
    package var exclusions = ExclusionList()
    /// Side of the cached squares, in pixels.
    package var imageSize: Int
    package var pixels: any PhotoPixels

    package init(
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

    /// Returns the number of photos in a subset.
    package func count(_ subset: Subset) -> Int {
        subset == .training ? trainingCount : photos.count - trainingCount
    }
}

/// A source of pixels for the screen. Called on the dashboard's thread while the trainer runs; must
/// not wait for the trainer.
package protocol PhotoPixels: Sendable {
    /// The scale of the network's input.
    var inputScale: InputScale { get }
    /// Returns the resized photo at `index` of `DatasetSummary.photos`, with its orientation.
    func image(at index: Int) -> RGBImage
    /// Returns the same photo unrounded: `imageSize`²·3 values of 0…255, before they are scaled.
    func values(at index: Int) -> [Float]
    /// Returns the network's input for the photo without augmentation, as in validation, bit for
    /// bit.
    func tensor(at index: Int) -> [Float]
    /// Returns the photo as augmentation of this strength would show it to the network; `variant`
    /// selects the draw.
    func augmentedImage(at index: Int, variant: UInt64, strength: AugmentationStrength) -> RGBImage
    /// Returns the same view with the parameters drawn for it and the network's input.
    func augmentedView(at index: Int, variant: UInt64, strength: AugmentationStrength) -> AugmentationView
}

extension PhotoPixels {
    package var inputScale: InputScale { .mobileNetV2 }
    package func values(at index: Int) -> [Float] { image(at: index).pixels.map(Float.init) }
    package func tensor(at index: Int) -> [Float] { inputScale.input(values(at: index)) }
}
