import Foundation

/// What threads that compute ask of the system, each for itself.
enum WorkerThread {
    /// Lets all threads of usual priority go first. Linux counts niceness by thread; 0 means the calling one.
    static func letOthersGoFirst() { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19) }

    /// Leaves signals to the main thread, but for those that say what this thread itself did wrong, which it gets a stack
    /// of their own for.
    static func leaveSignals() {
        FaultStack.prepareThread()
        var signals = sigset_t()
        sigfillset(&signals)
        for fatal in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] { sigdelset(&signals, fatal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
