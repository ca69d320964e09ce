// Recipes: what a run is asked to do, and what it says while it does.
//
// Holds the recipe, the learning-rate schedule, guards, rules for saving, everything that
// can be changed on the way, and the trainer's commands, events and progress as values.
//
// Promises:
// - Names and fields of events are stable: other programs read them.
// - A value from a file is checked (`Plausibility`) before anything calculates with it.
//
// Never computes with the network, never touches the disk but to read a checkpoint's header, and
// holds no state of its own: every type is a value.
//
// Where things are:
// - `Recipe/Recipe`: what a run is asked to do; `RecipePreset`: recipes by name.
// - `Recipe/RecipeState`: the settings in force.
// - `Recipe/LearningRateSchedule`, `Guards`, `CheckpointPolicy`: its rules.
// - `Recipe/BestMeasure`: by which measure an epoch is the best.
// - `Recipe/SettingFailure`: values that a setting cannot take.
// - `Recipe/Plausibility`: bounds for numbers from files.
// - `Progress/TrainerEvent`, `TrainerCommand`: what the trainer says and is told.
// - `Progress/TrainerWarning`, `CheckpointFailure`: warnings by kind, and files that are no checkpoints.
// - `Progress/LoggedEvent`: an event with its time, and the run's clock.
// - `Progress/RunTimeline`: epochs, best epochs, phases and marks, from the events.
// - `Progress/RunProgress`: counters and positions of a run.
// - `Progress/CheckpointHeader`: recipe, state and progress in a file; `SavedProgress` is their form.
// - `Progress/Prediction`, `PredictionSet`: probabilities of photos.
// - `Progress/LearningRateSweep`, `Diagnosis`: findings for people.
