import Foundation

/// Going back to a checkpoint, and branching from one.
extension RunFolder {
    /// Makes a checkpoint of the run its last, so that it goes on from there. What was the last is kept among
    /// `checkpoints`, and so is a best one of later epochs; events and epochs after the checkpoint are taken away.
    ///
    /// - Returns: the name under which the one before is kept; nil when it is the last already.
    /// - Throws: a `UserError` when there is no such checkpoint, or another process trains the run.
    @discardableResult
    public func restore(_ name: String, in store: RunStore) throws -> String? {
        let chosen = try checkpoint(named: name)
        return try withExtendedLifetime(acquire()) {
            if chosen.path == last { return nil }
            var checkpoint = try Checkpoint.load(chosen.path)
            let kept = try keep(last, as: "before")
            if let best = try? Checkpoint.Header.load(best),
                RunPlace(best.progress) > RunPlace(checkpoint.header.progress)
            {
                try keep(self.best, as: "best-before")
                unlink(self.best)
                checkpoint.header.progress.forgetBest()
            }
            try checkpoint.save(to: last)
            try store.synchronize(id, with: rewind(to: checkpoint.header.progress))
            try store.end(id, checkpoint.header.progress.finished ? .finished : .interrupted)
            return kept
        }
    }

    /// Gives a checkpoint a further name, of `prefix` and its place, which no policy removes; nil when there is none.
    @discardableResult
    private func keep(_ checkpoint: String, as prefix: String) throws -> String? {
        guard let header = try? Checkpoint.Header.load(checkpoint) else { return nil }
        let name = "\(prefix)-\(RunPlace(header.progress))"
        let kept = "\(keptCheckpoints)/\(name).safetensors"
        try Home.prepare(keptCheckpoints)
        do { try AtomicFile.link(checkpoint, as: kept) } catch {
            try Checkpoint.load(checkpoint).save(to: kept)
        }
        return name
    }

    /// Makes a new run that goes on from a checkpoint of this one with other settings; this one stays as it is. The new
    /// run has the events and recorded epochs up to there and is listed as interrupted: resuming trains it.
    ///
    /// - Throws: a `UserError` when there is no such checkpoint, nothing is left to be trained, or the disk is full; no
    ///   new run is there then.
    public func branch(from name: String, _ changes: RunChanges, in store: RunStore) throws -> RunFolder {
        let source = try Checkpoint.load(try checkpoint(named: name).path)
        var checkpoint = try changes.applied(to: source)
        let exclusions = try loadExclusions(source.header.configuration)
        let branch = try RunFolder.create(home: store.home, checkpoint.header.configuration, exclusions)
        do {
            checkpoint.header.run = branch.id
            if FileManager.default.fileExists(atPath: events) {
                try FileManager.default.copyItem(atPath: events, toPath: branch.events)
            }
            if FileManager.default.fileExists(atPath: epochs) {
                try FileManager.default.copyItem(atPath: epochs, toPath: branch.epochs)
            }
            // A best of later epochs is none of the branch's.
            if var best = try? Checkpoint.load(self.best),
                best.header.progress.epoch <= checkpoint.header.progress.epoch
            {
                best.header.run = branch.id
                try best.save(to: branch.best)
            } else {
                checkpoint.header.progress.forgetBest()
            }
            try checkpoint.save(to: branch.last)
            let history = try branch.rewind(to: checkpoint.header.progress)
            try store.begin(
                branch, checkpoint.header.configuration, data: source.header.data,
                weights: source.header.weights)
            try store.synchronize(branch.id, with: history)
            try store.end(branch.id, .interrupted)
            try store.setNote("branched from run \(id), \(name)", of: branch.id)
        } catch {
            try? FileManager.default.removeItem(atPath: branch.path)
            throw error as? UserError
                ?? UserError("Run \(id) cannot be copied to \(branch.path): \(error.localizedDescription)")
        }
        return branch
    }
}
