// Dashboard: the state behind the screens, and the only place where it changes.
//
// Actions go in: keys, the mouse, the session's events, answers to questions. A reducer changes the
// state and returns effects, which the terminal's loop performs. It promises that the same actions
// give the same state. It has no clock, no terminal, no files and no threads, and it draws nothing.
//
// - DashboardState: the parts of the state and what they share, the actions and the effects
// - RunState, Departure, ChartState, DataState, DoctorState, ModelState, PredictionsState, LogState,
//   OutsidePhotos, ThemeChoice, ListFilters, PointerState: the parts, each with the functions that
//   change it
// - Reducer: one action; SessionReducer, DialogReducer, MouseReducer, PredictionReducer,
//   ChartReducer, DataReducer, BenchReducer and DoctorReducer: its parts, which know several parts
//   of the state and word what has changed
// - Availability: whether a key's action is available now
// - Help: the order of the help, and commands that go to where they work
// - MouseTarget, ChartAxis: regions that react to the mouse, and positions on a chart
// - RunHistory, RowTable, GhostRun: the charts' data
// - PredictionInspection, PhotoInspection, PhotoNoting: metrics, the open photo, marks and notes
// - LayerHistory: the layers' recent norms, and their histograms
// - FeaturePlane: the photos in the plane of their features
// - Lists, SampleLayout: filtered lists, pages and cursors
// - Form, Forms: dialogs of input fields; NewRunSetting, NewRunForm: those of a recipe's settings
// - CheckpointList: the checkpoints to go back to
// - RunsState, RunsReducer, RecipeDifferences: the table of all runs
// - RunOutlook, NextSteps, NextSession: the time left, the steps after a run, and another run
// - ReportWording, TimelineWording, Words: the trainer's reports, the marks of a run and its settings in
//   the user's language
// - DashboardPreferences: the view settings that are kept between sessions
