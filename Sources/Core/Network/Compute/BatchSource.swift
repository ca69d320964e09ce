/// N images for a `TrainingEngine`.
///
/// An image is [H, W, C] in row-major order: H = W is the network's `imageSize`, rows are from the
/// top, and C is red, green, blue.
package protocol BatchSource {
    /// N.
    var count: Int { get }
    /// Writes image `index`, 0 ..< N. The engine's workers call it, several at a time and in any
    /// order, each with memory of its own.
    func write(_ index: Int, to image: InputImage)
}

/// Images with their classes, to train on.
package protocol LabelledBatch: BatchSource {
    /// The class of image `index`, below the head's number of classes.
    func label(_ index: Int) -> Int
    /// The other class of image `index`, if two images were mixed, and its share of the target.
    func other(_ index: Int) -> MixedLabel?
}

extension LabelledBatch {
    package func other(_ index: Int) -> MixedLabel? { nil }
}

/// The smaller part of a mixed image's target.
package struct MixedLabel: Equatable {
    package var label: Int
    /// Its share, 0…½.
    package var share: Float

    package init(label: Int, share: Float) { (self.label, self.share) = (label, share) }
}

/// The place of one image, and memory to prepare it in. Valid until `BatchSource.write` returns.
package struct InputImage {
    /// [H, W, C], scaled by the network's `Architecture.inputScale`. Undefined until it is written.
    package let values: UnsafeMutableBufferPointer<Float>
    /// Two working areas of the same size, each followed by 64 bytes that kernels may read.
    package let image: UnsafeMutableBufferPointer<Float>
    package let scratch: UnsafeMutableBufferPointer<Float>
    /// The worker that asks, below `WorkerPool.count`.
    package let worker: Int
}

/// Images in memory.
package struct ImageBatch: LabelledBatch {
    /// [N], each [H, W, C], scaled.
    private let images: [[Float]]
    private let labels: [Int]

    /// - Parameter labels: [N]; may be empty where nobody trains.
    package init(_ images: [[Float]], labels: [Int] = []) { (self.images, self.labels) = (images, labels) }

    package var count: Int { images.count }

    package func write(_ index: Int, to image: InputImage) {
        precondition(images[index].count == image.values.count, "an image of another size")
        _ = image.values.update(fromContentsOf: images[index])
    }

    package func label(_ index: Int) -> Int { labels[index] }
}
