package import Basics
package import Recipes
package import Training

/// A running session as front ends see it. No call waits for the trainer.
package protocol TrainingSession: AnyObject, Sendable {
    /// Starts the session's thread and returns at once.
    func start()
    func send(_ command: TrainerCommand)
    /// Returns all events since the last call, oldest first.
    func drainEvents() -> [SessionEvent]
    /// Ends the session. A run trained by this process is saved first and can be resumed.
    func interrupt()
    /// The session's result, or nil while it goes on.
    var result: Result<RunEndReason, UserError>? { get }
}
