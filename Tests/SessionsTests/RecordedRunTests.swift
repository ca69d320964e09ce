import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// Finished runs: looking at them, and training on.
@Suite(.serialized) struct RecordedRunTests {
    /// The bytes and the times of change of all files in a run's folder, by path.
    private func contents(_ folder: RunFolder) throws -> [String: [String]] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return try Dictionary(
            uniqueKeysWithValues: paths.map { path in
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(path)")
                return (path, ["\(attributes[.size]!)", "\(attributes[.modificationDate]!)"])
            })
    }

    private func context(_ events: EventRecorder) throws -> SessionContext {
        try #require(events.contexts.first)
    }

    @Test func lookingAtAFinishedRunWritesNothing() throws {
        let photos = try TinyPhotos()
        let (_, whole) = try run(photos)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let before = try contents(folder)
        let (reason, shown) = try run(photos, resuming: "1")
        #expect(reason == .finished)
        #expect(try contents(folder) == before)
        #expect(shown.training.isEmpty)
        let context = try context(shown)
        #expect(context.history.map(\.event) == whole.training)
        #expect(context.history.allSatisfy { $0.time != nil } && context.seconds > 0)
        #expect(context.predictions.epochs.count == 4)
        guard case .statusChanged(.finished) = try #require(shown.all.last) else {
            Issue.record("it ends as \(shown.all.last!)")
            return
        }
    }

    @Test func anyRunCanBeShownAsItIs() throws {
        let photos = try TinyPhotos()
        _ = try run(photos) { session, event in
            if case .batchEnded(let batch) = event, (batch.epoch, batch.step) == (1, 2) {
                session.send(.stop)
            }
        }
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let before = try contents(folder)
        var options = photos.options(resuming: "1")
        options.onlyShows = true
        let session = RunSession(Recipe(), options)
        session.start()
        #expect(try session.wait() == .stopped)
        #expect(try contents(folder) == before)
        #expect(try Checkpoint.Header.load(folder.last).progress.step == 2)
    }

    @Test func aFinishedRunTrainsOnForMoreEpochs() throws {
        let photos = try TinyPhotos()
        let (_, first) = try run(photos)
        var options = photos.options(resuming: "1")
        options.moreEpochs = 2
        let recorder = EventRecorder()
        options.observer = { recorder.note($0) }
        let session = RunSession(Recipe(), options)
        session.start()
        #expect(try session.wait() == .finished)
        #expect(recorder.epochs.map(\.epoch) == [4, 5])
        #expect(recorder.applied.map(\.command) == [.addEpochs(2)])
        #expect(recorder.applied.first?.before == "2" && recorder.applied.first?.after == "4")
        // The log is that of one run, with one end.
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let log = EventLog.read(folder.events)
        #expect(RunTimeline(log).epochs.count == 6 && log.count { $0.name == "run_ended" } == 1)
        #expect(try context(recorder).history.map(\.event) == first.training.dropLast())
        let header = try Checkpoint.Header.load(folder.last)
        #expect(header.progress.finished && header.state.totalEpochs == 6)
    }

    /// The times of the first part stay when a run goes on in another process, and so does the clock.
    @Test func timesAndClockGoOn() throws {
        let photos = try TinyPhotos()
        _ = try run(photos) { session, event in
            if case .batchEnded(let batch) = event, (batch.epoch, batch.step) == (1, 2) {
                session.interrupt()
            }
        }
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let before = EventLog.entries(folder.events)
        let (_, second) = try run(photos, resuming: "1")
        let history = try context(second).history
        #expect(history == Array(before.dropLast()))
        #expect(try context(second).seconds == before.dropLast().trainedSeconds)
        #expect(EventLog.entries(folder.events).trainedSeconds > before.trainedSeconds)
    }
}
