#define _GNU_SOURCE
#include "CMPI.h"

#include <stddef.h>

#ifdef FLOWERS_TUI_MPI

// Debian has the header in a folder of its own that compilers search.
#if __has_include(<mpi.h>)
#include <mpi.h>
#else
#include <mpi/mpi.h>
#endif
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// Open MPI 4 ends a process that loses a connection, error handler or not: its TCP transport comes to
// `ompi_rte_abort`, an exported function that must not return. The one below takes its place, as a
// program's symbols go before those of its libraries. It leaves the call of MPI by a jump over frames
// of C only, and that call fails. MPI may then hold locks of its own and is not called again. Other
// implementations know no such function.
static _Thread_local jmp_buf *way_out;
static atomic_bool has_lost;

void ompi_rte_abort(int code, char *format, ...) {
    if (way_out) {
        atomic_store(&has_lost, 1);
        longjmp(*way_out, 1);
    }
    // On its way in or out, or on a thread of MPI's own: what it would have done.
    void (*original)(int, char *, ...) = (void (*)(int, char *, ...))dlsym(RTLD_NEXT, "ompi_rte_abort");
    if (format) {
        va_list values;
        va_start(values, format);
        vfprintf(stderr, format, values);
        va_end(values);
    }
    if (original) original(code, NULL);
    _exit(1);
}

// Begins a function that calls MPI and comes back from it with `failure` if a rank is lost.
#define ENTER_MPI(failure)                      \
    jmp_buf here;                               \
    if (atomic_load(&has_lost)) return failure; \
    if (setjmp(here)) {                         \
        way_out = NULL;                         \
        return failure;                         \
    }                                           \
    way_out = &here
#define LEAVE_MPI() (way_out = NULL)

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

// A request whose call is cut short is never freed: MPI may still know it.

void *flowers_mpi_send(const void *bytes, int count, int rank, int tag) {
    ENTER_MPI(NULL);
    MPI_Request *request = malloc(sizeof *request);
    int status = request ? MPI_Isend(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, request) : MPI_ERR_OTHER;
    LEAVE_MPI();
    if (status == MPI_SUCCESS) return request;
    free(request);
    return NULL;
}

void *flowers_mpi_receive(void *bytes, int count, int rank, int tag) {
    ENTER_MPI(NULL);
    MPI_Request *request = malloc(sizeof *request);
    int status = request ? MPI_Irecv(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, request) : MPI_ERR_OTHER;
    LEAVE_MPI();
    if (status == MPI_SUCCESS) return request;
    free(request);
    return NULL;
}

int flowers_mpi_test(void *request) {
    ENTER_MPI(-1);
    int done = 0;
    int status = MPI_Test(request, &done, MPI_STATUS_IGNORE);
    LEAVE_MPI();
    if (status == MPI_SUCCESS && !done) return 0;
    free(request);
    return status == MPI_SUCCESS ? 1 : -1;
}

void flowers_mpi_cancel(void *request) {
    ENTER_MPI();
    MPI_Cancel(request);
    MPI_Request_free(request);
    LEAVE_MPI();
    free(request);
}

// Sets one of Open MPI's own switches, if it has it.
static void set(const char *name, char value) {
    char *is_set = dlsym(RTLD_DEFAULT, name);
    if (is_set) *is_set = value;
}

void flowers_mpi_brace(void) {
    // As `mpirun --quiet` does. Open MPI hands an explanation to mpirun and waits until that has it,
    // which it has not before it has killed all, if a process has died.
    set("orte_execute_quiet", 1);
    // As MPI_THREAD_SINGLE does: the caller's lock is enough. With locks of its own, Open MPI waits for
    // itself when it fails to send, as it then gives up all that is to be sent while it holds a lock.
    if (!getenv("OMPI_MCA_btl_tcp_progress_thread")) set("opal_uses_threads", 0);
}

int flowers_mpi_has_lost(void) { return atomic_load(&has_lost); }

void flowers_mpi_end(void) {
    if (!atomic_load(&has_lost)) MPI_Finalize();
}

void flowers_mpi_abort(void) {
    // mpirun ends the others of a rank that leaves in this way. MPI_Abort would ask it to, and wait for
    // an answer that does not come while mpirun itself waits for processes that it has told to end.
    _exit(1);
}

#else

int flowers_mpi_is_built(void) { return 0; }
int flowers_mpi_begin(int *rank, int *count) { return -1; }
void *flowers_mpi_send(const void *bytes, int count, int rank, int tag) { return NULL; }
void *flowers_mpi_receive(void *bytes, int count, int rank, int tag) { return NULL; }
int flowers_mpi_test(void *request) { return -1; }
void flowers_mpi_cancel(void *request) {}
void flowers_mpi_brace(void) {}
int flowers_mpi_has_lost(void) { return 0; }
void flowers_mpi_end(void) {}
void flowers_mpi_abort(void) {}

#endif
