import Foundation

/// The descriptors and limits that a process inherits.
package enum StandardDescriptors {
    /// Opens those of the descriptors 0 to 2 that are closed on `/dev/null`. The first files that
    /// the program opens would otherwise take their numbers, and all that is printed would land in
    /// them. Must come before anything is opened.
    package static func openMissing() {
        for descriptor in 0...2 as ClosedRange<Int32> where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is the missing one.
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Raises the number of files that may be open at once as far as the system allows.
    package static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_cur < limit.rlim_max
        else { return }
        // More would only make other programs slow that close all that might be open.
        limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, 65_536))
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
