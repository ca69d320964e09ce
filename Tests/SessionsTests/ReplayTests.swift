import Foundation
import Photos
import Synchronization
import TestSupport
import Testing

@testable import Basics
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// The replay of a recorded run.
@Suite struct ReplayTests {
    /// A clock that the test moves by hand.
    private final class HandClock: Sendable {
        let seconds = Mutex(0.0)
        func pass(_ more: Double) { seconds.withLock { $0 += more } }
        var now: Double { seconds.withLock { $0 } }
    }

    private static func session(speed: Double = 1, firstLoss: Double? = nil, _ clock: HandClock) throws -> (
        ReplaySession, [TrainerEvent]
    ) {
        let photos = try TinyPhotos()
        _ = try run(photos)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let recording = try RunReplay.recording(run: "1", photos.place)
        // Each batch of 8 takes a second, and so does each validation.
        let events = EventLog.read(folder.events).map { event -> TrainerEvent in
            switch event {
            case .batchEnded(var batch):
                batch.imagesPerSecond = 8
                return .batchEnded(batch)
            case .epochEnded(var epoch):
                epoch.validationSeconds = 1
                if epoch.epoch == 0, let firstLoss { epoch.validationLoss = firstLoss }
                return .epochEnded(epoch)
            default: return event
            }
        }
        let session = ReplaySession(recording.context, events, status: recording.status, speed: speed) {
            clock.now
        }
        return (session, events)
    }

    @Test func movedPhotosAreFoundAndOthersRefused() throws {
        let photos = try TinyPhotos()
        _ = try run(photos)
        let moved = photos.folder("moved")
        try FileManager.default.moveItem(atPath: photos.data, toPath: moved)
        let gone = #expect(throws: SessionFailure.self) { _ = try RunReplay.load(run: "1", photos.place) }
        guard case .photosGone("0001", photos.data) = gone else {
            Issue.record("\(gone!)")
            return
        }
        var place = photos.place
        place.movedData = moved
        guard case .ready(let context) = try RunReplay.load(run: "1", place).first else {
            Issue.record("no context")
            return
        }
        #expect(context.dataset.path == moved)
        try FileManager.default.removeItem(atPath: moved + "/daisy/3.jpg")
        let others = #expect(throws: SessionFailure.self) { _ = try RunReplay.load(run: "1", place) }
        guard case .otherPhotos("0001", folder: moved, original: photos.data) = others else {
            Issue.record("\(others!)")
            return
        }
        // Looking at the finished run in the dashboard goes by the same rule.
        var options = photos.options(resuming: "1")
        (options.onlyShows, options.movedData) = (true, moved)
        let session = RunSession(photos.recipe, options)
        session.start()
        #expect(throws: UserError.self) { _ = try session.wait() }
    }

    private static func training(_ events: [SessionEvent]) -> [TrainerEvent] {
        events.compactMap(\.recorded)
    }

    private static func statuses(_ events: [SessionEvent]) -> [TrainerStatus] {
        events.compactMap { if case .statusChanged(let status) = $0 { status } else { nil } }
    }

    @Test func everythingComesAgainInItsTime() throws {
        let clock = HandClock()
        let (session, log) = try Self.session(clock)
        session.start()
        var seen = Self.training(session.drainEvents())
        #expect(seen.map(\.name) == ["run_started", "stage_started"])
        clock.pass(2.5)
        let next = Self.training(session.drainEvents())
        #expect(next.map(\.name) == ["batch_ended", "batch_ended"])
        seen += next
        clock.pass(1000)
        let rest = session.drainEvents()
        seen += Self.training(rest)
        #expect(seen == log)
        #expect(Self.statuses(rest) == [.finished])
        let sets = rest.compactMap {
            if case .epochEnded(let outcome) = $0 { outcome.predictions.epoch } else { nil }
        }
        #expect(sets == [1, 2, 3, 4])
        #expect(session.result == nil)
        session.send(.stop)
        #expect(try session.result?.get() == .stopped)
    }

    /// A first epoch whose loss is no number is not the best one, neither live nor replayed.
    @Test func aReplayHasTheTimelineOfItsLog() throws {
        let clock = HandClock()
        let (session, log) = try Self.session(firstLoss: .nan, clock)
        session.start()
        clock.pass(1000)
        let replayed = RunTimeline(Self.training(session.drainEvents()))
        let recorded = RunTimeline(log)
        let losses = log.compactMap {
            if case .epochEnded(let epoch) = $0 { epoch.validationLoss } else { nil }
        }
        #expect(replayed.bestEpoch?.validationLoss == losses.dropFirst().min())
        #expect(replayed.bestEpoch == recorded.bestEpoch && replayed.marks == recorded.marks)
        #expect(replayed.phases == recorded.phases && replayed.phases.map(\.start) == [0, 2])
    }

    @Test func itPausesStepsAndChangesItsSpeed() throws {
        let clock = HandClock()
        let (session, _) = try Self.session(speed: 2, clock)
        session.start()
        clock.pass(0.6)
        #expect(Self.training(session.drainEvents()).filter { $0.name == "batch_ended" }.count == 1)
        session.send(.pause)
        clock.pass(100)
        var events = session.drainEvents()
        #expect(Self.training(events).isEmpty && Self.statuses(events) == [.paused])
        session.send(.step)
        #expect(Self.training(session.drainEvents()).map(\.name) == ["batch_ended"])
        session.send(.stepEpoch)
        #expect(Self.training(session.drainEvents()).map(\.name) == ["batch_ended", "epoch_ended"])
        session.send(.multiplyLearningRate(5))
        session.send(.resume)
        _ = session.drainEvents()
        clock.pass(0.45)
        // 4.5 seconds of the run: three batches and a validation.
        events = session.drainEvents()
        #expect(Self.training(events).filter { $0.name == "batch_ended" }.count == 3)
        #expect(Self.training(events).contains { $0.name == "epoch_ended" })
        // Commands that would change the run only give a warning.
        session.send(.setLearningRate(1))
        #expect(Self.training(session.drainEvents()).map(\.name) == ["warning"])
    }
}
