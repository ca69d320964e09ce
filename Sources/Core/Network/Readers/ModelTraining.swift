package import Basics

/// How far a model from Keras was trained, so that training can go on here.
package struct ModelTraining: Sendable, Equatable {
    /// First layer of the base that was trained, of those with weights; nil if only the head was.
    package var fineTuneAt: Int?
    /// Steps that Adam has taken.
    package var step: Int
    /// Nil for a schedule, which the file does not store as a number.
    package var learningRate: Double?
    /// Adam's moments, under the names of `TrainingEngine.optimizerTensors`.
    package var moments: NamedTensors
}
