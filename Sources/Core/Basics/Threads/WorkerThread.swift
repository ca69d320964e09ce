import COneDNN
import CThreads
import Foundation

/// Settings that a thread makes for itself.
package enum WorkerThread {
    /// Limits the calling thread to one OpenMP thread, and oneDNN with it. A primitive keeps the
    /// number of threads of the thread that makes it, whoever runs it later: made without the
    /// limit, it would start a team inside every worker.
    package static func useOneOpenMPThread() { omp_set_num_threads(1) }

    /// Gives the calling thread the lowest priority. On Linux niceness is per thread, and 0 means
    /// this one.
    package static func letOthersGoFirst() {
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
    }

    /// Has the calling thread, which waits most of the time, run as soon as it has something to do while
    /// others compute on all cores. Needs no privilege; older kernels than Linux 6.12 ignore it.
    package static func answerPromptly() { _ = flowers_thread_wakes_promptly() }

    /// Leaves signals to the main thread, except those for faults of this thread, which get a stack
    /// of their own.
    package static func leaveSignals() {
        FaultStack.prepareThread()
        var signals = sigset_t()
        sigfillset(&signals)
        for fatal in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] { sigdelset(&signals, fatal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
