// Runs: what is kept of a run, and what can be read from it.
//
// Holds run folders and their locks, checkpoints, the event log, the database that answers
// questions about runs, and metrics of recorded predictions.
//
// Promises:
// - The folders are the truth: a lost or damaged database is made anew from them.
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
// - `Folder/RunChanges`: going back to a checkpoint, and branching from it.
// - `Folder/SystemDescription`: the machine that trained a run.
// - `Folder/LastWords`: what a fatal signal says about a run.
// - `Store/RunStore`: list, notes, tags, and figures by epoch.
// - `Store/StoreFile`: its database, in homes of all kinds.
// - `Metrics/EpochRecord`, `PredictionHistory`: predictions of every epoch.
// - `Metrics/ConfusionMatrix`, `Calibration`, `CoverageCurve`, `TemperatureScaling`: what they say.
