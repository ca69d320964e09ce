// ScreenBenchmark: the figures of `bench` that are about drawing.
//
// It measures the layers below as they are, and changes nothing in them. Drawing is measured on the
// current terminal, so it must not run while the dashboard is open.
//
// - FrameBenchmark: frames from the state to the bytes that ncurses writes
// - ChartBenchmark: a chart of a million points
