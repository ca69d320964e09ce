import Foundation
import GRDB
import Photos
import TestSupport
import Testing

@testable import Basics
@testable import Recipes
@testable import Runs
@testable import Store

/// Databases that contradict themselves, or would compute what they are asked for.
@Suite struct HostileStoreTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func alter(_ home: String, _ sql: String) throws {
        try DatabaseQueue(path: home + "/runs.sqlite").write { try $0.execute(sql: sql) }
    }

    /// A database with triggers, views, generated columns or virtual tables, or without our
    /// migrations, is refused.
    @Test(arguments: [
        "CREATE TRIGGER t AFTER UPDATE ON runs BEGIN DELETE FROM runs; END",
        "DROP TABLE epochs; CREATE VIEW epochs AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n",
        "DROP TABLE tags; CREATE TABLE tags (run TEXT, tag TEXT GENERATED ALWAYS AS (hex(zeroblob(400000000))))",
        "DROP TABLE tags; CREATE VIRTUAL TABLE tags USING fts5(run, tag)",
        "DROP TABLE grdb_migrations; CREATE TABLE grdb_migrations (identifier); INSERT INTO grdb_migrations VALUES (NULL)",
        "DROP TABLE grdb_migrations",
    ]) func storesThatAreNoneAreRefused(change: String) throws {
        let home = folder.path + "/home"
        _ = try RunStore(home: home)
        try alter(home, change)
        let refused = userErrorMessage { _ = try RunStore(home: home).list() }
        #expect(
            refused.contains("runs.sqlite is no run store") || refused.contains("runs.sqlite cannot be used"),
            "\(refused)")
    }

    @Test(arguments: ["", "-wal", "-shm", "-journal"]) func aPipeInTheStoresPlaceIsNotOpened(suffix: String)
        throws
    {
        let home = folder.path + "/home"
        _ = try RunStore(home: home)
        for name in ["-wal", "-shm", suffix] { unlink(home + "/runs.sqlite" + name) }
        #expect(mkfifo(home + "/runs.sqlite" + suffix, 0o600) == 0)
        #expect(userErrorMessage { _ = try RunStore(home: home) }.contains("is no run store"))
    }

    /// SQLite lets any column hold any type. A run with an invalid row is read from its folder
    /// instead; invalid rows of other tables are skipped.
    @Test func rowsThatCannotBeMeantAreMadeAnewOrLeftOut() throws {
        let photos = try TinyPhotos()
        let (reason, _) = try run(photos)
        #expect(reason == .finished)
        let before = try RunStore(home: photos.home).show("1")
        for change in [
            "created = 'never'", "created = 1e300", "status = 7", "configuration = x'00'", "seed = 'seed'",
            "epochs = -1", "data = 1, weights = 2",
        ] {
            try alter(photos.home, "UPDATE runs SET \(change), note = x'ff', ended = 'x'")
            let store = try RunStore(home: photos.home)
            #expect(try store.list().map(\.run) == ["0001"], "\(change)")
            #expect(try store.show("1").epochs == before.epochs, "\(change)")
            _ = try store.list().map { try $0.jsonLine() }
        }
        try alter(
            photos.home,
            "UPDATE epochs SET stage = x'00' WHERE epoch = 0; UPDATE epochs SET epoch = 1e300 WHERE epoch = 1"
        )
        try alter(
            photos.home,
            "UPDATE epochs SET train_seconds = 1e300 WHERE epoch = 2; UPDATE events SET event = x'00', time = 'x'"
        )
        try alter(
            photos.home,
            "INSERT INTO photo_notes VALUES ('0001', x'00', 'x', 7), ('0001', 'a.jpg', 'x', x'ff')")
        let store = try RunStore(home: photos.home)
        #expect(try store.show("1").epochs.map(\.epoch) == [3])
        #expect(try store.photoNotes(of: "1")["a.jpg"]?.isMarked == false)
        try store.synchronize("0001", with: [LoggedEvent(.warning(.init(message: "sound")))])
        #expect(try store.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM events") } == 1)
    }
}
