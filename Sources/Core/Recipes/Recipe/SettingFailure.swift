import Basics

/// A value that a setting of a run cannot take.
package enum SettingFailure: Failure {
    case learningRate(Double)
    /// The learning rate times this factor is no rate.
    case learningRateFactor(Double)
    case dropout(Double)
    case stepSchedule
    case warmUp
    case guardPatience
}
