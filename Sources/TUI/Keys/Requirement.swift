/// A condition that an action needs. The dashboard's state decides whether it holds.
package enum Requirement: Equatable, Sendable {
    /// A run in progress.
    case running
    /// A run in progress, or one that was stopped and can go on here.
    case resumable
    /// A run in progress, or one that has finished and can go on here.
    case extendable
    /// A run in the list of the runs screen.
    case listedRun
    /// A run that is to be deleted.
    case deletedRun
    /// A run with a checkpoint.
    case saved
    /// A run with a checkpoint, and a front end that can open another one.
    case branchable
    /// A run in progress, or one that another process trains.
    case detachable
    /// Photos that are ready.
    case ready
    /// An epoch that has ended, and so a best one.
    case bestEpoch
    /// Layers of the base that train.
    case unfrozenLayers
    /// A change that can be undone.
    case undoableChange
    /// At least one prediction in the list.
    case prediction
    /// One of these views of the predictions screen.
    case predictionViews(Set<PredictionView>)
    /// Predictions of an earlier epoch on the screen.
    case earlierEpoch
    /// At least one of the doctor's findings in the list.
    case finding
    /// Photos that are marked for exclusion.
    case markedPhotos
    /// One of these views of the data screen.
    case views(Set<DataView>)
    /// A condition that counts on one screen only.
    indirect case on(Screen, Requirement)
    /// A condition that counts on all other screens.
    indirect case exceptOn(Screen, Requirement)
}
