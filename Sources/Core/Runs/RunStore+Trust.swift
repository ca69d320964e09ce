import GRDB
import GRDBSQLite

/// A store may come from elsewhere: it is looked at before it is asked, and what it holds is taken for what it may be.
extension RunStore {
    /// Bytes of the longest value that SQLite reads or writes.
    private static let longestValue: Int32 = 16 << 20
    /// Most rows of one answer.
    static let mostRows = 1_000_000

    /// Tables that are asked for.
    private static let tables: Set = [
        "runs", "epochs", "events", "checkpoints", "tags", "photo_notes", "grdb_migrations",
    ]

    /// Bounds what a connection does for a file's sake.
    static func restrict(_ db: Database) throws {
        _ = sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, longestValue)
        try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
    }

    /// Whether the tables only hold rows: a view in a table's place, a computed column or a trigger could reckon
    /// without end.
    static func isPlain(_ db: Database) throws -> Bool {
        let rows = try Row.fetchCursor(db, sql: "SELECT type, name, sql FROM sqlite_master LIMIT \(mostRows)")
        while let row = try rows.next() {
            let type = row.value("type") ?? ""
            if type == "trigger" { return false }
            guard let name: String = row.value("name"), tables.contains(name.lowercased()) else { continue }
            let words = (row.value("sql") ?? "").uppercased().split {
                !$0.isLetter && !$0.isNumber && $0 != "_"
            }
            if type != "table" || !words.starts(with: ["CREATE", "TABLE"]) || words.contains("AS") {
                return false
            }
        }
        return true
    }
}

extension Row {
    /// What a column holds, if that can be a `Value`. SQLite lets every column hold every type, and GRDB's subscripts end
    /// the process at a wrong one.
    func value<Value: DatabaseValueConvertible>(_ column: String) -> Value? {
        try? decode(Value.self, forColumn: column)
    }
}
