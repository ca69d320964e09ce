import Foundation
package import Recipes

/// A mailbox in which front ends leave commands for the trainer to read between batches. Any thread
/// may call it.
package final class CommandMailbox: @unchecked Sendable {
    // Unchecked: `condition` guards every stored variable.
    private let condition = NSCondition()
    private var commands: [TrainerCommand] = []
    private var stopReason: RunEndReason?
    /// Far more than anybody sends during one batch; commands beyond it are an error and are
    /// dropped.
    private static let mostCommands = 10_000

    package init() {}

    package func post(_ command: TrainerCommand) {
        condition.lock()
        if command == .stop {
            stopReason = stopReason ?? .stopped
        } else if commands.count < Self.mostCommands {
            commands.append(command)
        }
        condition.broadcast()
        condition.unlock()
    }

    /// Requests the end of the run for a reason other than a command, such as a signal.
    package func requestStop(_ reason: RunEndReason) {
        condition.lock()
        stopReason = stopReason ?? reason
        condition.broadcast()
        condition.unlock()
    }

    /// The reason to end the run, if there is one. Never waits.
    package var stopRequest: RunEndReason? {
        condition.lock()
        defer { condition.unlock() }
        return stopReason
    }

    /// Removes and returns the oldest command, or returns nil; with `waiting`, first waits for a
    /// command or a request to stop.
    func next(waiting: Bool) -> TrainerCommand? {
        condition.lock()
        defer { condition.unlock() }
        while waiting && commands.isEmpty && stopReason == nil { condition.wait() }
        return stopReason != nil || commands.isEmpty ? nil : commands.removeFirst()
    }

    /// Removes the oldest command equal to `command`, out of turn, and returns whether there was
    /// one. Never waits.
    func take(_ command: TrainerCommand) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard let index = commands.firstIndex(of: command) else { return false }
        commands.remove(at: index)
        return true
    }
}
