import Basics
import Foundation
import GRDB
package import Recipes
package import Runs

/// All runs of a home folder with their events, metrics, checkpoints, notes and tags, in
/// `<home>/runs.sqlite` (`docs/run-store.md`).
///
/// Several processes and threads may use one home at the same time: SQLite keeps a write-ahead log
/// and waits for other writers. The runs' folders hold everything in the store except notes and
/// tags, so a lost store is rebuilt from them.
package final class RunStore: Sendable {
    /// Purpose of opening the store.
    package enum Access: Sendable {
        /// Looking at runs; the home need not be writable, nor exist.
        case reading
        case writing
    }

    let home: String
    private let database: any DatabaseWriter
    private let kind: StoreFile.Kind
    /// The failure that keeps the store itself from being used here; nil if there is none.
    package let warning: RunStoreFailure?

    /// Whether the store is gathered from the runs' folders and forgotten afterwards.
    var isTemporary: Bool { kind == .folders }

    /// Opens the store and creates it if necessary.
    ///
    /// - Throws: `FileFailure` if the home must be written and cannot be, `RunStoreFailure` if the database is
    ///   damaged or not a run store.
    package init(home: String, _ access: Access = .writing) throws {
        Places.noteHome(home)
        if access == .writing { try Home.prepare(home) }
        self.home = home
        let path = home + "/runs.sqlite"
        for suffix in ["", "-wal", "-shm", "-journal"] where !BoundedFile.isFileOrMissing(path + suffix) {
            throw RunStoreFailure.foreign(path + suffix)
        }
        do {
            let file = try StoreFile(home: home, access)
            (database, kind, warning) = (file.database, file.kind, file.warning)
            guard try database.read(Self.isPlain) else { throw RunStoreFailure.foreign(path) }
            try Self.migrator.migrate(database)
            if access == .writing, kind == .kept { try settleRemovals() }
        } catch {
            throw Self.failure(error, path)
        }
    }

    /// Records that this process is training the run; the caller must hold the run's lock. A
    /// resumed run keeps its time of creation and its epochs.
    package func begin(_ folder: RunFolder, _ recipe: Recipe, data: String, weights: String)
        throws
    {
        let text = String(decoding: try Checkpoint.Header.encoder().encode(recipe), as: UTF8.self)
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO runs (id, status, created, data, weights, seed, configuration, epochs, pid, host)
                    VALUES (:id, 'running', :now, :data, :weights, :seed, :configuration, :epochs, :pid, :host)
                    ON CONFLICT (id) DO UPDATE SET status = 'running', ended = NULL, data = :data,
                        weights = :weights, seed = :seed, configuration = :configuration, epochs = :epochs,
                        pid = :pid, host = :host
                    """,
                arguments: [
                    "id": folder.id, "now": Date().timeIntervalSince1970, "data": data, "weights": weights,
                    // SQLite's integers are signed; the seed is stored as its bit pattern.
                    "seed": Int64(bitPattern: recipe.seed), "configuration": text,
                    "epochs": recipe.totalEpochs, "pid": Int(getpid()),
                    "host": ProcessInfo.processInfo.hostName,
                ])
        }
    }

    /// Inserts an epoch's metrics and removes those of the same and later epochs from before a
    /// resume.
    static func insert(_ epoch: TrainerEvent.EpochEnded, _ run: String, _ db: Database) throws {
        try db.execute(sql: "DELETE FROM epochs WHERE run = ? AND epoch >= ?", arguments: [run, epoch.epoch])
        try db.execute(
            sql: "INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                run, epoch.epoch, epoch.stage.rawValue, epoch.trainLoss, epoch.trainAccuracy,
                epoch.validationLoss, epoch.validationAccuracy, epoch.trainSeconds, epoch.validationSeconds,
                epoch.imagesPerSecond,
            ])
    }

    /// Records how a run ended.
    package func end(_ run: String, _ reason: RunEndReason) throws {
        try write { db in
            try db.execute(
                sql: "UPDATE runs SET status = ?, ended = ? WHERE id = ?",
                arguments: [reason.rawValue, Date().timeIntervalSince1970, run])
        }
    }

    /// Removes a run: its folder and its rows.
    ///
    /// - Throws: `RunFailure` if there is no such run, or a process is training it.
    package func delete(_ id: String) throws {
        let folder = try RunFolder.find(home: home, id: id)
        try withExtendedLifetime(folder.acquire()) {
            let removal = try RunRemoval(folder)
            do {
                try write { try $0.execute(sql: "DELETE FROM runs WHERE id = ?", arguments: [folder.id]) }
            } catch {
                removal.undo()
                throw error
            }
            try removal.finish()
        }
    }

    /// Settles deletions that a process began and did not live to end: a run that the store still lists
    /// comes back, any other goes.
    private func settleRemovals() throws {
        let removals = RunRemoval.interrupted(home: home)
        guard !removals.isEmpty else { return }
        let listed = try database.read { Set(try String.fetchAll($0, sql: "SELECT id FROM runs")) }
        for removal in removals {
            if listed.contains(removal.folder.id) { removal.undo() } else { try? removal.finish() }
        }
    }

    /// - Throws: `RunStoreFailure` if what people write about runs would not be kept.
    func requireKept() throws {
        if kind != .kept {
            throw warning ?? .notKept(home + "/runs.sqlite")
        }
    }
}

extension RunStore {
    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do { return try database.read(body) } catch { throw Self.failure(error, home + "/runs.sqlite") }
    }

    func write(_ body: (Database) throws -> Void) throws {
        do { try database.write(body) } catch { throw Self.failure(error, home + "/runs.sqlite") }
    }

    private static func failure(_ error: any Error, _ path: String) -> any Error {
        if error is RowDecodingError { return RunStoreFailure.foreign(path) }
        guard let error = error as? DatabaseError else { return error }
        return switch error.resultCode {
        case .SQLITE_FULL: AtomicFile.failure(path, ENOSPC)
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
            RunStoreFailure.cannotBeWritten(path)
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            RunStoreFailure.damaged(path)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            RunStoreFailure.busy(path)
        default:
            RunStoreFailure.unusable(
                path, reason: error.message ?? "SQLite error \(error.resultCode.rawValue)")
        }
    }
}
