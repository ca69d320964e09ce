// Logs: a run in the formats of other programs, and other programs' logs as runs.
//
// Holds TensorBoard's event files, written and read, tables with the columns of Keras' CSVLogger,
// and the numbers of a live run for Prometheus.
//
// Promises:
// - A log never holds up a run: events are written on a queue of the log's own, and a disk that
//   refuses them gives one warning.
// - The log of a resumed run is that of a run without interruption: no step is missing or there
//   twice.
// - A file from outside is read up to its damage, which is named; nothing in it takes memory before
//   its length has been checked.
//
// Needs neither TensorFlow nor a protobuf compiler: it writes and reads the few messages that
// TensorBoard documents.
//
// Where things are:
// - `EventFiles/TFRecord`, `EventMessage`, `EventReader`: records, and TensorBoard's messages.
// - `EventFiles/RunEvents`: the messages that tell a run, from its events.
// - `EventFiles/TensorBoardLog`: a run's folder of event files, whole or while it trains.
// - `EventFiles/MatrixPicture`, `PhotoSheet`, `PixelFont`: the pictures in them.
// - `Reading/OutsideLog`, `SeriesChoice`, `EpochTable`: a file or folder of another program as a run.
// - `Live/MetricsServer`: a live run for Prometheus.
