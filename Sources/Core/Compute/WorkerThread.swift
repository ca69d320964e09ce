import Foundation

/// Settings that a computing thread makes for itself.
enum WorkerThread {
    /// Gives the calling thread the lowest priority. On Linux niceness is per thread, and 0 means
    /// this one.
    static func letOthersGoFirst() { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19) }

    /// Leaves signals to the main thread, except those for faults of this thread, which get a stack
    /// of their own.
    static func leaveSignals() {
        FaultStack.prepareThread()
        var signals = sigset_t()
        sigfillset(&signals)
        for fatal in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] { sigdelset(&signals, fatal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
