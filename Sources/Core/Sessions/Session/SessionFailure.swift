package import Basics

/// Failures of a session, and of showing a recorded run.
package enum SessionFailure: Failure {
    /// A run to resume was trained on other classes than a folder has.
    case otherClasses(_ run: String, trained: [String], folder: String, found: [String])
    /// Photos that are said to have moved are not those of the run, which were in `original`.
    case otherPhotos(_ run: String, folder: String, original: String)
    /// The processor, whose name this is, has no units for bfloat16; `run` is the run to resume that
    /// was trained in it, nil for a new one.
    case noBFloat16(processor: String, run: String?)
    /// A run to resume has no checkpoint, so it begins again.
    case beginsAgain(_ run: String)
    case nothingToShow(_ run: String)
    case photosGone(_ run: String, path: String)
    /// There are no weights to inspect before the first save.
    case notSavedYet(_ run: String)
    /// Something is missing in the run's record; training goes on.
    case incompleteRecord(UserError)
    /// A checkpoint that the policy keeps is missing; training goes on.
    case checkpointNotKept(UserError)
}

/// A notice that a replay gives to the person.
package enum ReplayNotice: Failure {
    /// It goes at this multiple of the run's speed.
    case speed(Double)
    /// The command needs a run that is being trained.
    case onlyReplayed
}
