import Basics
package import Runs

/// The reasons why there is no process to attach to or to end.
package enum LiveRunFailure: Failure {
    /// No run in `home` is being trained.
    case noLiveRun(home: String)
    /// Several runs are being trained and none was named.
    case severalLiveRuns([String])
    /// No process trains the run.
    case notTrained(run: String)
    /// No process trains the run, which was to be ended.
    case alreadyOver(run: String)
    /// The process that trains the run does not listen on the socket.
    case notListening(run: String, holder: RunHolder?, socket: String)
}
