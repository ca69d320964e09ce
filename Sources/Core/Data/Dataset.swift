/// The photos of a run: listed, decoded, split. Immutable and safe on any thread.
public final class Dataset: PhotoPixels, Sendable {
    public let name: String
    public let synthetic: Bool
    public let path: String
    public let classes: [String]
    /// Keras' order: training photos, then validation photos.
    public let photos: [Photo]
    public let trainingCount: Int
    public let skipped: [SkippedPhoto]
    public let imageSize: Int
    /// Why the pixel cache could not be kept on disk, if so.
    public let cacheWarning: String?
    /// Photos decoded by this call; 0 when all came from the cache.
    public let decodedCount: Int
    let cache: PixelCache
    /// Square of `cache` for each photo.
    private let squares: [Int]

    public var validationCount: Int { photos.count - trainingCount }

    /// Lists, decodes (or reads back) and splits a folder on `threads` threads.
    ///
    /// - Throws: `UserError` for a folder that cannot be trained on, `CancellationError`.
    public convenience init(
        path: String, name: String? = nil, synthetic: Bool = false, imageSize: Int = 160,
        validationSplit: Double = 0.2, cacheDirectory: String?, threads: Int? = nil,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws {
        let pool = WorkerPool(count: threads ?? WorkerPool.coreCount)
        defer { pool.close() }
        try self.init(
            folder: ImageFolder(path: path), name: name, synthetic: synthetic, imageSize: imageSize,
            validationSplit: validationSplit, cacheDirectory: cacheDirectory, pool: pool, progress: progress,
            isCancelled: isCancelled)
    }

    init(
        folder: ImageFolder, name: String?, synthetic: Bool, imageSize: Int, validationSplit: Double,
        cacheDirectory: String?, pool: WorkerPool, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws {
        let cache = try PixelCache(
            folder: folder, imageSize: imageSize, directory: cacheDirectory, pool: pool, progress: progress,
            isCancelled: isCancelled)
        guard let first = cache.skipped.first, cache.files.isEmpty else {
            var present = Set<Int>()
            for file in cache.files { present.insert(file.label) }
            if let missing = folder.classes.indices.first(where: { !present.contains($0) }) {
                throw UserError(
                    "The class folder \(folder.path)/\(folder.classes[missing]) holds no usable photo; "
                        + "add JPEG or PNG photos or remove the folder.")
            }
            var squareOf: [String: Int] = [:]
            for (square, file) in cache.files.enumerated() { squareOf[file.path] = square }
            let photos = try DatasetSplit.split(cache.files, validationSplit: validationSplit)
            self.photos = photos
            squares = photos.map { squareOf[$0.file]! }
            trainingCount = photos.count { $0.subset == .training }
            self.name = name ?? Self.lastComponent(folder.path)
            self.synthetic = synthetic
            path = folder.path
            classes = folder.classes
            skipped = cache.skipped
            self.imageSize = imageSize
            cacheWarning = cache.warning
            decodedCount = cache.decodedCount
            self.cache = cache
            return
        }
        throw UserError("No photo of \(folder.path) can be used; the first, \(first.file), \(first.reason).")
    }

    private static func lastComponent(_ path: String) -> String {
        path.split(separator: "/").last(where: { $0 != "." && $0 != ".." }).map(String.init) ?? path
    }

    public var summary: DatasetSummary {
        DatasetSummary(
            name: name, synthetic: synthetic, classes: classes, photos: photos, skipped: skipped,
            imageSize: imageSize, pixels: self)
    }

    /// The photo's square, `imageSize · imageSize · 3` bytes, values 0…255.
    func pixels(_ photo: Int) -> UnsafePointer<UInt8> { cache.square(squares[photo]) }

    /// Writes the photo as the network takes it: x/127.5 − 1, `imageSize`²·3 values.
    func normalize(_ photo: Int, into output: UnsafeMutablePointer<Float>) {
        let source = pixels(photo)
        for i in 0..<imageSize * imageSize * 3 { output[i] = Float(source[i]) / 127.5 - 1 }
    }

    /// Writes an augmented view of the photo as the network takes it; `image` and `scratch` are overwritten.
    func augment(
        _ photo: Int, _ augmentation: Augmentation, into output: UnsafeMutablePointer<Float>,
        image: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        let source = pixels(photo)
        for i in 0..<imageSize * imageSize * 3 { image[i] = Float(source[i]) }
        augmentation.apply(
            to: image, size: imageSize, scratch: scratch, output: output, scale: 1 / 127.5, offset: -1)
    }

    public func image(at index: Int) -> RGBImage {
        let bytes = UnsafeBufferPointer(start: pixels(index), count: imageSize * imageSize * 3)
        return RGBImage(width: imageSize, height: imageSize, pixels: Array(bytes))
    }

    public func augmentedImage(at index: Int, variant: UInt64) -> RGBImage {
        var random = CounterRandom(seed: variant, purpose: .preview, item: index)
        let augmentation = Augmentation(random: &random)
        let count = imageSize * imageSize * 3
        let source = pixels(index)
        var image = (0..<count).map { Float(source[$0]) }
        var scratch = [Float](repeating: 0, count: count)
        var result = [Float](repeating: 0, count: count)
        augmentation.apply(to: &image, size: imageSize, scratch: &scratch, output: &result)
        return RGBImage(
            width: imageSize, height: imageSize, pixels: result.map { UInt8(min(max($0.rounded(), 0), 255)) })
    }
}
