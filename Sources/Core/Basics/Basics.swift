// Basics: what every other layer stands on.
//
// Holds files that survive a crash, tensors and where they are stored, random numbers, worker
// threads, downloads, and errors that are shown to a person.
//
// Promises:
// - A file is whole or as it was before: `AtomicFile` writes beside it, syncs and renames.
// - Nothing read from outside takes memory before its size has been checked.
// - The same seed gives the same numbers, whatever the threads and their timing.
//
// Never knows photos, networks or runs, and imports no other layer.
//
// Where things are:
// - `Failure`: what can go wrong, by meaning; `UserError` holds any. Their words are in `Wording`.
// - `Files/AtomicFile`, `FileCalls`: writing; `FileCalls` is where tests have calls fail.
// - `Files/BoundedFile`, `PositionedIO`: reading; `PathText`, `FolderEntry`: paths and folders.
// - `Files/Safetensors`: tensors in a file, with a checksum of their content.
// - `Files/Home`, `Places`: the folders of the program, and which option moves them.
// - `Files/UserPath`, `ExportFile`: what people type, and the files that they name for output.
// - `Files/Scratch`, `StandardDescriptors`: temporary files; inherited descriptors and limits.
// - `Fetching/Download`, `Archive`, `Cache`, `PackageIndex`: from a URL to a file of its own.
// - `Fetching/SourceReport`, `Preparation`: progress of such work.
// - `Numbers/Tensor`, `Buffer`, `Arena`: values with a shape, aligned memory for kernels, in large pages.
// - `Numbers/CounterRandom`, `MersenneTwister`: our random numbers, and NumPy's.
// - `Numbers/VectorKernels`: the kernels in C that this processor can run.
// - `Threads/Machine`: the cores and the memory that the process may use.
// - `Threads/WorkerPool`, `WorkerThread`, `FaultStack`: threads that compute.
