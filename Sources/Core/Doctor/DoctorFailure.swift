package import Basics
package import Photos

/// Something that ends an examination, or that it goes on with and reports as a warning.
package enum DoctorFailure: Failure {
    case noMemory(photos: Int)
    /// There are no weights for the network.
    case labelsNotChecked(UserError)
    case notKept(UserError)
    /// The exclusion list names photos that are not in the folder, `first` among them.
    case exclusionsMissing(count: Int, first: PhotoPath)
}
