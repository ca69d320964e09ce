// Dashboard: the state behind the screens, and the only place where it changes.
//
// Actions go in: keys, the mouse, the session's events, answers to questions. A reducer changes the
// state and returns effects, which the terminal's loop performs. It promises that the same actions
// give the same state. It has no clock, no terminal, no files and no threads, and it draws nothing.
//
// - DashboardState: the state, the actions and the effects
// - Reducer: one action; SessionReducer, DialogReducer, MouseReducer, PredictionReducer,
//   DataReducer, BenchReducer and DoctorReducer: its parts
// - Availability: whether a key's action is available now
// - MouseTarget, ChartAxis: regions that react to the mouse, and positions on a chart
// - ChartState, RunHistory, RowTable, GhostRun: the charts and their data
// - DataState, DoctorState, PredictionInspection, PhotoInspection, PhotoNoting, OutsidePhoto: the
//   screens' own parts of the state
// - Lists, SampleLayout: filtered lists, pages and cursors
// - Form, Forms: dialogs of input fields
// - Wording, TimelineWording, Words: the trainer's reports, the marks of a run and its settings in
//   the user's language
// - DashboardPreferences: the view settings that are kept between sessions
