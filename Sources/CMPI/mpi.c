#include "CMPI.h"

#include <stddef.h>

#ifdef FLOWERS_TUI_MPI

// Debian has the header in a folder of its own that compilers search.
#if __has_include(<mpi.h>)
#include <mpi.h>
#else
#include <mpi/mpi.h>
#endif
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int flowers_mpi_is_built(void) { return 1; }

int flowers_mpi_begin(int *rank, int *count) {
    int level = 0;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level) != MPI_SUCCESS) return -1;
    if (level < MPI_THREAD_SERIALIZED) return -1;
    // A lost connection is for the caller to report, who has a run to save.
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, count);
    return 0;
}

void *flowers_mpi_send(const void *bytes, int count, int rank, int tag) {
    MPI_Request *request = malloc(sizeof *request);
    if (request && MPI_Isend(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, request) == MPI_SUCCESS)
        return request;
    free(request);
    return NULL;
}

void *flowers_mpi_receive(void *bytes, int count, int rank, int tag) {
    MPI_Request *request = malloc(sizeof *request);
    if (request && MPI_Irecv(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, request) == MPI_SUCCESS)
        return request;
    free(request);
    return NULL;
}

int flowers_mpi_test(void *request) {
    int done = 0;
    int status = MPI_Test(request, &done, MPI_STATUS_IGNORE);
    if (status == MPI_SUCCESS && !done) return 0;
    free(request);
    return status == MPI_SUCCESS ? 1 : -1;
}

void flowers_mpi_cancel(void *request) {
    MPI_Cancel(request);
    MPI_Request_free(request);
    free(request);
}

void flowers_mpi_end(void) { MPI_Finalize(); }

void flowers_mpi_abort(void) {
    // Where the daemons cannot be reached, nobody else ends this process.
    signal(SIGALRM, SIG_DFL);
    alarm(5);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

#else

int flowers_mpi_is_built(void) { return 0; }
int flowers_mpi_begin(int *rank, int *count) { return -1; }
void *flowers_mpi_send(const void *bytes, int count, int rank, int tag) { return NULL; }
void *flowers_mpi_receive(void *bytes, int count, int rank, int tag) { return NULL; }
int flowers_mpi_test(void *request) { return -1; }
void flowers_mpi_cancel(void *request) {}
void flowers_mpi_end(void) {}
void flowers_mpi_abort(void) {}

#endif
