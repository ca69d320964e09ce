package import Basics
package import Canvas

/// The photos of a run, listed and split as Keras does, with their pixels in a `PixelCache`.
/// Immutable and safe to use from any thread.
package final class Dataset: PhotoSquares, Sendable {
    package let name: String
    package let synthetic: Bool
    package let path: String
    package let classes: [String]
    /// In Keras' order: training photos, then validation photos.
    package let photos: [Photo]
    package let trainingCount: Int
    /// Photos for the test at the end of a run. Their indices follow those of `photos`.
    package let testPhotos: [Photo]
    package let skipped: [SkippedPhoto]
    /// Photos left out of the run.
    package let exclusions: ExclusionList
    /// Entries of `exclusions` that name no file of the folder.
    package let missingExclusions: [PhotoPath]
    package let imageSize: Int
    package let inputScale: InputScale
    /// Why the pixel cache could not be kept on disk; nil if it was.
    package let cacheWarning: PixelCacheProblem?
    /// Photos decoded while opening; the others came from the cache or are still to be decoded.
    package let decodedCount: Int
    let cache: PixelCache
    /// Fingerprint of the listed photos; changes with their paths and sizes.
    package let fingerprint: String
    /// Contents of the folder besides the listed photos, and the classes without a usable one.
    package let leftOut: ImageFolder.LeftOut
    /// Index in `cache.files` of each photo, test photos included.
    private let squares: [Int]

    package var validationCount: Int { photos.count - trainingCount }

    /// Lists a folder, decodes its photos or reads them from the cache, and splits them, on
    /// `threads` threads.
    ///
    /// - Throws: a `Failure` for a folder that cannot be trained on; `CancellationError`.
    package convenience init(
        path: String, reading: PhotoReading = PhotoReading(), name: String? = nil,
        synthetic: Bool = false, imageSize: Int = 160, inputScale: InputScale = .mobileNetV2,
        split: SplitPlan = SplitPlan(), exclusions: ExclusionList = ExclusionList(), cacheDirectory: String?,
        isLazy: Bool = false, threads: Int? = nil,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws {
        let pool = WorkerPool(count: threads ?? WorkerPool.coreCount)
        defer { pool.close() }
        try self.init(
            folder: ImageFolder(path: path, reading, for: split), name: name, synthetic: synthetic,
            imageSize: imageSize, inputScale: inputScale, split: split, exclusions: exclusions,
            cacheDirectory: cacheDirectory,
            isLazy: isLazy, pool: pool,
            progress: progress, isCancelled: isCancelled)
    }

    /// - Parameter isLazy: defers decoding photos that look whole until they are first read.
    package init(
        folder: ImageFolder, name: String?, synthetic: Bool, imageSize: Int,
        inputScale: InputScale = .mobileNetV2, split: SplitPlan,
        exclusions: ExclusionList = ExclusionList(), cacheDirectory: String?, isLazy: Bool = false,
        pool: WorkerPool,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws {
        let cache = try PixelCache(
            folder: folder, imageSize: imageSize, directory: cacheDirectory, isLazy: isLazy,
            exclusions: exclusions,
            pool: pool, progress: progress, isCancelled: isCancelled)
        guard let first = cache.skipped.first, cache.files.isEmpty else {
            var squareOf: [PhotoPath: Int] = [:]
            for (square, file) in cache.files.enumerated() { squareOf[file.path] = square }
            let (usable, classes, empty) = try Self.usable(folder, cache.files)
            let all = try Self.photos(folder.path, usable, classes, split, exclusions)
            let photos = all.filter { $0.subset != .test }
            testPhotos = all.filter { $0.subset == .test }
            var leftOut = folder.leftOut
            leftOut.emptyClasses += empty
            self.leftOut = leftOut
            self.photos = photos
            squares = (photos + testPhotos).map { squareOf[$0.file]! }
            trainingCount = photos.count { $0.subset == .training }
            self.name = name ?? Self.lastComponent(folder.path)
            self.synthetic = synthetic
            path = folder.path
            self.classes = classes
            skipped = cache.skipped.filter { !exclusions.contains($0.file) }
            let listed = Set(folder.files.map(\.path))
            missingExclusions = exclusions.files.filter { !listed.contains($0) }
            self.exclusions = exclusions
            (self.imageSize, self.inputScale) = (imageSize, inputScale)
            cacheWarning = cache.warning
            decodedCount = cache.decodedCount
            self.cache = cache
            fingerprint = cache.fingerprint
            return
        }
        throw PhotoFolderFailure.noUsablePhoto(folder.path, first: first.file, first.fault)
    }

    /// Returns the usable photos, labelled by the classes that have any; and the other classes.
    private static func usable(_ folder: ImageFolder, _ files: [ImageFolder.File]) throws -> (
        files: [ImageFolder.File], classes: [String], empty: [String]
    ) {
        let present = Set(files.map(\.label))
        if present.count == folder.classes.count { return (files, folder.classes, []) }
        let labels = present.sorted()
        guard labels.count > 1 else {
            throw PhotoFolderFailure.oneUsableClass(
                folder.path, name: labels.first.map { folder.classes[$0] } ?? "")
        }
        let places = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
        return (
            files.map { ImageFolder.File(path: $0.path, label: places[$0.label]!, subset: $0.subset) },
            labels.map { folder.classes[$0] },
            folder.classes.indices.filter { !present.contains($0) }.map { folder.classes[$0] }
        )
    }

    /// Returns the split without the excluded photos. They are removed after splitting, so that the
    /// others keep their subset.
    private static func photos(
        _ path: String, _ usable: [ImageFolder.File], _ classes: [String], _ split: SplitPlan,
        _ exclusions: ExclusionList
    ) throws -> [Photo] {
        let photos = try DatasetSplit.split(usable, split).filter {
            !exclusions.contains($0.file)
        }
        let present = Set(photos.filter { $0.subset != .test }.map(\.label))
        if let empty = classes.indices.first(where: { !present.contains($0) }) {
            throw ExclusionListFailure.leavesNone(class: classes[empty], folder: "\(path)/\(classes[empty])")
        }
        for subset in [Subset.training, .validation] where !photos.contains(where: { $0.subset == subset }) {
            throw ExclusionListFailure.leavesNoneFor(subset)
        }
        return photos
    }

    /// Returns the photo at `index`; the test photos follow the others.
    package func photo(_ index: Int) -> Photo {
        index < photos.count ? photos[index] : testPhotos[index - photos.count]
    }

    /// Indices of a subset's photos; nil for those of training and validation.
    package func indices(of subset: Subset?) -> [Int] {
        if subset == .test { return Array(photos.count..<photos.count + testPhotos.count) }
        return photos.indices.filter { subset == nil || photos[$0].subset == subset }
    }

    /// Decodes the test photos that are still pending, so that an unusable one is known at once and
    /// not at the end of a run.
    package func decodeTestPhotos(_ pool: WorkerPool) {
        pool.forEach(testPhotos.count) { [self] item, _ in _ = square(at: photos.count + item) }
    }

    private static func lastComponent(_ path: String) -> String {
        path.split(separator: "/").last(where: { $0 != "." && $0 != ".." }).map(String.init) ?? path
    }

    /// Whether a photo proved unusable only when it was first read; a dataset opened later leaves
    /// it out.
    package var hasUnusablePhoto: Bool { cache.hasUnusablePhoto }

    /// Everything about the folder that its owner should know.
    package var folderProblems: [DatasetProblem] {
        let missing = missingExclusions.first.map { first in
            DatasetProblem.exclusionsMissing(
                count: missingExclusions.count, folder: path, first: first.text)
        }
        return [missing].compactMap(\.self) + DatasetProblem.found(in: leftOut, skipped: skipped)
            + DatasetProblem.found(among: classes, photos: photos, turned: turnedPhotos)
    }

    /// Photos whose file says that they lie on their side or upside down, by class.
    private var turnedPhotos: Tally {
        var turned = Tally()
        for (index, photo) in photos.enumerated() where cache.orientation(squares[index]) != .upright {
            turned.add(classes[photo.label])
        }
        return turned
    }

    /// Photos that are damaged, without files of other kinds, which `folderProblems` counts.
    package var damagedPhotos: [SkippedPhoto] { skipped.filter { $0.kind == nil } }

    package var summary: DatasetSummary {
        var summary = DatasetSummary(
            name: name, synthetic: synthetic, classes: classes, photos: photos, skipped: skipped,
            imageSize: imageSize, pixels: self)
        (summary.path, summary.exclusions) = (path, exclusions)
        return summary
    }

    /// Number of values in a photo's square.
    private var squareCount: Int { imageSize * imageSize * 3 }

    /// Reads the photo's square, values of 0…255 times 256, into `buffer`, which holds
    /// `squareCount` floats.
    private func read(_ photo: Int, over buffer: UnsafeMutablePointer<Float>) -> UnsafePointer<UInt16> {
        // Rebinding is safe, because the buffer's floats are always written before they are read
        // again.
        let square = UnsafeMutableRawPointer(buffer).bindMemory(to: UInt16.self, capacity: squareCount)
        cache.read(squares[photo], into: square)
        return UnsafePointer(square)
    }

    /// Writes the photo as network input, `imageSize`²·3 values. Overwrites `scratch`.
    package func normalize(
        _ photo: Int, into output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        PhotoSquare.normalize(
            read(photo, over: scratch), size: imageSize, inputScale, into: output)
    }

    /// Writes an augmented view of the photo as network input. Overwrites `image` and `scratch`,
    /// each of which must be followed by 64 readable bytes.
    package func augment(
        _ photo: Int, _ augmentation: Augmentation, into output: UnsafeMutablePointer<Float>,
        image: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        if augmentation.crop != nil, let decoded = decoded(at: photo) {
            augmentation.apply(
                to: decoded, size: imageSize, image: image, scratch: scratch, output: output,
                scale: inputScale.factor, offset: inputScale.offset)
            inputScale.normalize(output, count: imageSize * imageSize * 3)
            return
        }
        // The kernels read the square itself; otherwise it is first converted into `image`.
        let isDirect = VectorKernels.best != nil && augmentation.isPlain
        let square = read(photo, over: isDirect ? image : scratch)
        PhotoSquare.augment(
            square, size: imageSize, augmentation, inputScale, into: output, image: image, scratch: scratch)
    }

    /// Returns and clears the problems met while reading photos.
    package func takeProblems() -> [PixelCacheProblem] { cache.takeProblems() }

    package func square(at index: Int) -> [UInt16] {
        [UInt16](unsafeUninitializedCapacity: squareCount) { buffer, count in
            cache.read(squares[index], into: buffer.baseAddress!)
            count = squareCount
        }
    }

    package func decoded(at index: Int) -> RGBImage? { cache.decode(squares[index]) }

    package func orientation(at index: Int) -> Orientation { cache.orientation(squares[index]) }
}
