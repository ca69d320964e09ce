/// The reasons why there is no process to attach to or to end. The command line words them, because
/// each asks for another command.
package enum LiveRunError: Error, Equatable, Sendable {
    /// No run in `home` is being trained.
    case noLiveRun(home: String)
    /// Several runs are being trained and none was named.
    case severalLiveRuns([String])
    /// No process trains the run.
    case notTrained(run: String)
    /// No process trains the run, which was to be ended.
    case alreadyOver(run: String)
    /// The process that trains the run, `holder` in words, does not listen on the socket.
    case notListening(run: String, holder: String, socket: String)
}
