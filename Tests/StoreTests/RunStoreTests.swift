import Foundation
import GRDB
import TestSupport
import Testing

@testable import Basics
@testable import Photos
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Store

/// The run store, and runs that continue from their checkpoints.
@Suite(.serialized) struct RunStoreTests {
    @Test func eventsInTheStoreAreThoseOfTheLog() throws {
        let photos = try TinyPhotos()
        _ = try run(photos)
        let store = try RunStore(home: photos.home)
        let log = EventLog.read(try RunFolder.find(home: photos.home, id: "1").events)
        #expect(try events(store) == log)
        let (numbers, times) = try store.read {
            (
                try Int.fetchAll($0, sql: "SELECT number FROM events ORDER BY number"),
                try Double?.fetchAll($0, sql: "SELECT time FROM events")
            )
        }
        #expect(numbers == Array(log.indices))
        #expect(times.allSatisfy { $0 != nil })
    }

    /// Opens the file read-only without the store's code, as any SQLite client would.
    @Test func otherProgramsCanAskIt() throws {
        let photos = try TinyPhotos()
        _ = try run(photos) { session, event in
            if case .batchEnded(let batch) = event, batch.epoch == 1, batch.step == 1 {
                session.send(.setLearningRate(5e-4))
            }
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        let other = try DatabaseQueue(path: photos.home + "/runs.sqlite", configuration: configuration)
        try other.read { db in
            let batches = try Int.fetchOne(
                db, sql: "SELECT COUNT(*) FROM events WHERE name = 'batch_ended' AND epoch = 1")
            #expect(batches == 3)
            let row = try #require(try Row.fetchOne(db, sql: "SELECT * FROM commands"))
            #expect(row["epoch"] as Int? == 1)
            #expect(row["step"] as Int? == 1)
            #expect(row["after"] as String? == "5e-04")
            #expect(row["origin"] as String? == "key")
            let files = try String.fetchAll(db, sql: "SELECT file FROM checkpoints ORDER BY file")
            // The newest three and, if it is another one, the most accurate epoch.
            let kept = try RunFolder.find(home: photos.home, id: "1").keptPlaces.map(\.description)
            #expect(kept.suffix(3) == ["0002-0000", "0003-0000", "0004-0000"] && kept.count <= 4)
            let paths = kept.map { "checkpoints/\($0).safetensors" }
            #expect(files == ["best.safetensors"] + paths + ["last.safetensors"])
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
        }
    }

    @Test func resumingTakesTheStoreBackWithTheLog() throws {
        let photos = try TinyPhotos()
        _ = try run(photos) { session, event in
            if case .batchEnded(let batch) = event, batch.epoch == 2, batch.step == 2 { session.interrupt() }
        }
        _ = try run(photos, resuming: "1")
        let store = try RunStore(home: photos.home)
        let log = EventLog.read(try RunFolder.find(home: photos.home, id: "1").events)
        #expect(try events(store) == log)
        #expect(log.filter { $0.name == "batch_ended" }.count == 12)
    }

    @Test func aLostStoreIsMadeAnewFromTheFolders() throws {
        let photos = try TinyPhotos()
        _ = try run(photos)
        let before = try RunStore(home: photos.home).show("1")
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: photos.home + "/runs.sqlite" + suffix)
        }
        let store = try RunStore(home: photos.home)
        let after = try store.show("1")
        #expect(after.epochs == before.epochs)
        #expect(after.run.status == .finished && after.run.bestEpoch == before.run.bestEpoch)
        #expect(after.run.recipe == before.run.recipe)
        #expect(try store.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM checkpoints") } == 5)
        #expect(try events(store) == EventLog.read(try RunFolder.find(home: photos.home, id: "1").events))
    }

    /// SQL names the same best epoch as the timeline, in the list and for one run.
    @Test func theBestEpochIsThatOfTheTimeline() throws {
        let home = try TemporaryFolder()
        let store = try RunStore(home: home.path)
        for losses: [Double] in [
            [], [0.9, 0.4, 0.4, 0.6], [.nan, 0.9, 0.4], [.infinity, 0.9], [.nan, .infinity], [0.4, .nan],
        ] {
            let folder = try RunFolder.create(home: home.path, Recipe())
            try store.begin(folder, Recipe(), data: "photos", weights: "random")
            var timeline = RunTimeline()
            for (epoch, loss) in losses.enumerated() {
                let ended = TrainerEvent.EpochEnded(
                    epoch: epoch, stage: .head, trainLoss: 1, trainAccuracy: 0.5, validationLoss: loss,
                    validationAccuracy: 0.25 * Double(epoch), trainSeconds: 1, validationSeconds: 1,
                    imagesPerSecond: 100)
                try store.append([.init(number: epoch, event: .epochEnded(ended))], to: folder.id)
                timeline.append(.epochEnded(ended))
            }
            let listed = try #require(try store.list().last)
            let best = timeline.bestEpoch
            #expect(listed.run == folder.id && listed.epochsDone == losses.count)
            #expect(listed.bestEpoch == best?.epoch, "\(losses)")
            #expect(listed.bestValidationLoss == best?.validationLoss)
            #expect(listed.bestValidationAccuracy == best?.validationAccuracy)
            let shown = try store.show(folder.id)
            #expect(shown.run.bestEpoch == best?.epoch)
            #expect(RunTimeline(shown.epochs.map { .epochEnded($0) }).bestEpoch == best)
        }
    }

    private static let epochEnded = TrainerEvent.epochEnded(
        .init(
            epoch: 0, stage: .head, trainLoss: 1, trainAccuracy: 0.5, validationLoss: 0.5,
            validationAccuracy: 0.25, trainSeconds: 1, validationSeconds: 1, imagesPerSecond: 100))

    /// While another process writes, events are taken all the same, and are in the store at the end.
    @Test func nobodyWaitsForABusyStore() throws {
        let home = try TemporaryFolder()
        let store = try RunStore(home: home.path)
        let folder = try RunFolder.create(home: home.path, Recipe())
        let writer = RunStoreWriter(store, folder)
        try writer.begin(Recipe(), data: "photos", weights: "random", history: [])
        let other = try DatabaseQueue(path: home("runs.sqlite"))
        try other.inDatabase { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            try writer.append(Self.epochEnded)
            // Waiting for the other process would end in an error.
            for index in 0..<3 {
                try writer.append(.checkpointSaved(.init(path: "p", epoch: index, reason: .epoch)))
            }
            #expect(try store.show(folder.id).epochs.isEmpty)
            try db.execute(sql: "ROLLBACK")
        }
        try writer.end(.finished)
        #expect(try events(store).count == 4)
        let shown = try store.show(folder.id)
        #expect(shown.run.status == .finished && shown.epochs.map(\.validationLoss) == [0.5])
    }

    @Test func whatTheStoreRefusesIsTriedAgain() throws {
        let home = try TemporaryFolder()
        let store = try RunStore(home: home.path)
        let folder = try RunFolder.create(home: home.path, Recipe())
        let writer = RunStoreWriter(store, folder)
        // Events of a run that the store does not know.
        try writer.append(Self.epochEnded)
        #expect(!userErrorMessage { try writer.end(.stopped) }.isEmpty)
        try store.begin(folder, Recipe(), data: "photos", weights: "random")
        try writer.end(.stopped)
        #expect(try events(store) == [Self.epochEnded])
        #expect(try store.show(folder.id).epochs.count == 1)
    }

    /// A session needs no index; whoever asks later finds the run by its folder.
    @Test func aRunThatNoIndexSawIsFound() throws {
        let photos = try TinyPhotos()
        var options = photos.options()
        options.index = nil
        let session = RunSession(photos.recipe, options)
        session.start()
        #expect(try session.wait() == .finished)
        #expect(!FileManager.default.fileExists(atPath: photos.home + "/runs.sqlite"))
        let shown = try RunStore(home: photos.home).show("1")
        #expect(shown.run.status == .finished && shown.epochs.count == 4)
    }

    @Test func notesAndTagsAreKept() throws {
        let photos = try TinyPhotos()
        _ = try run(photos)
        let store = try RunStore(home: photos.home)
        try store.setNote("花 – higher rate\nsecond line", of: "1")
        try store.tag("1", add: ["good", "baseline", "good"])
        try store.tag("1", add: [], remove: ["missing"])
        let run = try #require(try store.list().first)
        #expect(run.note == "花 – higher rate\nsecond line" && run.tags == ["baseline", "good"])
        try store.tag("1", remove: ["good"])
        #expect(try store.show("1").run.tags == ["baseline"])
        #expect(throws: RunStoreFailure.unusableTag("two\nlines", most: 64)) {
            try store.tag("1", add: ["two\nlines"])
        }
        #expect(throws: RunFailure.noRun("7", home: store.home)) { try store.setNote("x", of: "7") }
        #expect(throws: RunStoreFailure.longNote(characters: 10_001, most: 10_000)) {
            try store.setNote(String(repeating: "x", count: 10_001), of: "1")
        }
    }

    @Test func photoNotesAreKeptByFile() throws {
        let photos = try TinyPhotos()
        _ = try run(photos)
        let store = try RunStore(home: photos.home)
        try store.set(PhotoNote(isMarked: true), ofPhoto: "daisy/1.jpg", in: "1")
        try store.set(PhotoNote(text: "a rose?"), ofPhoto: "roses/花.jpg", in: "1")
        try store.set(PhotoNote(isMarked: true, text: "both"), ofPhoto: "daisy/1.jpg", in: "1")
        let expected: [PhotoPath: PhotoNote] = [
            "daisy/1.jpg": PhotoNote(isMarked: true, text: "both"), "roses/花.jpg": PhotoNote(text: "a rose?"),
        ]
        #expect(try store.photoNotes(of: "1") == expected)
        try store.set(PhotoNote(), ofPhoto: "daisy/1.jpg", in: "1")
        #expect(try store.photoNotes(of: "1").count == 1)
        // Names that differ only in how an accent is written, or are not UTF-8, have their own notes.
        let names: [PhotoPath] = ["caf\u{e9}.jpg", "cafe\u{301}.jpg", "caf\\xE9.jpg"]
        for (i, name) in names.enumerated() { try store.set(PhotoNote(text: "\(i)"), ofPhoto: name, in: "1") }
        let notes = try store.photoNotes(of: "1")
        #expect(names.map { notes[$0]?.text } == ["0", "1", "2"])
        try store.delete("1")
        #expect(throws: RunFailure.noRun("1", home: store.home)) { try store.photoNotes(of: "1") }
    }

    /// A branch without changes continues exactly as its run did.
    @Test func aBranchGoesOnAsItsRunDid() throws {
        let photos = try TinyPhotos()
        let (_, whole) = try run(photos)
        _ = try run(photos) { session, event in
            if case .batchEnded(let batch) = event, batch.epoch == 1, batch.step == 2 { session.interrupt() }
        }
        let store = try RunStore(home: photos.home)
        let folder = try RunFolder.find(home: photos.home, id: "2")
        let branch = try folder.branch(from: "last", RunChanges(), in: store)
        #expect(branch.id == "0003")
        #expect(try store.show("3").epochs.count == 1)
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.last))
        let (reason, rest) = try run(photos, resuming: "3")
        #expect(reason == .finished)
        #expect(rest.batchLosses == Array(whole.batchLosses.dropFirst(5)))
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.last)) == before)
        #expect(try store.show("2").run.status == .interrupted)
        let logged = EventLog.read(branch.events).filter { $0.name == "batch_ended" }
        #expect(logged.count == 12)
    }

    @Test func aBranchTakesOtherSettings() throws {
        let photos = try TinyPhotos()
        _ = try run(photos)
        let store = try RunStore(home: photos.home)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        // All epochs are done, so a branch without more of them has nothing to train.
        #expect(throws: RunFailure.nothingLeft(epochs: 4, stage: .fineTune)) {
            try folder.branch(from: "last", RunChanges(), in: store)
        }
        let weights = RunChanges(.fineTuneEpochs, .classWeights) {
            ($0.fineTuneEpochs, $0.classWeights) = (3, .given(["nothing": 2]))
        }
        let classes = try CheckpointHeader.load(folder.last).classes
        #expect(throws: ClassWeightsFailure.unknownClass("nothing", classes: classes)) {
            try folder.branch(from: "last", weights, in: store)
        }
        #expect(RunFolder.ids(home: photos.home) == ["0001"])
        let changes = RunChanges(.fineTuneEpochs, .fineTuneLearningRate, .fineTuneAt, .seed, .dropout) {
            ($0.fineTuneEpochs, $0.fineTuneLearningRate, $0.fineTuneAt) = (3, 2e-5, 120)
            ($0.seed, $0.dropout) = (9, 0.5)
        }
        let branch = try folder.branch(from: "last", changes, in: store)
        let (reason, rest) = try run(photos, resuming: branch.id)
        #expect(reason == .finished)
        #expect(rest.epochs.map(\.epoch) == [4])
        let stage = rest.training.compactMap { if case .stageStarted(let stage) = $0 { stage } else { nil } }
            .last
        #expect(stage?.learningRate == 2e-5 && stage?.fineTuneAt == 120)
        let recipe = try store.show(branch.id).run.recipe
        #expect(recipe.seed == 9 && recipe.dropout == 0.5 && recipe.fineTuneEpochs == 3)
        #expect(try store.show(branch.id).run.note.contains("0001"))
    }

    @Test func restoringKeepsWhatWasTheLast() throws {
        let photos = try TinyPhotos()
        let (_, whole) = try run(photos)
        let store = try RunStore(home: photos.home)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        #expect(folder.checkpoints.map(\.name) == ["0002-0000", "0003-0000", "0004-0000", "best", "last"])
        let last = try Data(contentsOf: URL(fileURLWithPath: folder.last))
        let kept = try #require(try folder.restore("0002-0000", in: store))
        #expect(try store.show("1").epochs.count == 2 && store.show("1").run.status == .interrupted)
        let (_, rest) = try run(photos, resuming: "1")
        #expect(rest.batchLosses == Array(whole.batchLosses.dropFirst(6)))
        // The former last checkpoint is still there, whatever the policy keeps.
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.checkpoint(named: kept).path)) == last)
        let others = folder.checkpoints.map(\.name)
        #expect(throws: RunFailure.noCheckpoint("0001", name: "0009", others: others)) {
            try folder.restore("0009", in: store)
        }
    }

    private func events(_ store: RunStore) throws -> [TrainerEvent] {
        try store.read { try String.fetchAll($0, sql: "SELECT event FROM events ORDER BY number") }.map {
            try TrainerEvent(jsonLine: $0)
        }
    }
}
