// Network: the bases, their computation, and the files that their weights come in.
//
// Holds the tables of layers, forward and backward passes for frozen and trainable parts, the head,
// Adam, and readers of Keras' formats, PyTorch's state dicts and safetensors.
//
// Promises:
// - The same weights and inputs give the same bits, with any number of threads and cores.
// - Batch normalisation always uses its stored statistics, and trains γ and β only.
// - A weight file is used only if all names, shapes and values fit; otherwise the error names the
//   first that does not.
// - A model with a configuration is computed as Keras computes it, to 1e-4, or its first layer that
//   cannot be is named (docs/model-files.md).
//
// Never reads photos and knows no run: what a checkpoint is, callers tell `WeightsFile`.
//
// Where things are:
// - `Model/Architecture`, `Backbone`: the bases by name, and one of them as layers and convolutions;
//   `MobileNetV2`, `EfficientNetLite`: the families' tables. `LayerSummary`, `LayerNorms`: what is shown of them.
// - `Compute/TrainingEngine`: predictions and training steps, over all that follows.
// - `Compute/BatchSource`: the images that callers give it, with their shapes.
// - `Compute/MemoryEstimate`: the memory that it takes, compared with the machine's limits.
// - `Compute/FusedSection`, `PrimitiveSection`: frozen layers on our kernels and on oneDNN.
// - `Compute/TrainableTail`, `TrainedLayer`, `ClassifierHead`, `Adam`: what trains; `FusedTail` and
//   `PrimitiveTail` compute it on our kernels and on oneDNN.
// - `Compute/Preprocessing`, `HeadProgram`, `Activation`: the layers around the base in models from
//   elsewhere.
// - `Compute/OneDNN`: the edge to oneDNN's C API.
// - `Readers/WeightsFile`, `WeightMatcher`: from a file to the network's tensors;
//   `EfficientNetLiteNames`: those of the PyTorch port.
// - `Readers/Graph`: a Keras model's configuration as a graph (`ModelGraph`), and its translation
//   (`ModelReader`, `HeadReader`).
// - `Readers/HDF5`: a check of a file's structure, and the values behind it.
// - `Readers/Torch`: an interpreter of pickles that calls nothing (`Unpickler`), the tensors of a
//   state dict (`TorchFile`), and torchvision's names for the network's.
// - `Readers/WeightsSource`, `WeightsOrigin`: where weights come from.
// - `Readers/WeightsFailure`, `HDF5/HDF5Failure`, `Torch/TorchFailure`, `Graph/ModelRefusal`,
//   `Compute/MemoryFailure`: what can go wrong.
