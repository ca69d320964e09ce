import Basics
import Canvas
import Dashboard
import Exports
import Foundation
import Photos
import Recipes
import Runs
import Store

/// Does the dashboard's background work, such as disk access and anything longer than a frame, on a
/// serial queue, so that the screen never waits for it.
final class Errands: @unchecked Sendable {
    // Unchecked because `lock` guards the answers and everything else is immutable.
    private let home: String
    private let queue = DispatchQueue(label: "errands")
    private let lock = NSLock()
    private var answers: [DashboardAction] = []

    /// Runs that are listed at once, and of more the number listed first.
    private static let (mostAtOnce, firstRuns) = (500, 200)

    init(home: String) { self.home = home }

    func takeAnswers() -> [DashboardAction] {
        lock.withLock {
            defer { answers.removeAll() }
            return answers
        }
    }

    /// Lists the runs; in a home with many, the newest first and then all.
    func listRuns() {
        queue.async { [self] in
            do {
                let store = try RunStore(home: home, .reading)
                if RunFolder.ids(home: home).count > Self.mostAtOnce {
                    answer(.runsListed(try store.list(newest: Self.firstRuns), problem: nil))
                }
                answer(.runsListed(try store.list(), problem: nil))
            } catch {
                answer(.runsListed([], problem: UserError(error)))
            }
        }
    }

    func loadCurves(_ runs: [String]) {
        queue.async { [self] in
            if let curves = try? RunStore(home: home, .reading).accuracies(of: runs) {
                answer(.curvesLoaded(curves))
            }
        }
    }

    /// Sets a run's note and tags, and lists the runs again.
    func annotate(_ run: String, note: String, tags: [String]) {
        queue.async { [self] in
            do {
                let store = try RunStore(home: home)
                let old = try store.show(run).run.tags
                try store.setNote(note, of: run)
                try store.tag(run, add: tags, remove: old.filter { !tags.contains($0) })
            } catch {
                answer(.errandFailed(UserError(error)))
            }
        }
        listRuns()
    }

    func branch(_ run: String, from choice: CheckpointChoice, _ changes: RunChanges) {
        queue.async { [self] in
            do {
                let folder = try RunFolder.find(home: home, id: run)
                let name = try folder.checkpoint(choice).name
                let branch = try folder.branch(from: name, changes, in: RunStore(home: home))
                answer(.branched(branch.id, problem: nil))
            } catch {
                answer(.branched(nil, problem: UserError(error)))
            }
        }
    }

    func exportWeights(_ run: String, _ choice: CheckpointChoice, to path: String, replacing: Bool) {
        perform(
            writing: path, again: .exportWeights(run: run, choice, path: path, replacing: true)
        ) { [home] in
            try ExportFile.check(path, replacing: replacing)
            let saved = try RunFolder.find(home: home, id: run).checkpoint(choice)
            let checkpoint = try Checkpoint.load(saved.path).withoutMoments
            if let format = NetworkFormat(fileName: path) {
                try ExportFile.write(
                    format.encode(ExportGraph(checkpoint)), to: path, replacing: replacing)
            } else {
                _ = try checkpoint.export(to: path, replacing: replacing)
            }
        }
    }

    /// Does work that writes a file, and tells that it is written, or that a file is there already,
    /// which `again` replaces.
    func perform(writing path: String, again: Effect, _ work: @escaping @Sendable () throws -> Void) {
        queue.async { [self] in
            do {
                try work()
                answer(.wrote(path))
            } catch FileFailure.alreadyThere {
                answer(.fileIsThere(path, again: again))
            } catch {
                answer(.errandFailed(UserError(error)))
            }
        }
    }

    /// Deletes runs, after everything else. Waits for it.
    ///
    /// - Returns: the errors of those that are not deleted.
    func delete(_ runs: [String]) -> [UserError] {
        if runs.isEmpty { return [] }
        return queue.sync {
            runs.compactMap { run in
                do {
                    try RunStore(home: home).delete(run)
                    return nil
                } catch {
                    return UserError(error)
                }
            }
        }
    }

    func listCheckpoints(run: String) {
        queue.async { [self] in
            let saved = (try? RunFolder.find(home: home, id: run).checkpoints) ?? []
            let entries = saved.map { CheckpointEntry(name: $0.name, place: RunPlace($0.header.progress)) }
            answer(.checkpointsListed(entries, run: run))
        }
    }

    /// - Parameter classes: the current run's classes; predictions for other classes are dropped.
    func loadGhost(_ run: String, classes: [String]?) {
        queue.async { [self] in
            do {
                let folder = try RunFolder.find(home: home, id: run)
                let batchSize = try folder.loadRecipe().batchSize
                var ghost = GhostRun(
                    name: folder.id, events: EventLog.read(folder.events), batchSize: batchSize)
                ghost.predictions = try? PredictionHistory(run: folder, classes: classes)
                answer(.ghostLoaded(ghost, problem: nil))
            } catch {
                answer(.ghostLoaded(nil, problem: UserError(error)))
            }
        }
    }

    func inspect(_ set: PredictionSet, classes: Int) {
        queue.async { [self] in answer(.inspected(PredictionInspection(set, classes: classes))) }
    }

    func loadNotes(run: String) {
        queue.async { [self] in
            if let notes = try? RunStore(home: home, .reading).photoNotes(of: run) {
                answer(.notesLoaded(notes, run: run))
            }
        }
    }

    func keep(_ note: PhotoNote, file: PhotoPath, run: String) {
        queue.async { [self] in
            do { try RunStore(home: home).set(note, ofPhoto: file, in: run) } catch {
                answer(.errandFailed(UserError(error)))
            }
        }
    }

    func loadPhoto(_ path: String, side: Int) {
        queue.async { [self] in
            do {
                if let status = PathText.status(path), status.st_mode & S_IFMT == S_IFDIR {
                    var search = PhotoSearch()
                    try search.add(path)
                    return answer(.photosFound(folder: path, search.files, problem: nil))
                }
                answer(.photoLoaded(path, try RGBImage(file: path).asSeen(size: side), problem: nil))
            } catch {
                answer(.photoLoaded(path, nil, problem: UserError(error)))
            }
        }
    }

    func completePath(_ typed: String) {
        queue.async { [self] in
            answer(.pathCompleted(typed: typed, PhotoPathCompletion(typed)))
        }
    }

    /// Saves a picture in the working folder.
    func save(_ svg: String, named name: String) {
        queue.async { [self] in
            do {
                answer(
                    .screenSaved(
                        try ExportFile.writeNew(
                            Data(svg.utf8), named: name, type: "svg",
                            in: FileManager.default.currentDirectoryPath)))
            } catch { answer(.errandFailed(UserError(error))) }
        }
    }

    private func answer(_ action: DashboardAction) { lock.withLock { answers.append(action) } }
}

/// The view settings, as `dashboard.json` in the home folder.
final class PreferencesFile {
    private let path: String

    init(home: String) { path = home + "/dashboard.json" }

    /// Returns the saved settings, or the defaults if there are none or they cannot be read: they
    /// are not worth an error.
    func load() -> DashboardPreferences {
        (try? BoundedFile.read(path, limit: 1 << 20))
            .flatMap { try? JSONDecoder().decode(DashboardPreferences.self, from: $0) }
            ?? DashboardPreferences()
    }

    /// Saves the settings. Failures are ignored.
    func save(_ preferences: DashboardPreferences) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        if let data = try? encoder.encode(preferences) {
            try? data.write(to: URL(fileURLWithPath: path), options: .atomic)
        }
    }
}
