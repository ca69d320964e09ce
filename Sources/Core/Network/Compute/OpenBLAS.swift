import COpenBLAS

/// The library that multiplies the head's matrices.
package enum OpenBLAS {
    /// Version at run time and kernel chosen for this processor, such as `0.3.29 SkylakeX`.
    package static let version: String = {
        // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Prescott MAX_THREADS=64"
        let words = String(cString: openblas_get_config()).split(separator: " ")
        let number = words.dropFirst().first ?? "unknown"
        return "\(number) \(String(cString: openblas_get_corename()))"
    }()
}
