import Foundation
import GRDB
package import Recipes
import Runs

/// Events of runs in the store: the contents of `events.jsonl`, for queries in SQL.
extension RunStore {
    /// One event of a run.
    struct StoredEvent: Sendable {
        /// Position in the run's log, from 0.
        var number: Int
        /// Time of recording in seconds since 1970; nil for events copied from a log.
        var time: Double?
        var event: TrainerEvent
    }

    /// Appends events of a run that has begun, in one transaction, with the metrics of the epochs
    /// that ended, and updates its checkpoints if the events mention any.
    func append(_ events: [StoredEvent], to run: String) throws {
        // Nobody would read them, and they would fill the memory.
        if isTemporary { return }
        let rows = try events.map { (stored: $0, line: try $0.event.jsonLine()) }
        try write { db in
            let statement = try db.cachedStatement(sql: Self.insertion)
            for row in rows {
                try statement.execute(arguments: Self.arguments(row.stored, row.line, run))
                if case .epochEnded(let epoch) = row.stored.event { try Self.insert(epoch, run, db) }
            }
        }
        if events.contains(where: { if case .checkpointSaved = $0.event { true } else { false } }) {
            try mirrorCheckpoints(of: run)
        }
    }

    /// Replaces the run's events, epochs and checkpoints in the store by those of `log` and the
    /// run's folder, as after a checkpoint was restored. Events that remain keep their time.
    package func synchronize(_ run: String, with log: [LoggedEvent]) throws {
        let lines = try log.map { try $0.event.jsonLine() }
        try write { db in
            var times: [String: Double] = [:]
            let known = try Row.fetchCursor(
                db, sql: "SELECT event, time FROM events WHERE run = ? LIMIT \(Self.mostRows)",
                arguments: [run])
            while let row = try known.next() {
                if let line: String = row.value("event"), times[line] == nil {
                    times[line] = row.value("time")
                }
            }
            try db.execute(sql: "DELETE FROM events WHERE run = ?", arguments: [run])
            try db.execute(sql: "DELETE FROM epochs WHERE run = ?", arguments: [run])
            let statement = try db.cachedStatement(sql: Self.insertion)
            for (number, (entry, line)) in zip(log, lines).enumerated() {
                if case .epochEnded(let epoch) = entry.event { try Self.insert(epoch, run, db) }
                if isTemporary { continue }
                let stored = StoredEvent(
                    number: number, time: entry.time ?? times[line], event: entry.event)
                try statement.execute(arguments: Self.arguments(stored, line, run))
            }
        }
        try mirrorCheckpoints(of: run)
    }

    private static let insertion = "INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?, ?)"

    private static func arguments(_ stored: StoredEvent, _ line: String, _ run: String) -> StatementArguments
    {
        let place = stored.event.place
        return [run, stored.number, stored.time, stored.event.name, place?.epoch, place?.step, line]
    }

    // MARK: Checkpoints

    /// Replaces the run's checkpoints in the store by those in its folder.
    func mirrorCheckpoints(of run: String) throws {
        let folder = try RunFolder.find(home: home, id: run)
        let saved = folder.checkpoints.map { (checkpoint: $0, time: Self.changed($0.path)) }
        try write { db in
            try db.execute(sql: "DELETE FROM checkpoints WHERE run = ?", arguments: [run])
            for (checkpoint, time) in saved {
                let progress = checkpoint.header.progress
                try db.execute(
                    sql: "INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?)",
                    arguments: [
                        run, checkpoint.path.dropFirst(folder.path.count + 1).description, time,
                        progress.epoch, progress.step,
                    ])
            }
        }
    }

    /// Returns the time of a file's last change in seconds since 1970; nil if there is no file.
    private static func changed(_ path: String) -> Double? {
        (try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date)?
            .timeIntervalSince1970
    }

    // MARK: Folders that the store does not know

    /// Adds a run that the store does not know, as after the store was lost or damaged, from the
    /// files in its folder.
    ///
    /// - Returns: whether there was such a run.
    func adopt(_ id: String) throws -> Bool {
        guard let folder = try? RunFolder.find(home: home, id: id), isTemporary || !folder.isHeld,
            let recipe = try? folder.loadRecipe()
        else { return false }
        let log = EventLog.entries(folder.events)
        // A folder whose log has no start never trained, so it is not a run yet.
        guard
            let started = log.lazy.compactMap({
                if case .runStarted(let started) = $0.event { started } else { nil }
            }).first
        else { return false }
        try begin(folder, recipe, data: started.data, weights: started.weights)
        try synchronize(folder.id, with: log)
        let end = log.last.flatMap { if case .runEnded(let end) = $0.event { end.reason } else { nil } }
        // Only a temporary store takes over a run that is being trained: nobody else records it there.
        try adopt(folder, folder.isHeld ? .running : RunStatus(rawValue: (end ?? .interrupted).rawValue))
        return true
    }

    private func adopt(_ folder: RunFolder, _ status: RunStatus?) throws {
        try write { db in
            try db.execute(
                sql: "UPDATE runs SET status = ?, created = ?, ended = ?, pid = 0, host = '' WHERE id = ?",
                arguments: [
                    (status ?? .interrupted).rawValue,
                    Self.changed(folder.configuration) ?? Date().timeIntervalSince1970,
                    Self.changed(folder.events),
                    folder.id,
                ])
        }
    }
}

extension TrainerEvent {
    /// The event's place in the run: the epoch, and the batches of it completed. Nil for an event
    /// without a place.
    var place: (epoch: Int, step: Int?)? {
        switch self {
        case .batchEnded(let batch): (batch.epoch, batch.step)
        case .epochEnded(let epoch): (epoch.epoch, nil)
        case .stageStarted(let stage): (stage.epoch, nil)
        case .commandApplied(let applied): (applied.epoch, applied.step)
        case .checkpointSaved(let saved): (saved.epoch, nil)
        case .runStarted, .warning, .runEnded: nil
        }
    }
}
