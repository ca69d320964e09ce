// Canvas: the grid of cells that everything is drawn into, and the values that pictures and plots
// share.
//
// It promises that drawing outside a buffer is clipped, that every drawing works at 0×0, and that
// control characters in a text are never passed on. It is pure values: it reads no clock, file or
// terminal, and imports nothing of ours.
//
// Other programs may use Canvas, Pictures and Plots too, as the library FlowersPlots. What is public
// in them is for that; all else is `package`. Inner loops of other layers touch cells, colours and
// rectangles one by one; their members are `@inlinable`, and package ones are inlined because their
// types are public (a package type would have to be `@usableFromInline`).
//
//     import Canvas
//     import Pictures
//     import Plots
//
//     var screen = CellBuffer(size: Size(columns: 80, rows: 24))
//     let loss = LineChart.Series("loss", x: [0, 1, 2, 3], y: [1.2, 0.7, 0.5, 0.4])
//     LineChart([loss], x: 0...3).draw(
//         into: &screen, in: Rect(column: 0, row: 0, columns: 80, rows: 24))
//     print(screen.ansi(colors: .trueColor))
//
//     let photo = RGBImage(width: 2, height: 1, pixels: [255, 0, 0, 0, 0, 255])
//     print(photo.cells(columns: 20, rows: 5).ansi(colors: .trueColor))
//     print(Sixel.encode(photo.resized(width: 160, height: 80)))
//
// - CellBuffer: cells, their texts and styles, and the pictures that lie behind them
// - Geometry, Color: sizes and rectangles; colours, attributes and styles
// - Text: the display width of a text, shortening, padding, wrapping, frames
// - BrailleCanvas: lines and bars of dots, 2×4 in a cell
// - RGBImage, PlacedPicture: pixels, and the place where cells stand for them
// - ColorDepth: the colours of a terminal, and a buffer as text with SGR sequences
// - ASCII: a buffer in 7-bit characters
// - SVG, SVGGlyph: a buffer as vector graphics, whose blocks, lines and dots are shapes;
//   SVGAnimation: frames in a loop, without scripts
