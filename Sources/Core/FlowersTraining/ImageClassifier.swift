internal import Basics
internal import Network
internal import Photos
internal import Recipes
internal import Runs
internal import Training

/// A trained network. Threads may share it; they take turns.
public final class ImageClassifier: Sendable {
    /// A class with its probability, from 0 to 1.
    public struct ClassProbability: Sendable, Equatable {
        public let label: String
        public let probability: Float
    }

    /// The result of an evaluation.
    public struct Evaluation: Sendable, Equatable {
        /// Mean cross-entropy in nats.
        public let loss: Double
        /// Fraction of 1.
        public let accuracy: Double
        public let images: Int
    }

    /// Names of the classes, in the order of the network's outputs.
    public let classes: [String]
    private let classifier: Classifier
    /// The weights as trained; nil if they were read from a file.
    private let checkpoint: Checkpoint?

    /// Trains a network and waits for its end; photos and arithmetic are shared between threads.
    ///
    /// - Parameters:
    ///   - photos: the photos, of which those for validation are evaluated after each epoch.
    ///   - recipe: what trains, for how long and how fast.
    ///   - threads: worker threads (default: one per core); their number never changes the result.
    ///   - onEvent: called on this thread as training goes on.
    ///   - isEnough: called after `onEvent`; true ends the training after the batch, with the weights
    ///     as they are then.
    /// - Throws: `TrainingError` if the recipe is impossible, the weights cannot be had, or the loss
    ///   diverges.
    public static func train(
        on photos: PhotoFolder, recipe: TrainingRecipe = TrainingRecipe(), threads: Int? = nil,
        onEvent: (TrainingEvent) -> Void = { _ in }, until isEnough: (TrainingEvent) -> Bool = { _ in false }
    ) throws -> ImageClassifier {
        let asked = try recipe.recipe(photos.model, imageSize: photos.dataset.imageSize)
        return try TrainingError.translating {
            let weights = try weights(recipe, asked.network)
            let mailbox = CommandMailbox()
            var last: Checkpoint?
            var best: Checkpoint?
            let threads = max(1, threads ?? WorkerPool.coreCount)
            func report(_ event: TrainingEvent) -> Bool {
                onEvent(event)
                return isEnough(event)
            }
            try withoutActuallyEscaping(report) { report in
                let trainer = Trainer(
                    run: "library", recipe: asked, dataset: photos.dataset, tensors: weights.tensors,
                    weights: weights.origin, threads: threads, mailbox: mailbox,
                    hooks: Trainer.Hooks(
                        emit: { event in
                            guard let event = TrainingEvent(event), report(event) else { return }
                            mailbox.requestStop(.stopped)
                        },
                        save: { checkpoint, reason in
                            last = checkpoint
                            if reason == .best { best = checkpoint }
                            return ""
                        }, load: { _ in best }))
                do {
                    _ = try trainer.train()
                } catch is Trainer.UnusablePhoto {
                    // The folder was decoded whole before training began.
                    throw TrainingError("A photo of \(photos.dataset.path) cannot be read any more.")
                }
            }
            guard let last else { throw TrainingError("The training ended before its first batch.") }
            return try ImageClassifier(last, threads: threads)
        }
    }

    /// Reads a file written by `save`, a checkpoint of flowers-tui, or a Keras model on one
    /// of the bases of `BaseModel`, with its head.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - classes: names of the classes, for a model that does not hold them.
    ///   - threads: worker threads (default: one per core).
    /// - Throws: `TrainingError` if it cannot be read or used, or has other classes.
    public init(contentsOf path: String, classes: [String]? = nil, threads: Int? = nil) throws {
        let classifier = try TrainingError.translating {
            try Classifier(checkpoint: path, home: "", threads: max(1, threads ?? WorkerPool.coreCount))
        }
        let names = classifier.classes ?? classes
        guard let names, names.count == classifier.classCount, classes == nil || classes == names else {
            throw TrainingError(
                "\(path) tells \(classifier.classCount) classes apart"
                    + (classifier.classes.map { " (\($0.joined(separator: ", ")))" }
                        ?? "; name them with classes:")
                    + ".")
        }
        (self.classes, self.classifier, checkpoint) = (names, classifier, nil)
    }

    private init(_ checkpoint: Checkpoint, threads: Int) throws {
        classes = checkpoint.header.classes
        classifier = try Classifier(checkpoint, threads: threads)
        self.checkpoint = checkpoint.withoutMoments
    }

    /// Computes loss and accuracy on a subset of the photos; nil for all of them.
    ///
    /// - Throws: `TrainingError` if the folder has other classes.
    public func evaluate(on photos: PhotoFolder, subset: PhotoFolder.Subset? = .validation) throws
        -> Evaluation
    {
        let subset: Subset? =
            switch subset {
            case .training: .training
            case .validation: .validation
            case nil: nil
            }
        let result = try TrainingError.translating { try classifier.evaluate(photos.dataset, subset: subset) }
        return Evaluation(loss: result.loss, accuracy: result.accuracy, images: result.images)
    }

    /// Classifies a photo file.
    ///
    /// - Returns: all classes, the most probable first.
    /// - Throws: `TrainingError` if it cannot be decoded.
    public func predict(_ file: String) throws -> [ClassProbability] {
        let result = classifier.predict(files: [file])[0]
        return ranked(try TrainingError.translating { try result.get() })
    }

    /// Classifies many photo files at once, several times faster than one by one.
    ///
    /// - Returns: for each file its classes, the most probable first, or the reason why it cannot be
    ///   decoded.
    public func predict(_ files: [String]) -> [Result<[ClassProbability], TrainingError>] {
        classifier.predict(files: files).map { result in
            result.map(ranked).mapError { TrainingError($0.message) }
        }
    }

    private func ranked(_ probabilities: [Float]) -> [ClassProbability] {
        probabilities.indices.sorted { (-probabilities[$0], $0) < (-probabilities[$1], $1) }.map {
            ClassProbability(label: classes[$0], probability: probabilities[$0])
        }
    }

    /// Writes the network as safetensors, under Keras' names, atomically.
    ///
    /// - Throws: `TrainingError` if it cannot be written, or came from a file, which it would copy.
    public func save(to path: String) throws {
        guard let checkpoint else {
            throw TrainingError("The network was read from \(classifier.path); copy that file.")
        }
        try TrainingError.translating { try checkpoint.save(to: path) }
    }

    private static func weights(_ recipe: TrainingRecipe, _ network: Backbone) throws -> (
        tensors: NamedTensors, origin: WeightsOrigin
    ) {
        if recipe.weights == .random {
            return (RandomWeights.make(network, seed: recipe.seed), .random)
        }
        var file: String?
        if case .file(let path) = recipe.weights { file = path }
        let found = try WeightsSource(cache: Home.cachePath(), network: network).resolve(
            file: file, isCheckpoint: Checkpoint.Header.isIn(for: network.architecture),
            report: SourceReport())
        return (found.tensors, found.origin)
    }
}
