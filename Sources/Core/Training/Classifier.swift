package import Basics
import Canvas
import Foundation
package import Network
package import Photos
package import Recipes
package import Runs

/// A trained network for evaluation and prediction: a run's checkpoint, a checkpoint file, or a
/// Keras model on a base that is known here, with the preparation of its photos and the layers after the base.
///
/// It owns its weights and shares nothing with a trainer, so any thread may use it while a run goes
/// on. It reads a run's last checkpoint, which is written at the end of each epoch. With one thread
/// it takes about 45 MB.
package final class Classifier: @unchecked Sendable {
    // Unchecked: `lock` admits one caller at a time to the engine; the rest is immutable.

    /// Class names in the order of the probabilities; nil if nobody has named them.
    package let classes: [String]?
    /// Number of probabilities of a photo.
    package let classCount: Int
    package let answer: ModelHead.Answer
    /// Side of the squares to which photos are resized first.
    package let imageSize: Int
    /// A sentence about what had to be assumed of the file; nil if nothing.
    package let assumption: ModelAssumption?
    package let path: String
    /// Epochs that a run's weights have trained for; nil for other files.
    package let epoch: Int?
    /// The checkpoint's description of itself; nil for other files.
    package let header: CheckpointHeader?
    /// The views whose probabilities are averaged for each photo.
    package let views: TestTimeViews
    private let preprocessing: Preprocessing
    /// The layers after the base; nil for the head of this program's runs, which the engine has.
    private let program: HeadProgram?
    let engine: TrainingEngine
    private let lock = NSLock()

    package struct Evaluation: Codable, Sendable, Equatable {
        /// Mean cross-entropy in nats.
        package var loss: Double
        package var accuracy: Double
        package var images: Int
    }

    /// - Parameters:
    ///   - checkpoint: a run's id or a path.
    ///   - home: the folder of the runs.
    ///   - isBackground: computes at the lowest priority.
    /// - Throws: a `Failure` if there is neither such a run nor such a file, if the file has a layer
    ///   that cannot be computed or no head, or if `options` contradict it.
    package init(
        checkpoint: String, home: String, threads: Int, isBackground: Bool = false,
        options: ModelOptions = ModelOptions()
    ) throws {
        path =
            FileManager.default.fileExists(atPath: checkpoint)
            ? checkpoint : try RunFolder.find(home: home, id: checkpoint).last
        let recorded = Self.recordedArchitecture(path)
        let loaded = try WeightsFile.read(
            path, into: recorded.map { Backbone($0, imageSize: $0.standardImageSize) },
            isCheckpoint: Checkpoint.Header.isIn)
        header = try Checkpoint.Header(metadata: loaded.metadata, path: path)
        views = options.views ?? header?.recipe.tta ?? .plain
        let head = try loaded.head.get()
        (preprocessing, assumption) = try Self.preprocessing(of: loaded, header, options, path)
        guard let input = preprocessing.outputSize else {
            throw ClassifierFailure(path, .noInputSize)
        }
        imageSize = preprocessing.photo.flatMap { $0.isSquare ? $0.height : nil } ?? input.height
        (answer, classCount) = (head.answer, head.count)
        classes = try Self.classes(header, options, count: head.count, path)
        epoch = header?.progress.epoch
        engine = try Self.engine(
            Backbone(loaded.architecture, imageSize: input.height), loaded.tensors, classes: classCount,
            threads: threads, isBackground: isBackground, recipe: header?.recipe)
        switch head.form {
        case .standard(let kernel, let bias):
            program = nil
            engine.loadHead(["dense/kernel": kernel, "dense/bias": bias])
        case .program(let layers): program = layers
        }
    }

    /// Returns the base that a checkpoint names; nil for other files, and for one that cannot be used,
    /// as reading it will tell.
    private static func recordedArchitecture(_ path: String) -> Architecture? {
        guard let metadata = try? Safetensors.readMetadata(path),
            let header = try? Checkpoint.Header(metadata: metadata, path: path)
        else { return nil }
        return header.recipe.architecture
    }

    /// Returns how photos reach the base, and what was assumed for it.
    private static func preprocessing(
        of loaded: LoadedWeights, _ header: Checkpoint.Header?, _ options: ModelOptions, _ path: String
    ) throws -> (Preprocessing, assumption: ModelAssumption?) {
        let isOpen = header == nil && (loaded.preprocessing?.scaling ?? .absent) == .absent
        guard isOpen || options.pixels == nil else {
            throw ClassifierFailure(path, .scalesItself)
        }
        if let header { return (header.recipe.preprocessing, nil) }
        guard var described = loaded.preprocessing else {
            let architecture = loaded.architecture
            var assumed = Preprocessing.trained(side: architecture.standardImageSize, architecture.inputScale)
            if let pixels = options.pixels { assumed.steps = pixels.steps }
            return (
                assumed,
                ModelAssumption(
                    path: path, architecture: architecture, isScaleAssumed: options.pixels == nil)
            )
        }
        guard described.scaling == .absent else { return (described, nil) }
        guard let pixels = options.pixels else {
            throw ClassifierFailure(path, .scalingUnknown)
        }
        described.steps += pixels.steps
        return (described, nil)
    }

    private static func classes(
        _ header: Checkpoint.Header?, _ options: ModelOptions, count: Int, _ path: String
    ) throws -> [String]? {
        guard let given = options.classes else { return header?.classes }
        if let known = header?.classes {
            throw ClassifierFailure(path, .namesClasses(known))
        }
        guard given.count == count, Set(given).count == count else {
            throw ClassifierFailure(path, .classNames(given: Set(given).count, probabilities: count))
        }
        return given
    }

    /// Whether photos reach the base as in this program's runs.
    private var isTrainedInput: Bool { preprocessing == .trained(side: imageSize, inputScale) }

    /// The scale that the base's weights were trained on.
    package var inputScale: InputScale { engine.network.architecture.inputScale }

    /// Whether the network is one of this program's runs, and not only computed like one.
    var hasStandardHead: Bool { program == nil }

    /// Computes the probabilities of photos, [N, classCount].
    func probabilities(of batch: some BatchSource) -> [Float] {
        views.mean(plainProbabilities(of: batch)) { plainProbabilities(of: MirroredBatch(batch)) }
    }

    private func plainProbabilities(of batch: some BatchSource) -> [Float] {
        withEngine { engine in
            guard let program else { return engine.predict(batch) }
            let (floats, width) = (engine.positions * engine.head.channels, classCount)
            var result = [Float](repeating: 0, count: batch.count * width)
            result.withUnsafeMutableBufferPointer { output in
                let output = output.baseAddress!
                _ = engine.features(batch) { item, map in
                    let values = program.outputs(of: Array(UnsafeBufferPointer(start: map, count: floats)))
                    (output + item * width).update(from: values, count: width)
                }
            }
            return result
        }
    }

    /// Takes over the weights of a checkpoint in memory.
    ///
    /// - Throws: a `Failure` if the memory does not suffice.
    package init(_ checkpoint: Checkpoint, views: TestTimeViews = .plain, threads: Int) throws {
        let header = checkpoint.header
        path = "run \(header.run)"
        (self.header, imageSize, classes) = (header, header.recipe.imageSize, header.classes)
        (epoch, classCount) = (header.progress.epoch, header.classes.count)
        (preprocessing, answer) = (header.recipe.preprocessing, .classes(header.classes.count))
        (program, assumption, self.views) = (nil, nil, views)
        engine = try Self.engine(
            header.recipe.network, checkpoint.tensors, classes: classCount, threads: threads,
            recipe: header.recipe)
        engine.loadHead(checkpoint.tensors)
    }

    /// Makes an engine that computes a chunk of 16 photos on each thread.
    ///
    /// - Parameter recipe: the run's, whose precision it takes; nil for other models.
    /// - Throws: a `Failure` if the memory does not suffice.
    private static func engine(
        _ network: Backbone, _ tensors: NamedTensors, classes: Int, threads: Int,
        isBackground: Bool = false, recipe: Recipe?
    ) throws -> TrainingEngine {
        let chunks = max(1, threads)
        try MemoryEstimate(network: network, classes: classes, threads: threads, chunks: chunks).check()
        return TrainingEngine(
            network: network, tensors: tensors, classes: classes, batchSize: 16 * chunks, chunks: chunks,
            threads: threads, isBackground: isBackground,
            precision: recipe?.basePrecision.forPrediction ?? .float32)
    }

    func withEngine<Result>(_ body: (TrainingEngine) throws -> Result) rethrows -> Result {
        try lock.withLock { try body(engine) }
    }

    /// Computes loss and accuracy on a subset of `dataset` (nil: training and validation photos).
    ///
    /// - Throws: `ClassifierFailure` if the classes do not match the head, or a photo may have several
    ///   labels.
    package func evaluate(_ dataset: Dataset, subset: Subset?) throws -> Evaluation {
        try check(dataset)
        let photos = dataset.indices(of: subset)
        let probabilities = try probabilities(of: photos, in: dataset)
        let labels = photos.map { dataset.photo($0).label }
        let (loss, correct) = TrainingEngine.score(
            probabilities, labels, images: photos.count, classes: classCount)
        return Evaluation(
            loss: loss / Double(photos.count), accuracy: Double(correct) / Double(photos.count),
            images: photos.count)
    }

    /// Computes the probabilities of some photos of a dataset, [photos, classCount].
    private func probabilities(of photos: [Int], in dataset: Dataset) throws -> [Float] {
        if preprocessing == .trained(side: dataset.imageSize, dataset.inputScale) {
            return probabilities(of: PhotoBatch(dataset: dataset, photos: photos))
        }
        if preprocessing.photo == Preprocessing.Size(height: imageSize, width: imageSize) {
            return probabilities(of: SquareBatch(dataset: dataset, photos: photos, classifier: self))
        }
        // The model takes photos of another shape than the dataset's squares.
        return try photos.flatMap { try predict(file: "\(dataset.path)/\(dataset.photo($0).file)") }
    }

    private func check(_ dataset: Dataset) throws {
        try checkAnswer()
        guard dataset.classes.count == classCount, classes == nil || classes! == dataset.classes else {
            throw ClassifierFailure(
                path, .classes(classCount, names: classes, folder: dataset.path, found: dataset.classes))
        }
    }

    /// - Throws: `ClassifierFailure` if a photo may have several labels.
    func checkAnswer() throws {
        if case .labels = answer {
            throw ClassifierFailure(path, .severalLabels)
        }
    }

    /// Computes the predictions for the validation photos.
    ///
    /// - Parameter epoch: epochs that the weights have trained for.
    /// - Throws: `ClassifierFailure` if the classes do not match the head.
    package func predictions(_ dataset: Dataset, epoch: Int) throws -> PredictionSet {
        try check(dataset)
        let first = dataset.trainingCount
        let probabilities = try probabilities(
            of: Array(first..<first + dataset.validationCount), in: dataset)
        return PredictionSet(
            epoch: epoch,
            predictions: (0..<dataset.validationCount).map { i in
                Prediction(
                    photo: first + i, label: dataset.photos[first + i].label,
                    probabilities: Array(probabilities[i * classCount..<(i + 1) * classCount]))
            })
    }

    /// Returns the class probabilities of one photo file.
    ///
    /// - Throws: a `Failure` if it cannot be decoded.
    package func predict(file: String) throws -> [Float] {
        probabilities(of: ImageBatch([try input(ofFile: file)]))
    }

    /// How photo files are read: in any format, and turned upright if those of the training were.
    package var reading: PhotoReading {
        PhotoReading(formats: .all, orientation: header?.recipe.exifOrientation ?? .ignore)
    }

    /// Returns the network's input for a photo file.
    ///
    /// - Throws: a `Failure` if it cannot be decoded.
    func input(ofFile file: String) throws -> [Float] {
        let image = try RGBImage(file: file, reading)
        if preprocessing.photo?.isSquare == true {
            return input(of: BilinearResize.resize(image, to: imageSize))
        }
        return preprocessing.apply(
            to: image.pixels.map(Float.init), Preprocessing.Size(height: image.height, width: image.width))
    }

    /// Returns the network's input for a photo that was resized to squares of side `imageSize`:
    /// values in 0…255.
    func input(of pixels: [Float]) -> [Float] {
        if isTrainedInput { return inputScale.input(pixels) }
        return preprocessing.apply(to: pixels, Preprocessing.Size(height: imageSize, width: imageSize))
    }
}

extension Recipe {
    /// The preparation of the run's photos.
    fileprivate var preprocessing: Preprocessing {
        .trained(side: imageSize, architecture.inputScale)
    }
}

/// Photos of a dataset for a model that prepares them in its own way.
private struct SquareBatch: BatchSource {
    let dataset: Dataset
    /// Indices into `dataset.photos`.
    let photos: [Int]
    let classifier: Classifier

    var count: Int { photos.count }

    func write(_ index: Int, to image: InputImage) {
        _ = image.values.update(fromContentsOf: classifier.input(of: dataset.values(at: photos[index])))
    }
}
