// Runs: what is kept of a run, and what can be read from it.
//
// Holds run folders and their locks, checkpoints, the event log, and metrics of recorded
// predictions.
//
// Promises:
// - The folders are the truth: everything else that is known of runs follows from them.
// - A run that was killed at any moment can be resumed.
// - One process at a time writes to a run.
//
// Never trains and shows nothing.
//
// Where things are:
// - `Folder/RunFolder`, `RunLock`: a run on disk.
// - `Folder/RunRemoval`: deleting a run in steps that can be taken back.
// - `Folder/Checkpoint`: weights, optimizer and header in one file.
// - `Folder/EventLog`: all events, a line each.
// - `Folder/RunChanges`: other settings for a run that branches; `BranchSetting`: which ones it may have.
// - `Folder/RunRecord`, `PhotoNote`, `RunIndex`: what an index of runs holds, and what it is to a session.
// - `Folder/SystemDescription`: the machine that trained a run.
// - `Folder/LastWords`: what a fatal signal says about a run.
// - `Folder/RunFailure`, `RunStoreFailure`, `Metrics/EpochRecordFailure`: what can go wrong with runs,
//   their index and their records.
// - `Metrics/EpochOutcome`, `EpochRecord`, `PredictionHistory`: an epoch and its predictions, all epochs.
// - `Metrics/ConfusionMatrix`, `Calibration`, `CoverageCurve`, `TemperatureScaling`: what they say.
