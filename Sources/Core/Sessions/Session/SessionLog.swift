package import Basics
package import Training

/// A record of a session for other programs, beside the run's folder.
package protocol SessionLog: AnyObject, Sendable {
    /// Takes an event. Called on the session's threads, which it must not hold up.
    func note(_ event: SessionEvent)
    /// Returns a failure to warn of, each once; nil if there is none.
    func takeProblem() -> UserError?
    /// Waits until everything that was noted is written.
    func close()
}
