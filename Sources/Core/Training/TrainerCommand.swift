/// What a person may ask of the trainer; obeyed between two batches.
public enum TrainerCommand: Sendable, Equatable {
    case pause
    case resume
    /// Trains one batch, then pauses (again).
    case step
    case setLearningRate(Double)
    /// Multiplies the rate; ÷2 is a factor of 0.5.
    case multiplyLearningRate(Double)
    /// Starts fine-tuning now: layers with this index and above train (0–153). In stage 1
    /// this ends the stage, as `finishStage` does; in stage 2 it moves the boundary
    /// with a fresh optimizer.
    case unfreeze(fromLayer: Int)
    /// Ends the current stage after this batch: validates, then goes on to
    /// the next stage or to the final evaluation.
    case finishStage
    case save
    /// Saves and ends the run; it can be resumed.
    case stop
    /// Recomputes the validation predictions with the current weights.
    case refreshPredictions
}

extension TrainerCommand: Codable {
    /// JSON: `"pause"` and its like for plain commands, `{"set_learning_rate": 0.001}` for those with a value.
    public init(from decoder: any Decoder) throws {
        if let name = try? decoder.singleValueContainer().decode(String.self) {
            switch name {
            case "pause": self = .pause
            case "resume": self = .resume
            case "step": self = .step
            case "finish_stage": self = .finishStage
            case "save": self = .save
            case "stop": self = .stop
            case "refresh_predictions": self = .refreshPredictions
            default:
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "unknown command \(name)"))
            }
            return
        }
        let values = try decoder.container(keyedBy: Key.self)
        if let rate = try values.decodeIfPresent(Double.self, forKey: .setLearningRate) {
            self = .setLearningRate(rate)
        } else if let factor = try values.decodeIfPresent(Double.self, forKey: .multiplyLearningRate) {
            self = .multiplyLearningRate(factor)
        } else {
            self = .unfreeze(fromLayer: try values.decode(Int.self, forKey: .unfreeze))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        func plain(_ name: String) throws {
            var value = encoder.singleValueContainer()
            try value.encode(name)
        }
        switch self {
        case .pause: try plain("pause")
        case .resume: try plain("resume")
        case .step: try plain("step")
        case .finishStage: try plain("finish_stage")
        case .save: try plain("save")
        case .stop: try plain("stop")
        case .refreshPredictions: try plain("refresh_predictions")
        case .setLearningRate(let rate):
            var values = encoder.container(keyedBy: Key.self)
            try values.encode(rate, forKey: .setLearningRate)
        case .multiplyLearningRate(let factor):
            var values = encoder.container(keyedBy: Key.self)
            try values.encode(factor, forKey: .multiplyLearningRate)
        case .unfreeze(let layer):
            var values = encoder.container(keyedBy: Key.self)
            try values.encode(layer, forKey: .unfreeze)
        }
    }

    private enum Key: String, CodingKey {
        case setLearningRate = "set_learning_rate"
        case multiplyLearningRate = "multiply_learning_rate"
        case unfreeze
    }
}
