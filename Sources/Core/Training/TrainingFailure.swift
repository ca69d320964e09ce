package import Basics

/// Failures of the trainer. Epochs and batches count from 1.
package enum TrainingFailure: Failure {
    /// The loss jumped where nobody can act; the batch was not applied.
    case lossJumped(to: Double, from: Double, epoch: Int, batch: Int)
    /// Likewise, the loss is not a number.
    case lossNotANumber(epoch: Int, batch: Int)
    case endNotSaved(_ run: String, UserError)
    /// Training goes on, and the next save tries again.
    case notSaved(UserError)
    /// The base has `count` layers.
    case noLayer(_ layer: Int, count: Int)
    /// The memory does not suffice to train from this layer.
    case cannotTrain(fromLayer: Int, UserError)
    case cannotAddEpochs(_ count: Int)
}
