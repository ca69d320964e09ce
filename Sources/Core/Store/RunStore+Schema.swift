import GRDB

extension RunStore {
    /// The schema's migrations; `docs/run-store.md` describes the result.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("runs and epochs") { db in
            try db.execute(
                sql: """
                    CREATE TABLE runs (
                        id TEXT PRIMARY KEY, status TEXT NOT NULL, created REAL NOT NULL, ended REAL,
                        data TEXT NOT NULL, weights TEXT NOT NULL, seed INTEGER NOT NULL,
                        configuration TEXT NOT NULL, epochs INTEGER NOT NULL, pid INTEGER NOT NULL,
                        host TEXT NOT NULL);
                    CREATE TABLE epochs (
                        run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, epoch INTEGER NOT NULL,
                        stage TEXT NOT NULL, train_loss REAL, train_accuracy REAL, validation_loss REAL,
                        validation_accuracy REAL, train_seconds REAL, validation_seconds REAL,
                        images_per_second REAL, PRIMARY KEY (run, epoch));
                    """)
        }
        migrator.registerMigration("events, checkpoints, notes and tags") { db in
            try db.execute(
                sql: """
                    ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT '';
                    CREATE TABLE tags (
                        run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, tag TEXT NOT NULL,
                        PRIMARY KEY (run, tag)) WITHOUT ROWID;
                    CREATE TABLE events (
                        run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, number INTEGER NOT NULL,
                        time REAL, name TEXT NOT NULL, epoch INTEGER, step INTEGER, event TEXT NOT NULL,
                        PRIMARY KEY (run, number)) WITHOUT ROWID;
                    CREATE VIEW commands AS
                        SELECT run, number, time, epoch, step, event ->> '$.command' AS command,
                            event ->> '$.by' AS origin, event ->> '$.before' AS before, event ->> '$.after' AS after
                        FROM events WHERE name = 'command_applied';
                    CREATE TABLE checkpoints (
                        run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, file TEXT NOT NULL,
                        time REAL, epoch INTEGER NOT NULL, step INTEGER NOT NULL,
                        PRIMARY KEY (run, file)) WITHOUT ROWID;
                    CREATE TABLE photo_notes (
                        run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, file TEXT NOT NULL,
                        is_marked INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (run, file)) WITHOUT ROWID;
                    """)
        }
        return migrator
    }
}
