// Pictures: photos for a terminal, as cells of one glyph and two colours each, as sixel, or by the
// kitty graphics protocol.
//
// It promises the cells with the least squared error of a symbol set (docs/pictures.md) and the
// same result for the same pixels. It never asks the terminal what it can show, decodes no file,
// and knows nothing of plots.
//
// - RGBImage+Cells: from pixels to cells
// - RGBImage+Shape: fitting, cropping and resizing
// - CellFit, MaskTable, SymbolSet: the search for the best glyph and colours of a cell
// - DotFit, ErrorDiffusion: braille dots, and the errors that neighbours make up for
// - PaletteLookup: the nearest palette entries, and mixes of two
// - ResamplingAxis: weights between pixels and samples
// - Sixel, ColorQuantizer: DEC's graphics and the palette for them
// - KittyGraphics: kitty's graphics with Unicode placeholders
