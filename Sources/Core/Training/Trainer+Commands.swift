/// Obedience between batches, and the trainer's status.
extension Trainer {
    /// Obeys what is in the mailbox and waits while paused. Returns false when asked to stop.
    func obeyCommands() -> Bool {
        while true {
            if mailbox.stopRequest != nil { return false }
            guard let command = mailbox.next(waiting: isPaused && !pausesAfterStep) else {
                if isPaused && !pausesAfterStep { continue }
                return mailbox.stopRequest == nil
            }
            obey(command)
            if stageFinish != nil {
                setPaused(false)
                return true
            }
        }
    }

    private func obey(_ command: TrainerCommand) {
        switch command {
        case .pause: setPaused(true)
        case .resume: setPaused(false)
        case .step: pausesAfterStep = true
        case .setLearningRate(let rate):
            guard rate > 0, rate.isFinite else { return warn("A learning rate of \(rate) is not above zero.") }
            progress.learningRate = rate
        case .multiplyLearningRate(let factor):
            guard factor > 0, (progress.learningRate * factor).isNormal else {
                return warn("The learning rate cannot be multiplied by \(factor).")
            }
            progress.learningRate *= factor
        case .unfreeze(let layer):
            guard (0..<engine.network.layers.count).contains(layer) else {
                return warn("Layer \(layer) does not exist; the base has layers 0 to \(engine.network.layers.count - 1).")
            }
            if progress.stage == .head {
                stageFinish = (layer, ())
            } else {
                progress.fineTuneAt = layer
                engine.unfreeze(from: layer)
                announceStage()
            }
        case .finishStage: stageFinish = (nil, ())
        case .save:
            do { try save(.requested) } catch { warn("\(error)") }
        case .refreshPredictions:
            setStatus(.validating)
            // What it may throw is found again after the next batch.
            _ = try? validate(epoch: progress.epoch)
            setStatus(isPaused ? .paused : .training)
        case .stop: return
        // Replaced by the trainer's own work in the commits that follow.
        case .stepEpoch, .freeze, .setSchedule, .setDropout, .setAugmentation, .setGuards, .addEpochs, .restoreBest,
            .stopKeepingBest, .sweepLearningRate, .cancelSweep:
            return warn("This cannot be done yet.")
        }
        hooks.emit(
            .training(
                .commandApplied(
                    .init(
                        command: command, epoch: progress.epoch, step: progress.step,
                        learningRate: progress.learningRate))))
    }

    func warn(_ message: String) { hooks.emit(.training(.warning(.init(message: message)))) }

    func setPaused(_ paused: Bool) {
        isPaused = paused
        if !paused { pausesAfterStep = false }
        setStatus(paused ? .paused : .training)
    }

    func setStatus(_ new: TrainerStatus) {
        if status == new { return }
        status = new
        hooks.emit(.statusChanged(new))
    }
}
