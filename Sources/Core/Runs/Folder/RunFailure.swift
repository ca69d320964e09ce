import Basics
package import Recipes

/// Failures of finding, reading, training and removing a run. `code` is the system's error number.
package enum RunFailure: Failure {
    case noRun(_ run: String, home: String)
    case damagedConfiguration(_ path: String, run: String)
    /// Its list of photos to leave out is missing.
    case missingExclusions(_ path: String, run: String)
    /// Another process trains it.
    case held(_ run: String, by: RunHolder?)
    /// It has no checkpoint of this name, only the `others`.
    case noCheckpoint(_ run: String, name: String, others: [String])
    /// The weights of the best epoch by a measure were not kept; epochs count from 1.
    case bestNotKept(_ run: String, by: BestMeasure, epoch: Int, kept: [Int])
    case noPredictions(_ run: String)
    /// It is as it was, because a path in it cannot be removed.
    case cannotBeDeleted(_ run: String, path: String, code: Int32)
    /// It is deleted, but for what is left in a folder.
    case leftovers(_ run: String, folder: String, reason: String)
    case cannotBeCopied(_ run: String, to: String, reason: String)
    /// It has a folder, but no process has trained it.
    case neverBegan(_ run: String)
    /// All epochs of a checkpoint are done, and the changes for a branch add none to its stage.
    case nothingLeft(epochs: Int, stage: Stage)
}

/// The process that trains a run.
package struct RunHolder: Sendable, Equatable {
    package var process: Int
    package var host: String

    package init(process: Int, host: String) { (self.process, self.host) = (process, host) }
}

/// The state in which a run is left if the process ends now.
package enum RunRemains: Failure {
    case saved(_ run: String, path: String, epochs: Int)
    case unsaved(_ run: String)
}

/// A fault of the program, which ends it by a signal such as `SIGSEGV`.
package struct ProgramFault: Failure {
    package var signal: String

    package init(signal: String) { self.signal = signal }
}
