import GRDB
import GRDBSQLite

/// Defences against a store that comes from elsewhere: it is checked before any query, and its
/// values are read as untrusted.
extension RunStore {
    /// Version of SQLite at run time, such as `3.40.1`.
    package static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    /// Longest value that SQLite reads or writes, in bytes.
    private static let longestValue: Int32 = 16 << 20
    /// Most rows returned by one query.
    static let mostRows = 1_000_000

    /// The tables that this program queries.
    private static let tables: Set = [
        "runs", "epochs", "events", "checkpoints", "tags", "photo_notes", "grdb_migrations",
    ]

    /// Limits what a database file can make a connection do.
    static func restrict(_ db: Database) throws {
        _ = sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, longestValue)
        try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
    }

    /// Whether the tables hold plain rows only. A view in place of a table, a computed column or a
    /// trigger could compute without end.
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
    /// Returns a column's value, or nil if it is not a `Value`. In SQLite any column may hold any
    /// type, and GRDB's subscripts trap on a wrong one.
    func value<Value: DatabaseValueConvertible>(_ column: String) -> Value? {
        try? decode(Value.self, forColumn: column)
    }
}
