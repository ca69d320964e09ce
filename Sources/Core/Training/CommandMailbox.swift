import Foundation

/// Where a front end leaves commands and the trainer finds them between batches.
final class CommandMailbox: @unchecked Sendable {
    // Unchecked: `condition` guards every stored variable.
    private let condition = NSCondition()
    private var commands: [TrainerCommand] = []
    private var stopReason: RunEndReason?
    /// Far more than anybody asks for during a batch; what comes beyond it is a fault and left out.
    private static let mostCommands = 10_000

    func post(_ command: TrainerCommand) {
        condition.lock()
        if command == .stop {
            stopReason = stopReason ?? .stopped
        } else if commands.count < Self.mostCommands {
            commands.append(command)
        }
        condition.broadcast()
        condition.unlock()
    }

    /// Asks for the end of the run with a reason of its own, such as a signal.
    func requestStop(_ reason: RunEndReason) {
        condition.lock()
        stopReason = stopReason ?? reason
        condition.broadcast()
        condition.unlock()
    }

    /// Why the run should end, if it should. Never waits; any thread.
    var stopRequest: RunEndReason? {
        condition.lock()
        defer { condition.unlock() }
        return stopReason
    }

    /// The oldest command, or nil; with `waiting`, waits for one or for a request to stop.
    func next(waiting: Bool) -> TrainerCommand? {
        condition.lock()
        defer { condition.unlock() }
        while waiting && commands.isEmpty && stopReason == nil { condition.wait() }
        return stopReason != nil || commands.isEmpty ? nil : commands.removeFirst()
    }

    /// Takes the oldest command like `command` out of turn, if there is one. Never waits.
    func take(_ command: TrainerCommand) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard let index = commands.firstIndex(of: command) else { return false }
        commands.remove(at: index)
        return true
    }
}
