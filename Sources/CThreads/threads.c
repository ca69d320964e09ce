#include "CThreads.h"

#if defined(__linux__)
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// struct sched_attr of the kernel, which Debian 12's C library does not declare; in its first size.
typedef struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
} scheduling;

int flowers_thread_wakes_promptly(void) {
    scheduling wish = {.size = sizeof wish};
    if (syscall(SYS_sched_getattr, 0, &wish, sizeof wish, 0) != 0) return 0;
    // Whoever started the program with another policy or a higher priority has decided.
    if (wish.policy != 0 || wish.nice < 0) return 0;
    // SCHED_FLAG_RESET_ON_FORK: the threads and processes that this one starts have usual turns.
    wish.flags |= 1;
    // The length of a turn, in nanoseconds. A thread with shorter turns interrupts one with longer ones.
    wish.runtime = 100000;
    return syscall(SYS_sched_setattr, 0, &wish, 0) == 0;
}
#else
int flowers_thread_wakes_promptly(void) { return 0; }
#endif
