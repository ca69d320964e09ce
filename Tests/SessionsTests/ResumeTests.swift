import Foundation
import Store
import TestSupport
import Testing

@testable import Basics
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// Runs that go on after their photos moved, after a kill before the first save, and on other
/// machines.
@Suite(.serialized) struct ResumeTests {
    private func resume(_ photos: TinyPhotos, data: String?) throws -> (RunEndReason, EventRecorder) {
        let recorder = EventRecorder()
        var options = photos.options(resuming: "1")
        options.movedData = data
        options.observer = { recorder.note($0) }
        let session = RunSession(Recipe(), options)
        session.start()
        return (try session.wait(), recorder)
    }

    private func interrupted(_ photos: TinyPhotos) throws -> EventRecorder {
        try run(photos) { session, event in
            if case .batchEnded(let batch) = event, batch.epoch == 1, batch.step == 2 { session.interrupt() }
        }.events
    }

    @Test func movedPhotosAreFoundIfTheyAreTheSame() throws {
        let photos = try TinyPhotos()
        let whole = try run(photos, recipe: photos.recipe).events
        try FileManager.default.removeItem(atPath: photos.home)
        let first = try interrupted(photos)
        let moved = photos.folder.path + "/elsewhere"
        try FileManager.default.moveItem(atPath: photos.data, toPath: moved)
        #expect(throws: UserError.self) { try resume(photos, data: nil) }

        // Other photos of the same classes are refused by name.
        let others = try TinyPhotos(perClass: 11)
        let failure = SessionFailure.otherPhotos("0001", folder: others.data, original: photos.data)
        #expect(throws: UserError(failure)) { try resume(photos, data: others.data) }

        let (reason, second) = try resume(photos, data: moved)
        #expect(reason == .finished)
        #expect(first.batchLosses + second.batchLosses == whole.batchLosses)
        // From now on they are looked for there.
        let folder = try RunFolder.find(home: photos.home, id: "1")
        #expect(try folder.loadRecipe().data == moved)
        #expect(try Checkpoint.Header.load(folder.last).data == moved)
        #expect(try RunStore(home: photos.home).show("1").run.data == moved)
    }

    @Test func aRunThatWasNeverSavedBeginsAgainWithTheSameBits() throws {
        let photos = try TinyPhotos()
        let whole = try run(photos).events
        // What a kill in the first epoch leaves.
        let folder = try RunFolder.create(home: photos.home, photos.recipe)
        let log = EventLog.read(try RunFolder.find(home: photos.home, id: "1").events)
        try EventLog.replace(folder.events, with: log.prefix(4).map { LoggedEvent($0) })
        let (reason, again) = try run(photos, resuming: folder.id)
        #expect(reason == .finished && again.batchLosses == whole.batchLosses)
        #expect(again.epochs.map(\.validationLoss) == whole.epochs.map(\.validationLoss))
        let warnings = again.training.compactMap {
            if case .warning(let said) = $0 { said.message } else { nil }
        }
        #expect(warnings.contains { $0.contains("never saved") }, "\(warnings)")
        #expect(EventLog.read(folder.events).count { $0.name == "batch_ended" } == 12)
    }

    /// A checkpoint that is there but unreadable is no reason to begin again.
    @Test func aDamagedCheckpointIsNotOverwritten() throws {
        let photos = try TinyPhotos()
        _ = try interrupted(photos)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        try Data("damaged".utf8).write(to: URL(fileURLWithPath: folder.last))
        #expect(throws: UserError(SafetensorsFailure(folder.last, .noHeader))) {
            try resume(photos, data: nil)
        }
        unlink(folder.last)
        #expect(folder.wasSaved)
        #expect(throws: UserError(SafetensorsFailure(folder.last, .cannotBeRead))) {
            try resume(photos, data: nil)
        }
    }

    /// Runs of older programs divided batches by the machine's cores and did not record the cut.
    @Test func theCutOfAnOlderRunComesFromItsMachine() throws {
        let photos = try TinyPhotos()
        let folder = try RunFolder.create(home: photos.home, photos.recipe)
        #expect(folder.recordedChunks == 2)
        var system = SystemDescription(threads: 2)
        system.cores = 6
        try system.save(to: folder)
        #expect(folder.recordedChunks == 6)
        var recipe = photos.recipe
        recipe.chunks = 3
        try folder.save(recipe)
        #expect(folder.recordedChunks == 3)
    }

    @Test func aRunRecordsItsCut() throws {
        let photos = try TinyPhotos()
        _ = try interrupted(photos)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        #expect(try folder.loadRecipe().chunks == 2)
        #expect(try Checkpoint.Header.load(folder.last).recipe.chunks == 2)
    }
}
