/// What a training session tells its front end. `training` carries the stable, recorded
/// events; the rest serve a screen and are not part of the JSON stream.
public enum SessionEvent: Sendable {
    /// Progress on the way to the first batch: fetching weights and photos, decoding.
    case preparing(Preparation)
    /// Photos and network are ready; the first batch follows.
    case ready(SessionContext)
    case training(TrainerEvent)
    /// The validation photos' predictions with the current weights.
    case predictions(PredictionSet)
    /// How the layers moved in the batch that was just reported.
    case layers(LayerReport)
    /// What the trainer goes by now: at the start, and after each change.
    case settings(TrainerSettings)
    /// A learning-rate sweep goes on or is done.
    case sweep(LearningRateSweep)
    case statusChanged(TrainerStatus)
    /// The session ended with an error: one sentence for the person.
    case failed(message: String)
}

public struct Preparation: Codable, Sendable, Equatable {
    /// What is being done, as a short phrase: `decoding photos`.
    public var phase: String
    /// Units done and in all (bytes or photos, see `unit`); total 0 when unknown.
    public var done: Int
    public var total: Int
    public var unit: Unit

    public enum Unit: String, Codable, Sendable, Equatable { case bytes, photos, steps }

    public init(phase: String, done: Int, total: Int, unit: Unit) {
        (self.phase, self.done, self.total, self.unit) = (phase, done, total, unit)
    }
}

public enum TrainerStatus: String, Codable, Sendable, Equatable, CaseIterable {
    case preparing, training, paused, validating, finished, stopped, failed
    /// An attached front end has lost the process that trains.
    case disconnected

    /// Whether no event follows.
    public var isLast: Bool {
        switch self {
        case .preparing, .training, .paused, .validating: false
        case .finished, .stopped, .failed, .disconnected: true
        }
    }
}

public struct SessionContext: Sendable {
    public var run: String
    public var configuration: RunConfiguration
    public var dataset: DatasetSummary
    /// Where the weights came from, in words for a person.
    public var weights: String
    /// True when the base has random weights (`--demo`).
    public var randomWeights: Bool
    public var layers: [LayerSummary]
    /// Parameters of the head, all trainable.
    public var headParameters: Int
    /// Events of the earlier part of a resumed run, oldest first.
    public var history: [TrainerEvent]
    /// The predictions of that part; empty for a new run.
    public var predictions: PredictionHistory
    /// Seconds that the session trains already, for a front end that comes later.
    public var seconds = 0.0
    /// Whether a front end that has shown the run before sees it again, from its beginning.
    public var isAgain = false

    /// - Parameter predictions: nil for none yet.
    public init(
        run: String, configuration: RunConfiguration, dataset: DatasetSummary, weights: String,
        randomWeights: Bool, layers: [LayerSummary], headParameters: Int, history: [TrainerEvent],
        predictions: PredictionHistory? = nil
    ) {
        (self.run, self.configuration, self.dataset) = (run, configuration, dataset)
        (self.weights, self.randomWeights, self.layers) = (weights, randomWeights, layers)
        (self.headParameters, self.history) = (headParameters, history)
        self.predictions = predictions ?? PredictionHistory(dataset)
    }
}

/// One of the base's 154 layers, as the summary prints it.
public struct LayerSummary: Sendable, Equatable {
    /// 0–153, Keras' order.
    public var index: Int
    /// Keras' name, `block_11_expand_relu`.
    public var name: String
    /// Keras' class, `DepthwiseConv2D`.
    public var kind: String
    /// Height, width, channels of the output.
    public var outputShape: [Int]
    public var parameters: Int
    /// How many of `parameters` train when the layer is unfrozen (the moving statistics
    /// of batch normalisation never do).
    public var trainableParameters: Int

    public init(
        index: Int, name: String, kind: String, outputShape: [Int], parameters: Int, trainableParameters: Int
    ) {
        (self.index, self.name, self.kind) = (index, name, kind)
        (self.outputShape, self.parameters) = (outputShape, parameters)
        self.trainableParameters = trainableParameters
    }
}

/// Class probabilities of photos under one set of weights.
public struct PredictionSet: Sendable, Equatable {
    /// Epochs completed when they were computed.
    public var epoch: Int
    public var predictions: [Prediction]

    public init(epoch: Int, predictions: [Prediction]) {
        (self.epoch, self.predictions) = (epoch, predictions)
    }
}

public struct Prediction: Sendable, Equatable {
    /// Index into `DatasetSummary.photos`.
    public var photo: Int
    public var label: Int
    /// One probability a class; they sum to 1.
    public var probabilities: [Float]

    public init(photo: Int, label: Int, probabilities: [Float]) {
        (self.photo, self.label, self.probabilities) = (photo, label, probabilities)
    }

    /// The most probable class (the first of equals).
    public var predicted: Int {
        probabilities.indices.dropFirst().reduce(0) { probabilities[$1] > probabilities[$0] ? $1 : $0 }
    }
    public var confidence: Float { probabilities.isEmpty ? 0 : probabilities[predicted] }
    public var isCorrect: Bool { predicted == label }
}

/// A running session as a front end sees it. No call ever waits for the trainer.
public protocol TrainingSession: AnyObject, Sendable {
    /// Starts the session's thread and returns at once.
    func start()
    func send(_ command: TrainerCommand)
    /// All events since the last call, oldest first.
    func drainEvents() -> [SessionEvent]
    /// Ends the session; a run that this process trains is saved first and can be resumed.
    func interrupt()
    /// How the session ended, or nil while it goes on.
    var result: Result<RunEndReason, UserError>? { get }
}
