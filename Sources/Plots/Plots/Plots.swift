// Plots: curves, bars and sparklines of characters.
//
// It promises that a plot works at any size, that values that are not finite leave gaps, and that
// drawing costs time by the columns of the chart, not by the number of its points. It never decides
// what is plotted, and knows nothing of pictures.
//
// - LineChart: curves over a shared axis, with phases, a row of marks, levels and a crosshair; its parts are
//   Series, Layout, Ticks, Curves, Labels and Marks
// - ValueSeries: an appendable series that knows the bounds of any range
// - Bars, Sparkline: a fraction and a course in one row of text
