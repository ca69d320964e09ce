internal import Basics
internal import Network
internal import Photos

/// A folder with one folder of photos per class, divided as Keras' `image_dataset_from_directory`
/// divides it (seed 42).
public struct PhotoFolder: Sendable {
    /// A part of the photos.
    public enum Subset: Sendable { case training, validation }

    /// The base that the photos are prepared for.
    public let model: BaseModel
    let dataset: Dataset

    /// Lists the folder and decodes its photos, on all cores.
    ///
    /// - Parameters:
    ///   - path: the folder.
    ///   - model: the base to train on them.
    ///   - imageSize: side in pixels that photos are resized to: 96, 128, 160, 192 or 224 for MobileNetV2, 32
    ///     to 1024 for EfficientNet-Lite; nil for the base's usual one.
    ///   - validationSplit: fraction of the photos kept for validation, between 0 and 1.
    ///   - excluding: photos to leave out, as paths relative to the folder. The others keep their
    ///     subset.
    ///   - cache: folder that keeps decoded photos for the next time; nil for an unnamed temporary
    ///     file.
    /// - Throws: `TrainingError` for a folder that cannot be trained on.
    public init(
        _ path: String, model: BaseModel = .mobileNetV2, imageSize: Int? = nil,
        validationSplit: Double = 0.2, excluding: [String] = [], cache: String? = nil
    ) throws {
        guard validationSplit > 0, validationSplit < 1 else {
            throw TrainingError("A validation split must be between 0 and 1, not \(validationSplit).")
        }
        let imageSize = imageSize ?? model.standardImageSize
        try model.check(imageSize: imageSize)
        self.model = model
        dataset = try TrainingError.translating {
            try Dataset(
                path: path, imageSize: imageSize, inputScale: model.architecture.inputScale,
                split: SplitPlan(validation: validationSplit),
                exclusions: ExclusionList(excluding.map { PhotoPath($0) }), cacheDirectory: cache)
        }
    }

    /// Names of the classes, in the order of the network's outputs.
    public var classes: [String] { dataset.classes }

    /// Photos that are used, in Keras' order: paths relative to the folder, class and subset.
    public var photos: [(file: String, label: Int, subset: Subset)] {
        dataset.photos.map { ($0.file.text, $0.label, $0.subset == .training ? .training : .validation) }
    }

    /// Files that cannot be used, each with the reason.
    public var skipped: [(file: String, reason: String)] { dataset.skipped.map { ($0.file.text, $0.reason) } }
}
