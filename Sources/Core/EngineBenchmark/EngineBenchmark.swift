// EngineBenchmark: the figures of `bench` for the parts of the engine.
//
// Holds timings of decoding, augmentation, the forward pass and both stages, and of each layer.
//
// Promises to time what a run runs, with a run's sizes.
//
// Never prints, and is no part of a run: nothing but the command imports it.
//
// Where things are:
// - `Benchmark`: the parts and their rounds; `+Photos`, `+Network`: their measurements.
// - `LayerBenchmark`: layer by layer.
