import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Photos
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// Runs that leave photos out, and what they say about their folder.
@Suite struct ExclusionRunTests {
    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func message(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return ""
    }

    @Test func aRunKeepsItsListForResumingAndReplay() throws {
        let photos = try TinyPhotos()
        let path = photos.folder("list.txt")
        try write("daisy/0.jpg\nroses/3.jpg\n", path)
        var recipe = photos.recipe
        recipe.exclude = path
        let whole = try run(photos, recipe: recipe)
        let part = try run(photos, recipe: recipe) { session, event in
            if case .batchEnded(let batch) = event, batch.epoch == 1 { session.interrupt() }
        }
        #expect(part.reason == .interrupted)
        // The run keeps its own copy of the list, so later changes to the file do not matter.
        try write("roses/1.jpg\n", path)
        let rest = try run(photos, resuming: "2")
        #expect(part.events.batchLosses + rest.events.batchLosses == whole.events.batchLosses)
        let folder = try RunFolder.find(home: photos.home, id: "2")
        #expect(try ExclusionList(path: folder.exclusions).files == ["daisy/0.jpg", "roses/3.jpg"])
        #expect(try folder.loadRecipe().exclude == path)
        let replay = try RunReplay.load(run: "2", photos.place)
        guard case .ready(let context) = replay.first else {
            Issue.record("no context")
            return
        }
        #expect(context.dataset.photos.count == 22 && context.dataset.exclusions.files.count == 2)
        try FileManager.default.removeItem(atPath: folder.exclusions)
        #expect(message { _ = try run(photos, resuming: "2") }.contains("is missing"))
        recipe.exclude = photos.folder("none.txt")
        #expect(
            message { _ = try run(photos, recipe: recipe) }.contains(
                "There is no exclusion list"))
    }

    @Test func problemsOfAFolderBecomeWarnings() {
        let one = TrainerEvent.Warning(
            DatasetProblem.exclusionsMissing(count: 1, folder: "/photos", first: "roses/gone.jpg"))
        #expect(one.kind == .exclusionsMissing && one.values == ["1", "/photos", "roses/gone.jpg"])
        #expect(one.message == "The exclusion list names roses/gone.jpg, which is not in /photos.")
        let many = TrainerEvent.Warning(
            DatasetProblem.exclusionsMissing(count: 3, folder: "/photos", first: "roses/gone.jpg"))
        #expect(
            many.message
                == "The exclusion list names 3 photos that are not in /photos, such as roses/gone.jpg.")
        let single = TrainerEvent.Warning(DatasetProblem.classOfOne("tulips"))
        #expect(single.kind == .classOfOne && single.values == ["tulips"])
        #expect(
            single.message == "The class tulips has only 1 photo; add more, or it can hardly be learnt.")
        let kept = TrainerEvent.Warning(DatasetProblem.classOnlyInValidation("tulips", photos: 2))
        #expect(kept.kind == .classOnlyInValidation && kept.values == ["tulips", "2"])
        #expect(
            kept.message
                == "All 2 photos of the class tulips are kept for validation; add more, or it cannot be learnt."
        )
    }
}
