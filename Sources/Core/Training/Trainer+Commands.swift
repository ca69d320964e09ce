import Basics
import Foundation
import Network
import Photos
import Ranks
import Recipes
import Runs

/// Commands, carried out between batches, and the trainer's status.
extension Trainer {
    /// Carries out the commands in the mailbox; waits while paused. Returns false if the run is to
    /// end.
    func obeyCommands() -> Bool {
        while true {
            if commands.stopRequest != nil || keepsBest || ranks?.failure != nil { return false }
            guard let command = commands.next(waiting: isPaused && !pausesAfterStep) else {
                if isPaused && !pausesAfterStep { continue }
                return commands.stopRequest == nil && ranks?.failure == nil
            }
            obey(command)
            if state.stageFinish != nil, !isPaused, !keepsBest { return true }
        }
    }

    /// The text of a value before and after a command, if it changed one.
    private typealias Change = (before: String?, after: String?)

    private func obey(_ command: TrainerCommand) {
        guard let change = carryOut(command) else { return }
        report(command, before: change.before, after: change.after)
        announceSettings()
        // Reported first, so that front ends see the sweep begin.
        if command == .sweepLearningRate { sweepLearningRate() }
    }

    /// - Returns: nil if the command is refused or has no effect now.
    private func carryOut(_ command: TrainerCommand) -> Change? {
        switch command {
        case .pause: setPaused(true)
        case .resume: setPaused(false)
        case .step: pausesAfterStep = true
        case .stepEpoch:
            setPaused(false)
            pausesAfterEpoch = true
        case .setLearningRate(let rate):
            guard rate > 0, rate.isFinite else {
                return refuse(SettingFailure.learningRate(rate))
            }
            return setLearningRate(rate)
        case .multiplyLearningRate(let factor):
            guard factor > 0, (state.baseLearningRate * factor).isNormal else {
                return refuse(SettingFailure.learningRateFactor(factor))
            }
            return setLearningRate(state.baseLearningRate * factor)
        case .unfreeze(let layer): return unfreeze(layer)
        case .freeze: return freeze()
        case .setSchedule(let schedule):
            if let problem = schedule.problem { return refuse(problem) }
            defer { (state.schedule, progress.scheduleBatch) = (schedule, 0) }
            return ("\(state.schedule)", "\(schedule)")
        case .setDropout(let rate):
            guard rate >= 0, rate < 1 else { return refuse(SettingFailure.dropout(rate)) }
            defer { state.dropout = rate }
            return ("\(state.dropout)", "\(rate)")
        case .setAugmentation(let strength):
            if let problem = strength.problem { return refuse(UserError(problem)) }
            defer { state.augmentation = strength }
            return ("\(state.augmentation)", "\(strength)")
        case .setGuards(let guards):
            if let problem = guards.problem { return refuse(problem) }
            let before = state.guards
            progress.begin(guards, after: before)
            state.guards = guards
            return ("\(before)", "\(guards)")
        case .addEpochs(let count): return addEpochs(count)
        case .finishStage:
            state.stageFinish = RecipeState.StageFinish()
            setPaused(false)
            return (
                "\(state.stageEnd - state.stageFirstEpoch)", "\(epochsBegun - state.stageFirstEpoch)"
            )
        case .restoreBest:
            guard let place = takeWeights(of: "best") else { return nil }
            return (nil, "\(place.epoch - 1)")
        case .restoreCheckpoint(let name):
            guard let place = takeWeights(of: name) else { return nil }
            return (nil, "\(place)")
        case .stopKeepingBest:
            guard let place = takeWeights(of: "best") else { return nil }
            keepsBest = true
            return (nil, "\(place.epoch - 1)")
        case .stopKeepingCheckpoint(let name):
            guard let place = takeWeights(of: name) else { return nil }
            keepsBest = true
            return (nil, "\(place)")
        case .save: if !save(.requested) { return nil }
        case .refreshPredictions:
            setStatus(.validating)
            // If it throws, the next batch finds the cause again.
            if let found = try? validate(epoch: progress.epoch) {
                hooks.emit(.predictions(found.predictions))
            }
            setStatus(isPaused ? .paused : .training)
        case .sweepLearningRate: break
        // A sweep takes its own cancellations from the mailbox; this one came when none was
        // running.
        case .cancelSweep, .stop: return nil
        }
        return (nil, nil)
    }

    private func refuse(_ failure: any Failure) -> Change? {
        warn(failure)
        return nil
    }

    private func refuse(_ warning: TrainerWarning) -> Change? {
        warn(warning)
        return nil
    }

    private func setLearningRate(_ rate: Double) -> Change {
        defer { state.baseLearningRate = rate }
        return (state.baseLearningRate.learningRateText, rate.learningRateText)
    }

    /// The first trainable layer, or the number of layers while all of them are frozen.
    private var boundaryText: String { "\(state.fineTuneAt ?? engine.network.layers.count)" }

    private func unfreeze(_ layer: Int) -> Change? {
        let before = boundaryText
        guard engine.network.layers.indices.contains(layer) else {
            return refuse(TrainingFailure.noLayer(layer, count: engine.network.layers.count))
        }
        if layer == state.fineTuneAt {
            return refuse(.trainsAlready(layer: layer))
        }
        let estimate = MemoryEstimate(
            network: engine.network, classes: dataset.classes.count, threads: engine.pool.count,
            fineTuneAt: layer, chunks: recipe.chunks)
        var problem: UserError?
        do { try estimate.check(batchSize: engine.batchSize) } catch { problem = UserError(error) }
        if let problem = firstProblem(problem) {
            return refuse(TrainingFailure.cannotTrain(fromLayer: layer, problem))
        }
        if state.stage == .head {
            state.stageFinish = RecipeState.StageFinish(layer: layer)
            setPaused(false)
        } else {
            moveBoundary(to: layer)
        }
        return (before, "\(layer)")
    }

    private func freeze() -> Change? {
        let before = boundaryText
        guard state.fineTuneAt != nil else {
            return refuse(.frozenAlready)
        }
        moveBoundary(to: nil)
        return (before, boundaryText)
    }

    private func moveBoundary(to layer: Int?) {
        state.fineTuneAt = layer
        engine.unfreeze(from: layer, kernels: recipe.tailKernels)
        announceStage()
    }

    private var epochsBegun: Int { progress.epoch + (progress.epochExamples > 0 ? 1 : 0) }

    private func addEpochs(_ count: Int) -> Change? {
        guard count != 0, (-100_000...100_000).contains(count) else {
            return refuse(TrainingFailure.cannotAddEpochs(count))
        }
        let least = max(epochsBegun, state.stageFirstEpoch + 1)
        let before = state.stageEnd
        let end = max(before + count, least)
        guard end != before else {
            return refuse(.stageCannotBeShorter)
        }
        state.stageEnd = end
        if count > 0 {
            // More epochs mean that the stage must not end early.
            (state.stageFinish, progress.patienceFrom) = (nil, progress.epoch)
        }
        return ("\(before - state.stageFirstEpoch)", "\(end - state.stageFirstEpoch)")
    }

    /// Gives a finished run more epochs of its last stage.
    func reopen(adding count: Int) {
        let before = state.stageEnd - state.stageFirstEpoch
        (progress.finished, progress.test) = (false, nil)
        (state.stageFinish, progress.patienceFrom) = (nil, progress.epoch)
        state.stageEnd = epochsBegun + max(1, count)
        report(.addEpochs(count), before: "\(before)", after: "\(state.stageEnd - state.stageFirstEpoch)")
        announceSettings()
    }

    /// Loads the weights of a saved checkpoint, and its optimizer if the same layers trained then.
    ///
    /// - Returns: the checkpoint's place, or nil after a warning.
    private func takeWeights(of name: String) -> RunPlace? {
        do {
            guard let saved = try load(name) else {
                warn(.noBestEpoch)
                return nil
            }
            let isSame = saved.header.state.fineTuneAt == state.fineTuneAt
            engine.load(
                saved.tensors, moments: isSame ? saved.moments : nil, adamStep: saved.header.progress.adamStep
            )
            progress.forgetTheLosses()
            return RunPlace(saved.header.progress)
        } catch {
            warn(error)
            return nil
        }
    }

    /// Emits `commandApplied` for a change.
    func report(
        _ command: TrainerCommand, by origin: CommandOrigin = .key, before: String? = nil,
        after: String? = nil
    ) {
        hooks.emit(
            .training(
                .commandApplied(
                    .init(
                        command: command, epoch: progress.epoch, step: progress.step,
                        learningRate: learningRate,
                        by: origin, before: before, after: after, time: Date().timeIntervalSince1970))))
    }

    func warn(_ warning: TrainerWarning) { emit(TrainerEvent.Warning(warning)) }

    func warn(_ failure: any Error) { emit(TrainerEvent.Warning(failure)) }

    func emit(_ warning: TrainerEvent.Warning) { hooks.emit(.training(.warning(warning))) }

    func setPaused(_ paused: Bool) {
        isPaused = paused
        pausesAfterEpoch = false
        if !paused { pausesAfterStep = false }
        setStatus(paused ? .paused : .training)
    }

    func setStatus(_ new: TrainerStatus) {
        if status == new { return }
        status = new
        hooks.emit(.statusChanged(new))
    }
}
