import COpenBLAS
import Foundation

/// The library that multiplies the head's matrices.
package enum OpenBLAS {
    /// Starts the program again without OpenBLAS' own threads, which it does not use, if the address
    /// space is limited (`ulimit -v`). While it is loaded the library starts a thread for each
    /// core, and each reserves 128 MiB; without room for them it tries for ever. Must come first:
    /// returns only if nothing is to be done.
    package static func restartUnderLimit() {
        let variable = "OPENBLAS_NUM_THREADS"
        var limit = rlimit()
        guard getenv(variable) == nil,
            getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < 1 << 46,
            let program = realpath("/proc/self/exe", nil)
        else { return }
        setenv(variable, "1", 1)
        execv(program, CommandLine.unsafeArgv)
        free(program)
    }

    /// Version at run time and kernel chosen for this processor, such as `0.3.29 SkylakeX`.
    package static let version: String = {
        // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Prescott MAX_THREADS=64"
        let words = String(cString: openblas_get_config()).split(separator: " ")
        let number = words.dropFirst().first ?? "unknown"
        return "\(number) \(String(cString: openblas_get_corename()))"
    }()
}
