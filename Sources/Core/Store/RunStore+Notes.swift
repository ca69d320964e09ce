import Basics
import GRDB
package import Photos
package import Runs

/// Notes and tags that people add.
extension RunStore {
    /// Greatest length of a note and of a tag, in characters.
    package static let noteLimit = 10_000
    package static let tagLimit = 64

    /// Sets a run's note; an empty text removes it.
    ///
    /// - Throws: `RunFailure` if there is no such run, `RunStoreFailure` if the note is too long.
    package func setNote(_ text: String, of id: String) throws {
        try requireKept()
        let run = try knownRun(id)
        guard text.count <= Self.noteLimit else {
            throw RunStoreFailure.longNote(characters: text.count, most: Self.noteLimit)
        }
        try write { try $0.execute(sql: "UPDATE runs SET note = ? WHERE id = ?", arguments: [text, run]) }
    }

    /// Adds and removes tags of a run.
    ///
    /// - Throws: `RunFailure` if there is no such run; `RunStoreFailure` if a tag to add is empty, too long or
    ///   contains a control character.
    package func tag(_ id: String, add: [String] = [], remove: [String] = []) throws {
        try requireKept()
        let run = try knownRun(id)
        for tag in add {
            guard !tag.isEmpty, tag.count <= Self.tagLimit,
                !tag.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
            else {
                throw RunStoreFailure.unusableTag(String(tag.prefix(80)), most: Self.tagLimit)
            }
        }
        try write { db in
            for tag in remove {
                try db.execute(sql: "DELETE FROM tags WHERE run = ? AND tag = ?", arguments: [run, tag])
            }
            for tag in add {
                try db.execute(sql: "INSERT OR IGNORE INTO tags VALUES (?, ?)", arguments: [run, tag])
            }
        }
    }

    /// Returns the notes on a run's photos by file, relative to the photo folder.
    ///
    /// - Throws: `RunFailure` if there is no such run.
    package func photoNotes(of id: String) throws -> [PhotoPath: PhotoNote] {
        let run = try RunFolder.find(home: home, id: id).id
        let rows = try read {
            try Row.fetchAll(
                $0, sql: "SELECT file, is_marked, note FROM photo_notes WHERE run = ? LIMIT \(Self.mostRows)",
                arguments: [run])
        }
        return rows.reduce(into: [:]) { notes, row in
            guard let file: String = row.value("file") else { return }
            notes[PhotoPath(file)] = PhotoNote(
                isMarked: row.value("is_marked") ?? false, text: row.value("note") ?? "")
        }
    }

    /// Sets the note on a photo, a path relative to the photo folder; an empty note removes it. The
    /// text is cut to `noteLimit`.
    package func set(_ note: PhotoNote, ofPhoto file: PhotoPath, in id: String) throws {
        try requireKept()
        let run = try RunFolder.find(home: home, id: id).id
        try write { db in
            if note.isEmpty {
                try db.execute(
                    sql: "DELETE FROM photo_notes WHERE run = ? AND file = ?", arguments: [run, file.text])
            } else {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO photo_notes VALUES (?, ?, ?, ?)",
                    arguments: [run, file.text, note.isMarked, String(note.text.prefix(Self.noteLimit))])
            }
        }
    }

    /// Returns the complete id of a run that has begun.
    private func knownRun(_ id: String) throws -> String { try show(id).run.run }
}
