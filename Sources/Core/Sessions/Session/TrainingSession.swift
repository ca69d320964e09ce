package import Basics
package import Recipes
package import Training

/// A running session as front ends see it. No call waits for the trainer.
package protocol TrainingSession: AnyObject, Sendable {
    var abilities: SessionAbilities { get }
    /// The process that trains the run; nil if it is this one or none.
    var remoteProcess: Int? { get }
    /// Starts the session's thread and returns at once.
    func start()
    func send(_ command: TrainerCommand)
    /// Returns all events since the last call, oldest first.
    func drainEvents() -> [SessionEvent]
    /// Ends the session. A run trained by this process is saved first and can be resumed.
    func interrupt()
    /// Saves and ends a run trained by this process, so that another process continues it at once;
    /// does nothing otherwise.
    func handOver()
    /// Keeps no events from now on, because nobody will drain them any more.
    func stopQueueing()
    /// The session's result, or nil while it goes on.
    var result: Result<RunEndReason, UserError>? { get }
}

extension TrainingSession {
    package var remoteProcess: Int? { nil }
    package func handOver() {}
    package func stopQueueing() {}
}

/// The abilities of a session, so that no front end asks for its type.
package struct SessionAbilities: Sendable, Equatable {
    /// Whether this process trains the run: it can go on without a front end, or be handed over to a
    /// background process, and must be saved before the process ends.
    package let trainsHere: Bool
    /// Whether commands reach a trainer.
    package let takesCommands: Bool

    /// A run that this process trains.
    package static let own = SessionAbilities(trainsHere: true, takesCommands: true)
    /// A run that another process trains.
    package static let attached = SessionAbilities(trainsHere: false, takesCommands: true)
    /// A recorded run.
    package static let replay = SessionAbilities(trainsHere: false, takesCommands: false)
}
