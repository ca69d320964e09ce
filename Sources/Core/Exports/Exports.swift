// Exports: a run's network as files that other programs open.
//
// Holds the graph that all formats are written from, the encoders that the formats need, and the
// quantisation to 8 bits.
//
// Promises:
// - Layers and variables have Keras' names, and every format takes the same input: RGB photos as
//   [N, height, width, 3], 0…255, resized to the run's image size. Scaling to −1…1 is inside.
// - The same network gives the same bytes, except for the date in a `.keras` file.
// - The program's own readers understand the Keras formats, and predict the same bits from them.
//
// Knows no command and no photo folder: calibration takes photos from its caller. A file is made in
// memory and returned as `Data`; the caller writes it (`ExportFile`), so that none is ever partial.
//
// Where things are:
// - `Graph/ExportGraph`: the network's layers as Keras has them; `FoldedGraph`: the same with batch
//   normalisation and padding folded into the convolutions, for formats that only compute.
// - `Formats`: a file for each format.
// - `Encoders`: protobuf's wire format, FlatBuffers, zip, and the edge to libhdf5's writing.
// - `Quantization`: the folded graph computed in floats and in 8 bits, ranges of its activations, and
//   its biases corrected.
