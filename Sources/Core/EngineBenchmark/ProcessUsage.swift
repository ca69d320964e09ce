import Foundation

/// Resource usage of processes.
package enum ProcessUsage {
    /// Largest peak memory (resident set) of any child process waited for, in bytes.
    package static var childrensPeakMemory: Int {
        var usage = rusage()
        getrusage(RUSAGE_CHILDREN.rawValue, &usage)
        return usage.ru_maxrss * 1024
    }
}
