import Foundation

/// Going back to a checkpoint, and branching from one.
extension RunFolder {
    /// The path of the checkpoint that a person names: `last`, `best`, or a file in the run's folder or its
    /// `checkpoints`, with or without the suffix.
    ///
    /// - Throws: a `UserError` that lists those there are.
    public func checkpoint(named name: String) throws -> String {
        let names = checkpointNames
        let wanted = name.hasSuffix(".safetensors") ? String(name.dropLast(".safetensors".count)) : name
        guard let match = names.first(where: { $0 == wanted || $0 == "checkpoints/" + wanted }) else {
            throw UserError(
                names.isEmpty
                    ? "Run \(id) was never saved, so there is no checkpoint to go on from."
                    : "Run \(id) has no checkpoint \(name): there are \(names.joined(separator: ", ")).")
        }
        return "\(path)/\(match).safetensors"
    }

    /// Paths of the run's checkpoints within its folder, without their suffix: `last`, `best`, `checkpoints/0003-0020`.
    public var checkpointNames: [String] {
        let kept = ((try? FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints")) ?? [])
            .filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }.sorted().map { "checkpoints/" + $0 }
        return (["last.safetensors", "best.safetensors"].filter { FileManager.default.fileExists(atPath: "\(path)/\($0)") } + kept)
            .map { String($0.dropLast(".safetensors".count)) }
    }

    /// Makes a checkpoint of the run its last, so that it goes on from there. What was the last is kept among
    /// `checkpoints`; events and epochs after the checkpoint are taken away.
    ///
    /// - Returns: the name under which the one before is kept; nil when it is the last already.
    /// - Throws: a `UserError` when there is no such checkpoint, or another process trains the run.
    @discardableResult
    public func restore(_ name: String, in store: RunStore) throws -> String? {
        let chosen = try checkpoint(named: name)
        return try withExtendedLifetime(acquire()) {
            if chosen == last { return nil }
            let checkpoint = try Checkpoint.load(chosen)
            let kept = try keepLast()
            try checkpoint.save(to: last)
            try store.synchronize(id, with: rewind(to: checkpoint.header.progress))
            try store.end(id, checkpoint.header.progress.finished ? .finished : .interrupted)
            return kept
        }
    }

    /// Gives the last checkpoint a name of its own beside it; nil when there is none.
    private func keepLast() throws -> String? {
        guard let header = try? Checkpoint.Header.load(last) else { return nil }
        let name = String(format: "checkpoints/%04d-%04d", header.progress.epoch, header.progress.step)
        let kept = "\(path)/\(name).safetensors"
        if !FileManager.default.fileExists(atPath: kept) {
            try Home.prepare(path + "/checkpoints")
            guard link(last, kept) == 0 else { throw AtomicFile.failure(kept, errno) }
            AtomicFile.synchronizeFolder(path + "/checkpoints")
        }
        return name
    }

    /// Makes a new run that goes on from a checkpoint of this one with other settings; this one stays as it is. The new
    /// run has the events and recorded epochs up to there and is listed as interrupted: resuming trains it.
    ///
    /// - Throws: a `UserError` when there is no such checkpoint, nothing is left to be trained, or the disk is full; no
    ///   new run is there then.
    public func branch(from name: String, _ changes: RunChanges, in store: RunStore) throws -> RunFolder {
        let source = try Checkpoint.load(try checkpoint(named: name))
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
            if var best = try? Checkpoint.load(self.best), best.header.progress.epoch <= checkpoint.header.progress.epoch {
                best.header.run = branch.id
                try best.save(to: branch.best)
            } else {
                (checkpoint.header.progress.bestEpoch, checkpoint.header.progress.bestValidationLoss) = (nil, nil)
                checkpoint.header.progress.bestValidationAccuracy = nil
            }
            try checkpoint.save(to: branch.last)
            let history = try branch.rewind(to: checkpoint.header.progress)
            try store.begin(branch, checkpoint.header.configuration, data: source.header.data, weights: source.header.weights)
            try store.synchronize(branch.id, with: history)
            try store.end(branch.id, .interrupted)
            try store.setNote("branched from run \(id), \(name)", of: branch.id)
        } catch {
            try? FileManager.default.removeItem(atPath: branch.path)
            throw error as? UserError ?? UserError("Run \(id) cannot be copied to \(branch.path): \(error.localizedDescription)")
        }
        return branch
    }
}
