/// Failures of files and folders. `code` is the system's error number (`errno`).
package enum FileFailure: Failure {
    case folderCannotBeMade(_ path: String, code: Int32)
    case folderCannotBeWritten(_ path: String, code: Int32)
    case cannotBeWritten(_ path: String, code: Int32)
    /// Written, but the disk has not confirmed it.
    case unconfirmed(_ path: String, code: Int32)
    /// An output file that is a symbolic link to nothing.
    case linkToNowhere(_ path: String, target: String)
    /// An output file that is there already and is not to be replaced.
    case alreadyThere(_ path: String)
    /// Neither folder takes a temporary file; the code is the first one's.
    case noTemporaryFile(_ first: String, code: Int32, _ second: String)

    /// The system's error number if the failure is that of writing a file; else nil.
    package var writeCode: Int32? {
        switch self {
        case .folderCannotBeMade(_, let code), .folderCannotBeWritten(_, let code),
            .cannotBeWritten(_, let code):
            code
        case .unconfirmed, .linkToNowhere, .alreadyThere, .noTemporaryFile: nil
        }
    }
}
