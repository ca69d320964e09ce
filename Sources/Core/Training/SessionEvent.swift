/// An event of a training session for its front ends. `training` carries the stable, recorded
/// events; the others serve a screen and are not part of the JSON stream.
public enum SessionEvent: Sendable {
    /// Progress before the first batch: fetching weights and photos, decoding.
    case preparing(Preparation)
    /// Photos and network are ready; training follows.
    case ready(SessionContext)
    case training(TrainerEvent)
    /// Predictions for the validation photos with the current weights.
    case predictions(PredictionSet)
    /// Norms of the layers after the batch just reported.
    case layers(LayerReport)
    /// The settings in force: at the start, and after each change.
    case settings(TrainerSettings)
    /// Progress or result of a learning rate sweep.
    case sweep(LearningRateSweep)
    case statusChanged(TrainerStatus)
    /// The session ended with an error, described in one sentence.
    case failed(message: String)
}

public struct Preparation: Codable, Sendable, Equatable {
    /// The current activity, as a short phrase: `decoding photos`.
    public var phase: String
    /// Units completed and in total; a total of 0 means unknown.
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
    /// Where the weights came from, in words.
    public var weights: String
    /// True when the base has random weights (`--demo`).
    public var randomWeights: Bool
    public var layers: [LayerSummary]
    /// Parameters of the head, all trainable.
    public var headParameters: Int
    /// Events of the earlier part of a resumed run, oldest first.
    public var history: [TrainerEvent]
    /// Predictions from that part; empty for a new run.
    public var predictions: PredictionHistory
    /// Seconds for which the session has been training, for a front end that attaches later.
    public var seconds = 0.0
    /// Whether the events repeat the run from its start, for a front end that has shown it before.
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

/// One of the base's 154 layers, as in the summary.
public struct LayerSummary: Sendable, Equatable {
    /// Index in Keras' order, 0–153.
    public var index: Int
    /// Keras' name, such as `block_11_expand_relu`.
    public var name: String
    /// Keras' class, such as `DepthwiseConv2D`.
    public var kind: String
    /// Height, width, channels of the output.
    public var outputShape: [Int]
    public var parameters: Int
    /// Number of `parameters` that train when the layer is unfrozen; the moving statistics of batch
    /// normalisation never do.
    public var trainableParameters: Int

    public init(
        index: Int, name: String, kind: String, outputShape: [Int], parameters: Int, trainableParameters: Int
    ) {
        (self.index, self.name, self.kind) = (index, name, kind)
        (self.outputShape, self.parameters) = (outputShape, parameters)
        self.trainableParameters = trainableParameters
    }
}

/// Class probabilities of photos for one set of weights.
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
    /// One probability per class; they sum to 1.
    public var probabilities: [Float]

    public init(photo: Int, label: Int, probabilities: [Float]) {
        (self.photo, self.label, self.probabilities) = (photo, label, probabilities)
    }

    /// The most probable class; the first one in a tie.
    public var predicted: Int {
        probabilities.indices.dropFirst().reduce(0) { probabilities[$1] > probabilities[$0] ? $1 : $0 }
    }
    public var confidence: Float { probabilities.isEmpty ? 0 : probabilities[predicted] }
    public var isCorrect: Bool { predicted == label }
}

/// A running session as front ends see it. No call waits for the trainer.
public protocol TrainingSession: AnyObject, Sendable {
    /// Starts the session's thread and returns at once.
    func start()
    func send(_ command: TrainerCommand)
    /// Returns all events since the last call, oldest first.
    func drainEvents() -> [SessionEvent]
    /// Ends the session. A run trained by this process is saved first and can be resumed.
    func interrupt()
    /// The session's result, or nil while it goes on.
    var result: Result<RunEndReason, UserError>? { get }
}
