import Basics

/// Failures of the index of all runs, and what is missing where it can be used only in part.
package enum RunStoreFailure: Failure {
    /// The file is no index of runs.
    case foreign(_ path: String)
    case cannotBeWritten(_ path: String)
    /// The index is not kept here, and so neither is what people write about runs.
    case notKept(_ path: String)
    case damaged(_ path: String)
    case busy(_ path: String)
    case unusable(_ path: String, reason: String)
    case longNote(characters: Int, most: Int)
    /// A tag that is empty, too long or not on one line.
    case unusableTag(_ tag: String, most: Int)
    /// The runs are listed from their folders, without notes and tags.
    case cannotBeRead(_ path: String)
    /// The file system of the home has no locks, so nothing is kept in the index.
    case noLocks(_ path: String, home: String)
}
