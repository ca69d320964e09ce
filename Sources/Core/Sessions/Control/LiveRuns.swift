import Basics
import Foundation
package import Recipes
package import Runs

/// The runs that some process is training now.
package enum LiveRuns {
    /// Returns all live runs, in the order of their ids.
    package static func all(home: String) -> [RunFolder] {
        RunFolder.ids(home: home).compactMap { try? RunFolder.find(home: home, id: $0) }.filter(\.isHeld)
    }

    /// Returns the run to attach to or to stop.
    ///
    /// - Parameter id: the run's id; nil for the only live run.
    /// - Throws: `RunFailure` if there is no such run; `LiveRunFailure` if `id` is nil and there is
    ///   not exactly one live run.
    package static func choose(home: String, id: String?) throws -> RunFolder {
        if let id { return try RunFolder.find(home: home, id: id) }
        let live = all(home: home)
        guard live.count <= 1 else {
            throw LiveRunFailure.severalLiveRuns(live.map(\.id))
        }
        guard let only = live.first else { throw LiveRunFailure.noLiveRun(home: home) }
        return only
    }

    /// Whether a process listens on the run's control socket.
    package static func isAttachable(_ folder: RunFolder) -> Bool {
        guard let descriptor = try? ControlSocket.connect(to: folder) else { return false }
        close(descriptor)
        return true
    }

    /// Returns the record and, if the run is being trained, notes in it whether front ends can
    /// attach.
    package static func noted(_ record: RunRecord, home: String) -> RunRecord {
        guard record.status == .running, let folder = try? RunFolder.find(home: home, id: record.run) else {
            return record
        }
        var result = record
        result.attachable = isAttachable(folder)
        return result
    }

    /// Asks the process that trains the run to save and end, and waits for it.
    ///
    /// - Returns: the way the run ended.
    /// - Throws: `LiveRunFailure` if no process trains it; `UserError` if it ended with an error.
    package static func stop(_ folder: RunFolder) throws -> RunEndReason {
        guard folder.isHeld else { throw LiveRunFailure.alreadyOver(run: folder.id) }
        guard isAttachable(folder) else { return try terminate(folder) }
        let session = try RemoteSession(folder)
        session.send(.stop)
        session.start()
        while true {
            if let result = session.result { return try result.get() }
            _ = session.drainEvents()
            usleep(20_000)
        }
    }

    /// Ends the run with a signal, for a process without a socket.
    private static func terminate(_ folder: RunFolder) throws -> RunEndReason {
        guard let holder = LockHolder(folder.lock), holder.isAlive, kill(pid_t(holder.process), SIGTERM) == 0
        else {
            throw ControlFailure.unreachable(folder.id, holder: folder.holder)
        }
        while folder.isHeld { usleep(20_000) }
        return .interrupted
    }
}
