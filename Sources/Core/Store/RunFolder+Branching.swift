import Basics
import Foundation
import Recipes
package import Runs

/// Restoring a checkpoint and branching from one.
extension RunFolder {
    /// Makes a checkpoint of the run its last one, from which the run continues. The previous last
    /// checkpoint is kept in `checkpoints`, as is a best one from a later epoch; events and epochs
    /// after the chosen checkpoint are removed.
    ///
    /// - Returns: the name under which the previous last checkpoint is kept; nil if the chosen one
    ///   is already the last.
    /// - Throws: `RunFailure` if there is no such checkpoint, or another process trains the run.
    @discardableResult
    package func restore(_ name: String, in store: RunStore) throws -> String? {
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
                checkpoint.header.progress[best: checkpoint.header.recipe.bestMeasure] = nil
            }
            try checkpoint.save(to: last)
            try store.synchronize(id, with: rewind(to: checkpoint.header))
            try store.end(id, checkpoint.header.progress.finished ? .finished : .interrupted)
            return kept
        }
    }

    /// Gives a checkpoint a second name, `prefix` and its place, which no policy removes. Returns
    /// nil if there is no checkpoint.
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

    /// Creates a run that continues from a checkpoint of this one with other settings; this one
    /// does not change. The new run gets the events and epochs up to the checkpoint and is listed
    /// as interrupted: resuming it trains it.
    ///
    /// - Throws: `RunFailure` if nothing is left to train or there is no such checkpoint;
    ///   `ClassWeightsFailure` for weights of a class that the run has not; `FileFailure` if the disk is
    ///   full. Then no run is created.
    package func branch(from name: String, _ changes: RunChanges, in store: RunStore) throws -> RunFolder {
        let source = try Checkpoint.load(try checkpoint(named: name).path)
        var checkpoint = try changes.applied(to: source)
        // Otherwise the branch could not begin.
        _ = try checkpoint.header.recipe.classWeights?.values(source.header.classes, counts: [])
        let chunks = checkpoint.header.recipe.chunks ?? recordedChunks
        checkpoint.header.recipe.chunks = chunks
        let exclusions = try loadExclusions(source.header.recipe)
        let branch = try RunFolder.create(home: store.home, checkpoint.header.recipe, exclusions)
        do {
            checkpoint.header.run = branch.id
            if FileManager.default.fileExists(atPath: events) {
                try FileManager.default.copyItem(atPath: events, toPath: branch.events)
            }
            if FileManager.default.fileExists(atPath: epochs) {
                try FileManager.default.copyItem(atPath: epochs, toPath: branch.epochs)
            }
            // A best checkpoint of a later epoch is not part of the branch.
            let measure = checkpoint.header.recipe.bestMeasure
            if checkpoint.header.progress[best: measure] != nil,
                var best = try? Checkpoint.load(self.best),
                best.header.progress.epoch <= checkpoint.header.progress.epoch
            {
                best.header.run = branch.id
                try best.save(to: branch.best)
            } else {
                checkpoint.header.progress[best: measure] = nil
            }
            try checkpoint.save(to: branch.last)
            let history = try branch.rewind(to: checkpoint.header)
            try store.begin(
                branch, checkpoint.header.recipe, data: source.header.data,
                weights: source.header.weights)
            try store.synchronize(branch.id, with: history)
            try store.end(branch.id, .interrupted)
            // Without a store there are no notes.
            if !store.isTemporary { try store.setNote("branched from run \(id), \(name)", of: branch.id) }
        } catch {
            try? FileManager.default.removeItem(atPath: branch.path)
            if error is any Failure { throw error }
            throw RunFailure.cannotBeCopied(id, to: branch.path, reason: error.localizedDescription)
        }
        return branch
    }
}
