import Basics
import Foundation
import Network
import Photos
import Recipes

/// The guards' actions.
extension Trainer {
    /// The epoch and the batch that come next, counted from 1.
    var place: (epoch: Int, batch: Int) { (progress.epoch + 1, progress.step + 1) }

    /// Returns a test for whether a batch of `photos` photos may be applied.
    func accepts(_ photos: Int) -> (TrainingEngine.BatchResult) -> Bool {
        let (rule, isOn, classes) = (progress.divergence, state.guards.divergence, dataset.classes.count)
        return { !isOn || !rule.isFar(lossSum: $0.lossSum, photos: photos, classes: classes) }
    }

    /// Pauses training, or throws if nobody can act. The batch was not applied and comes again.
    func reportDivergence(_ result: TrainingEngine.BatchResult, photos: Int) throws {
        let (loss, before, place) = (result.lossSum / Double(photos), progress.divergence.mean, place)
        guard hooks.isInteractive else {
            throw result.isFinite
                ? TrainingFailure.lossJumped(to: loss, from: before, epoch: place.epoch, batch: place.batch)
                : .lossNotANumber(epoch: place.epoch, batch: place.batch)
        }
        // A jump is reported once: the batch comes again with the same weights, and so the same
        // loss.
        progress.divergence = DivergenceRule()
        warn(
            result.isFinite
                ? .lossJumped(to: loss, from: before, epoch: place.epoch, batch: place.batch)
                : .lossNotANumber(epoch: place.epoch, batch: place.batch))
        setPaused(true)
    }

    /// Lowers the rate or ends the stage if the validation loss no longer falls. Called after each
    /// epoch.
    func guardAgainstPlateaus(validationLoss: Double) {
        let isPlateau = progress.notePlateau(
            validationLoss: validationLoss, patience: state.guards.reduceOnPlateau)
        // A stage that ends anyway needs neither.
        if progress.epoch >= state.stageEnd || state.stageFinish != nil { return }
        if let patience = state.guards.earlyStop,
            progress.epochsWithoutGain(since: max(state.stageFirstEpoch, progress.patienceFrom)) >= patience
        {
            state.stageFinish = RecipeState.StageFinish()
            report(
                .finishStage, by: .guard, before: "\(state.stageEnd - state.stageFirstEpoch)",
                after: "\(progress.epoch - state.stageFirstEpoch)")
        } else if isPlateau, (state.baseLearningRate * 0.1).isNormal {
            let before = state.baseLearningRate
            state.baseLearningRate *= 0.1
            report(
                .multiplyLearningRate(0.1), by: .guard, before: before.learningRateText,
                after: state.baseLearningRate.learningRateText)
        }
        announceSettings()
    }
}
