import Foundation
import Ranks
import Recipes

/// The commands and the request to stop as every rank of a job sees them: those that have reached the
/// first rank, at the same point of the run on all.
final class AgreedCommands {
    private let mailbox: CommandMailbox
    private let ranks: RankGroup?
    private var commands: [TrainerCommand] = []
    private var agreedStop: RunEndReason?

    /// - Parameter ranks: nil for this process alone, which reads the mailbox itself.
    init(_ mailbox: CommandMailbox, _ ranks: RankGroup?) { (self.mailbox, self.ranks) = (mailbox, ranks) }

    /// The commands that the first rank has found in its mailbox.
    private struct Bulletin: Codable {
        var stop: RunEndReason?
        var commands: [TrainerCommand] = []
    }

    /// The reason to end the run, as of the last exchange.
    var stopRequest: RunEndReason? { ranks == nil ? mailbox.stopRequest : agreedStop }

    /// Returns the next command; nil if there is none. Waits as `CommandMailbox.next` does.
    func next(waiting: Bool) -> TrainerCommand? {
        guard let ranks else { return mailbox.next(waiting: waiting) }
        if agreedStop != nil { return nil }
        if commands.isEmpty {
            var bulletin = Bulletin()
            if ranks.isFirst {
                var next = mailbox.next(waiting: waiting)
                while let command = next {
                    bulletin.commands.append(command)
                    next = mailbox.next(waiting: false)
                }
            }
            exchange(bulletin)
        }
        return agreedStop != nil || commands.isEmpty ? nil : commands.removeFirst()
    }

    /// Lets all ranks know whether the run is to end.
    func agreeOnStop() { exchange(Bulletin()) }

    /// Whether a sweep is to end, because the run does or because it was cancelled.
    func duringSweep() -> (stops: Bool, cancels: Bool) {
        guard let ranks else { return (mailbox.stopRequest != nil, mailbox.take(.cancelSweep)) }
        if let index = commands.firstIndex(of: .cancelSweep) {
            commands.remove(at: index)
            return (false, true)
        }
        var answer = Data([0, 0])
        if ranks.isFirst {
            answer = Data([mailbox.stopRequest == nil ? 0 : 1, mailbox.take(.cancelSweep) ? 1 : 0])
        }
        answer = ranks.broadcast(answer)
        return (ranks.failure != nil || answer.first == 1, answer.last == 1)
    }

    private func exchange(_ bulletin: Bulletin) {
        guard let ranks else { return }
        var bulletin = bulletin
        bulletin.stop = ranks.isFirst ? mailbox.stopRequest : nil
        let own = ranks.isFirst ? (try? JSONEncoder().encode(bulletin)) ?? Data() : Data()
        guard let agreed = try? JSONDecoder().decode(Bulletin.self, from: ranks.broadcast(own)) else {
            return
        }
        agreedStop = agreed.stop
        commands += agreed.commands
    }
}
