import CHDF5
import Foundation

/// The HDF5 library, which is not thread safe: whoever reads or writes a file holds it.
package enum HDF5Library {
    private static let lock = NSLock()

    private static let isPrepared: Void = {
        // The library's own clean-up at exit loops over what a damaged file left open, and prints
        // complaints.
        _ = H5dont_atexit()
    }()

    /// Version at run time, such as `1.10.8`.
    package static var version: String {
        exclusively {
            var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
            _ = H5get_libversion(&major, &minor, &release)
            return "\(major).\(minor).\(release)"
        }
    }

    /// Calls `body` while no other thread uses the library, which prints no errors.
    package static func exclusively<Result>(_ body: () throws -> Result) rethrows -> Result {
        try lock.withLock {
            isPrepared
            H5Eset_auto2(0, nil, nil)
            return try body()
        }
    }
}
