// Screens: functions from the state and a size to a buffer of cells.
//
// It promises a buffer of exactly the state's size, at any size, and a list of the regions that
// react to the mouse. It never changes the state and never talks to a terminal; what it caches are
// thumbnails.
//
// - DashboardView: the whole frame: header, screen, hints, dialogs; +Parts: photos, tabs, text fields
// - TrainScreen, ProgressPanel, SteeringPanel, Charts, ChartCurves, ChartLegend: the train screen
// - DataScreen, SamplesView, StatisticsView, BenchView, DoctorView: the data screen
// - ModelScreen, LogScreen, RunsScreen: layers, log and all runs
// - PredictionsScreen, ConfusionView, CalibrationView, FeaturesView: the predictions
// - Dialogs, FormDialog, CheckpointsDialog, SweepDialog, PhotoDialog, OutsidePhotoDialog,
//   FeatureMapsDialog, HistogramsDialog: the dialogs over a screen
// - ThumbnailCache: photos as cells, each rendered once
// - StillFrame: a frame of a recorded run
