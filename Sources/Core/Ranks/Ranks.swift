// Ranks: the processes of one job, and what they exchange.
//
// Holds the group of ranks with its exchanges (gather, broadcast, sums of gradients in buckets), the
// watch over ranks that die or stop, and the ways by which bytes travel: Open MPI, or memory for ranks
// that are threads of a test.
//
// Promises:
// - The same exchanges in the same order give the same bits on every rank and every time: sums have a
//   fixed order, whatever arrives first.
// - No exchange waits for ever: a rank that is gone, stopped or cut off is named within 30 s, and every
//   exchange from then on returns at once.
// - Without the package trait MPI nothing here needs a library.
//
// Where things are:
// - `RankGroup`: the group; `RankDismissal`: how the others leave.
// - `RankWatch`: who still answers; `RankConnection`: what the kernel knows of it.
// - `BucketSum`: sums that travel while the rest is computed.
// - `Transport`: how bytes travel; `MPITransport`, `MemoryTransport`.
// - `MPIJob`: whether mpirun has started the process.
// - `RankFailure`: what can go wrong.
