package import Basics
package import Recipes
package import Runs

/// Failures of attaching to a run that another process trains. `code` is the system's error number.
package enum ControlFailure: Failure {
    case noPipe(code: Int32)
    case noSocket(_ run: String, path: String, code: Int32)
    /// The socket belongs to another user's process.
    case foreignSocket(_ path: String)
    case foreignRun(_ run: String)
    /// As many front ends as may be are attached.
    case full(_ run: String, places: Int)
    /// The trainer and the front end have other versions of the protocol.
    case otherVersion(_ run: String, trainer: Int, frontEnd: Int)
    /// No message of the protocol came from the socket.
    case otherLanguage(socket: String)
    case noAnswer(_ run: String, holder: RunHolder?)
    /// The process that trains the run cannot be signalled from this machine.
    case unreachable(_ run: String, holder: RunHolder?)
    case invalidMessage(_ run: String)
    /// Photos or predictions that do not fit together were sent.
    case misfit
    case connectionLost(_ run: String, holder: RunHolder?)
    case connectionLostAtEnd(_ run: String, RunEndReason)
    /// The process is gone; the run was saved last in an epoch counted from 1, or never.
    case processGone(_ run: String, savedIn: Int?)
}

/// Failures of continuing a saved run in a process without a terminal.
package enum BackgroundFailure: Failure {
    case noStart(_ run: String, code: Int32)
    case notBegun(_ run: String, seconds: Int)
    /// The process ended; the reason is what it printed last.
    case ended(_ run: String, UserError?)
}
