// Canvas: the grid of cells that everything is drawn into, and the values that pictures and plots
// share.
//
// It promises that drawing outside a buffer is clipped, that every drawing works at 0×0, and that
// control characters in a text are never passed on. It is pure values: it reads no clock, file or
// terminal, and imports nothing of ours.
//
// Inner loops of other layers touch cells, colours, rectangles and pixels one by one. Those types
// are public, not package: Swift 6.3 accepts `@inlinable` on a package declaration, but does not
// inline it into another module.
//
// - CellBuffer: cells, their texts and styles, and the pictures that lie behind them
// - Geometry, Color: sizes and rectangles; colours, attributes and styles
// - Text: the display width of a text, shortening, padding, wrapping, frames
// - BrailleCanvas: lines and bars of dots, 2×4 in a cell
// - Picture, PlacedPicture: pixels, and the place where cells stand for them
// - ColorDepth: the colours of a terminal, and a buffer as text with SGR sequences
// - ASCII, SVG: a buffer in 7-bit characters, and as vector graphics
