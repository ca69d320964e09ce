// The few calls of MPI that ranks exchange bytes with.
//
// The package trait MPI decides whether they are built in: without it this target needs no library,
// `flowers_mpi_is_built` says so, and nothing else here may be called. No type of MPI shows, so that
// Swift sees the same interface either way. A call at a time: the caller holds a lock.
#ifndef FLOWERS_TUI_MPI_H
#define FLOWERS_TUI_MPI_H

/// Whether the program was built with the trait MPI.
int flowers_mpi_is_built(void);

/// Joins the job that mpirun has started and writes the process's rank and their number; returns 0 on
/// success.
int flowers_mpi_begin(int *rank, int *count);

/// Begins to send or to receive bytes, whose memory must stay until the request is done; returns the
/// request, or null if it cannot begin.
void *flowers_mpi_send(const void *bytes, int count, int rank, int tag);
void *flowers_mpi_receive(void *bytes, int count, int rank, int tag);

/// Moves all requests on; returns 1 if this one is done, 0 if it goes on, and -1 if it failed. The
/// request is gone unless it goes on.
int flowers_mpi_test(void *request);

/// Gives up a request to receive.
void flowers_mpi_cancel(void *request);

/// Prepares MPI, once all ranks are connected, for the loss of one: it must then wait for nothing, neither
/// for mpirun to print its explanations nor for locks of its own.
void flowers_mpi_brace(void);

/// Whether a rank was lost to this one, so that every call fails from now on.
int flowers_mpi_has_lost(void);

/// Leaves the job, once all ranks do.
void flowers_mpi_end(void);

/// Ends this process at once; mpirun then ends those of all ranks, and itself with an error.
void flowers_mpi_abort(void);

#endif
