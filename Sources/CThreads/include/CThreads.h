// A thread's wishes to Linux's scheduler that C libraries do not pass on.
#ifndef FLOWERS_TUI_THREADS_H
#define FLOWERS_TUI_THREADS_H

/// Has the calling thread run as soon as it has something to do, instead of after what another thread has left of
/// its turn: for threads that wait most of the time. In return its own turns are the shortest there are. It needs
/// no privilege, and its priority stays; threads that it starts later are as they would be without. Does nothing in
/// a process that was given another policy or a higher priority.
///
/// Linux heeds it from 6.12 on.
///
/// @return Whether the scheduler took the wish; kernels before 6.12 take it, too.
int flowers_thread_wakes_promptly(void);

#endif
