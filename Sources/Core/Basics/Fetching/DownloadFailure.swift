/// A file that could not be fetched.
package struct DownloadFailure: Failure {
    package var url: String
    package var fault: Fault

    package enum Fault: Sendable, Equatable {
        case noAnswer(seconds: Int)
        case larger(thanMiB: Int)
        case status(Int)
        /// A reason of the system's.
        case unreachable(String)
        case noHTTP
        case brokeOff(received: Int, expected: Int)
    }

    package init(_ url: String, _ fault: Fault) { (self.url, self.fault) = (url, fault) }
}
