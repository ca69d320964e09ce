import Basics

/// Photos that the program fetches or draws itself and cannot use.
package enum PhotosSourceFailure: Failure {
    /// A class of the official photos, in a folder or at a URL, with another number than it has.
    case notWhole(_ place: String, class: String, photos: Int, expected: Int)
    /// The demo flowers cannot be written.
    case demoCannotBeWritten(_ folder: String)
}
