import Basics
import Foundation
import GRDB
package import Recipes
package import Runs

/// Runs and their epochs, as the store has them.
extension RunStore {
    /// Returns all runs that have a folder, by id.
    package func list() throws -> [RunRecord] {
        let folders = RunFolder.ids(home: home)
        let records = try records(of: folders)
        let known = Set(records.map(\.run))
        let adopted = try folders.filter { try !known.contains($0) && adopt($0) }
        return adopted.isEmpty ? records : try self.records(of: folders)
    }

    /// Returns the newest runs, by id, without looking for folders that the store does not know.
    package func list(newest count: Int) throws -> [RunRecord] {
        try records(of: RunFolder.ids(home: home).suffix(count))
    }

    /// Returns the validation accuracies of runs, epoch by epoch.
    package func accuracies(of runs: [String]) throws -> [String: [Double]] {
        try read { db in
            var result: [String: [Double]] = [:]
            for run in runs {
                let values = try Row.fetchAll(
                    db,
                    sql:
                        "SELECT validation_accuracy FROM epochs WHERE run = ? ORDER BY epoch LIMIT \(Self.mostRows)",
                    arguments: [run])
                result[run] = values.map { $0.value("validation_accuracy") ?? .nan }
            }
            return result
        }
    }

    /// Returns the store's records of the runs with the given folders.
    private func records(of folders: some Collection<String>) throws -> [RunRecord] {
        guard let first = folders.first else { return [] }
        let wanted = Set(folders)
        // The ids are in ascending order, so those from the first on are few if the first is new.
        let range =
            folders.count == 1
            ? " WHERE runs.id = :id" : " WHERE CAST(runs.id AS INTEGER) >= CAST(:id AS INTEGER)"
        return try read { db in
            let rows = try Row.fetchCursor(
                db, sql: Self.selection + range + " ORDER BY CAST(runs.id AS INTEGER) LIMIT \(Self.mostRows)",
                arguments: ["id": first])
            var records: [RunRecord] = []
            while let row = try rows.next() {
                if let record = record(row), wanted.contains(record.run) { records.append(record) }
            }
            return records
        }
    }

    /// Returns a run and its epochs, in order.
    ///
    /// - Throws: `RunFailure` if there is no such run.
    package func show(_ id: String) throws -> (run: RunRecord, epochs: [TrainerEvent.EpochEnded]) {
        let folder = try RunFolder.find(home: home, id: id)
        guard
            let run = try records(of: [folder.id]).first
                ?? (adopt(folder.id) ? records(of: [folder.id]).first : nil)
        else {
            throw RunFailure.neverBegan(folder.id)
        }
        let epochs = try read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM epochs WHERE run = ? ORDER BY epoch LIMIT \(Self.mostRows)",
                arguments: [folder.id])
        }
        return (run, epochs.compactMap(Self.epoch))
    }

    /// Selects a run's columns and those derived from its epochs and tags. The best epochs are those of
    /// `RunTimeline`; 9e999 is infinity, and NaN is stored as NULL, which no comparison accepts.
    private static let selection = """
        SELECT runs.*,
            (SELECT COUNT(*) FROM epochs WHERE run = runs.id) AS epochs_done,
            (SELECT CASE WHEN json_valid(event) THEN event ->> '$.validation_images' END FROM events
                WHERE run = runs.id AND name = 'run_started' ORDER BY number LIMIT 1) AS validation_images,
            (SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE run = runs.id ORDER BY tag)) AS tag_list,
            best.epoch AS best_epoch, best.validation_loss AS best_loss, best.validation_accuracy AS best_accuracy,
            top.epoch AS top_epoch, top.validation_accuracy AS top_accuracy,
            last.validation_loss AS last_loss, last.validation_accuracy AS last_accuracy
        FROM runs
        LEFT JOIN epochs AS best ON best.run = runs.id AND best.epoch =
            (SELECT epoch FROM epochs WHERE run = runs.id AND validation_loss < 9e999
                ORDER BY validation_loss, epoch LIMIT 1)
        LEFT JOIN epochs AS top ON top.run = runs.id AND top.epoch =
            (SELECT epoch FROM epochs WHERE run = runs.id AND validation_loss < 9e999
                ORDER BY validation_accuracy DESC, validation_loss, epoch LIMIT 1)
        LEFT JOIN epochs AS last ON last.run = runs.id AND last.epoch =
            (SELECT MAX(epoch) FROM epochs WHERE run = runs.id)
        """

    /// Returns nil for a row with missing or impossible values.
    private func record(_ row: Row) -> RunRecord? {
        guard let id: String = row.value("id"), var status = row.value("status").flatMap(RunStatus.init),
            let created: Double = row.value("created"), Plausibility.times.contains(created),
            let data: String = row.value("data"), let weights: String = row.value("weights"),
            let seed: Int64 = row.value("seed"), let text: String = row.value("configuration"),
            let recipe = try? Checkpoint.Header.decoder().decode(
                Recipe.self, from: Data(text.utf8)),
            recipe.isPlausible, let epochs: Int = row.value("epochs"),
            Plausibility.counts.contains(epochs)
        else { return nil }
        let ended: Double? = row.value("ended").flatMap { Plausibility.times.contains($0) ? $0 : nil }
        let best: Int? = row.value("best_epoch").flatMap { Plausibility.epochs.contains($0) ? $0 : nil }
        if status == .running, (try? RunFolder.find(home: home, id: id).isHeld) != true {
            status = .interrupted
        }
        return RunRecord(
            run: id, status: status, created: Date(timeIntervalSince1970: created),
            ended: ended.map(Date.init(timeIntervalSince1970:)), data: data, weights: weights,
            seed: UInt64(bitPattern: seed),
            recipe: recipe, epochsDone: row.value("epochs_done") ?? 0, epochs: epochs,
            bestEpoch: best,
            bestValidationLoss: row.value("best_loss"), bestValidationAccuracy: row.value("best_accuracy"),
            mostAccurateEpoch: row.value("top_epoch").flatMap { Plausibility.epochs.contains($0) ? $0 : nil },
            highestValidationAccuracy: row.value("top_accuracy"),
            lastValidationLoss: row.value("last_loss"), lastValidationAccuracy: row.value("last_accuracy"),
            validationImages: row.value("validation_images").flatMap {
                Plausibility.counts.contains($0) ? $0 : nil
            },
            pid: row.value("pid") ?? 0, host: row.value("host") ?? "", note: row.value("note") ?? "",
            tags: (try? JSONDecoder().decode([String].self, from: Data((row.value("tag_list") ?? "").utf8)))
                ?? [])
    }

    private static func epoch(_ row: Row) -> TrainerEvent.EpochEnded? {
        // SQLite stores NaN as NULL.
        func number(_ column: String) -> Double { row.value(column) ?? .nan }
        guard let index: Int = row.value("epoch"),
            let stage = row.value("stage").flatMap(Stage.init(rawValue:))
        else { return nil }
        let epoch = TrainerEvent.EpochEnded(
            epoch: index, stage: stage, trainLoss: number("train_loss"),
            trainAccuracy: number("train_accuracy"),
            validationLoss: number("validation_loss"), validationAccuracy: number("validation_accuracy"),
            trainSeconds: number("train_seconds"), validationSeconds: number("validation_seconds"),
            imagesPerSecond: number("images_per_second"))
        return epoch.isPlausible ? epoch : nil
    }
}
