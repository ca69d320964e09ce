import Core
import Foundation

/// What the dashboard asks of the disk, or would take longer than a frame, on a thread of its own, so that the screen never waits for it.
final class Errands: @unchecked Sendable {
    // Unchecked: `lock` guards the answers; the rest is immutable.
    private let home: String
    private let queue = DispatchQueue(label: "errands")
    private let lock = NSLock()
    private var answers: [DashboardAction] = []

    init(home: String) { self.home = home }

    func takeAnswers() -> [DashboardAction] {
        lock.withLock {
            defer { answers.removeAll() }
            return answers
        }
    }

    func listRuns() {
        queue.async { [self] in
            do {
                answer(.runsListed(try RunStore(home: home).list(), problem: nil))
            } catch {
                answer(.runsListed([], problem: "\(error)"))
            }
        }
    }

    /// - Parameter classes: those of the run that it is laid behind.
    func loadGhost(_ run: String, classes: [String]?) {
        queue.async { [self] in
            do {
                let folder = try RunFolder.find(home: home, id: run)
                let batchSize = try folder.loadConfiguration().batchSize
                var ghost = GhostRun(
                    name: folder.id, events: EventLog.read(folder.events), batchSize: batchSize)
                ghost.predictions = try? PredictionHistory(run: folder, classes: classes)
                answer(.ghostLoaded(ghost, problem: nil))
            } catch {
                answer(.ghostLoaded(nil, problem: "\(error)"))
            }
        }
    }

    func inspect(_ set: PredictionSet, classes: Int) {
        queue.async { [self] in answer(.inspected(PredictionInspection(set, classes: classes))) }
    }

    func loadNotes(run: String) {
        queue.async { [self] in
            if let notes = try? RunStore(home: home).photoNotes(of: run) {
                answer(.notesLoaded(notes, run: run))
            }
        }
    }

    func keep(_ note: PhotoNote, file: String, run: String) {
        queue.async { [self] in
            do { try RunStore(home: home).set(note, ofPhoto: file, in: run) } catch {
                answer(.errandFailed("\(error)"))
            }
        }
    }

    func loadPhoto(_ path: String, side: Int) {
        queue.async { [self] in
            do {
                answer(.photoLoaded(path, try RGBImage(file: path).asSeen(size: side), problem: nil))
            } catch {
                answer(.photoLoaded(path, nil, problem: "\(error)"))
            }
        }
    }

    private func answer(_ action: DashboardAction) { lock.withLock { answers.append(action) } }
}

/// `dashboard.json` in the home folder: how the person left the dashboard.
final class PreferencesFile {
    private let path: String

    init(home: String) { path = home + "/dashboard.json" }

    /// The standard where there is no file, or one that cannot be read: nothing in it is worth a failure.
    func load() -> DashboardPreferences {
        (try? BoundedFile.read(path, limit: 1 << 20))
            .flatMap { try? JSONDecoder().decode(DashboardPreferences.self, from: $0) }
            ?? DashboardPreferences()
    }

    /// What cannot be written is forgotten with the session.
    func save(_ preferences: DashboardPreferences) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        if let data = try? encoder.encode(preferences) {
            try? data.write(to: URL(fileURLWithPath: path), options: .atomic)
        }
    }
}
