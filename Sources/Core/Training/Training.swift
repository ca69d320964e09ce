// Training: the recipe carried out, and a trained network put to use.
//
// Holds the loop of epochs and batches with its commands and guards, and the classifier that
// evaluates, predicts and explains.
//
// Promises:
// - A resumed run continues with the same bits as one that was never interrupted.
// - A batch whose loss diverges is refused before it is applied.
// - Commands are read between batches; nobody waits for the trainer, and it waits for nobody.
//
// Never writes a file or opens a screen itself: it calls `Trainer.Hooks`.
//
// Where things are:
// - `Trainer`: the two stages; `Trainer+Epoch`, `+Commands`, `+Guards`, `+Sweep` beside it.
// - `Trainer+Ranks`, `AgreedCommands`: several ranks that train as one.
// - `PhotoBatch`: photos as the network sees them.
// - `CommandMailbox`: how commands reach it.
// - `SessionEvent`: what it reports to front ends.
// - `Classifier`: evaluation and prediction with a checkpoint or a Keras model; `+Batch` for many
//   files, `+Folder` for a test folder whose classes are matched by name.
// - `TrainingFailure`, `ClassifierFailure`: what can go wrong in training and with a network.
// - `Explanation`, `FeatureMaps`, `PhotoFeatures`, `FeatureProjection`: what the network sees in a
//   photo.
