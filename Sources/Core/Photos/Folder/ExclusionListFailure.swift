import Basics

/// A list of photos to leave out that cannot be read, applied or replaced.
package enum ExclusionListFailure: Failure {
    case missing(_ path: String)
    case isFolder(_ path: String)
    case cannotBeRead(_ path: String)
    case longer(_ path: String, thanMB: Int)
    case noText(_ path: String)
    /// A line that is no path below the photo folder.
    case noPath(_ path: String, line: Int)
    /// A file of another kind, where a list is to be written.
    case otherFile(_ path: String)
    case leavesNone(class: String, folder: String)
    case leavesNoneFor(Subset)
}
