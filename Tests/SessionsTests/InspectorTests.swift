import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Photos
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

@Suite(.serialized) struct InspectorTests {
    /// Collects answers until one satisfies `isDone`.
    private func answers(
        _ inspector: Inspector, _ arrived: DispatchSemaphore, until isDone: (Inspector.Answer) -> Bool
    ) -> [Inspector.Answer] {
        var all: [Inspector.Answer] = []
        while true {
            let new = inspector.drainAnswers()
            all += new
            if new.contains(where: isDone) { return all }
            arrived.wait()
        }
    }

    /// Inspecting a run after every epoch does not change what it computes.
    @Test func looksIntoARunWhileItTrains() throws {
        let photos = try TinyPhotos()
        let (_, alone) = try run(photos)
        let dataset = try Dataset(path: photos.data, cacheDirectory: nil).summary
        let arrived = DispatchSemaphore(value: 0)
        let (box, home) = (InspectorBox(), photos.home)
        let (_, watched) = try run(photos) { _, event in
            guard case .checkpointSaved(let saved) = event, saved.reason != .finished else { return }
            if box.inspector == nil {
                box.inspector = try? Inspector(run: "2", home: home, dataset: dataset) { arrived.signal() }
            }
            box.inspector?.ask(.explain(.photo(saved.epoch)))
            box.inspector?.ask(.neighbors(.photo(saved.epoch), count: 3))
        }
        #expect(watched.batchLosses == alone.batchLosses)
        #expect(watched.epochs.map(\.validationLoss) == alone.epochs.map(\.validationLoss))
        let inspector = try #require(box.inspector)
        defer { inspector.close() }
        inspector.ask(.explain(.file("\(photos.data)/daisy/0.jpg")))
        let explained = answers(inspector, arrived) {
            if case .explained(.file, _, _) = $0 { true } else { false }
        }
        for answer in explained {
            if case .failed(_, let error) = answer { Issue.record("\(error)") }
        }
        guard
            case .explained(_, let explanation, let epoch) = try #require(
                explained.last(where: { if case .explained(.file, _, _) = $0 { true } else { false } }))
        else { return }
        #expect(epoch == 4)
        let classifier = try Classifier(checkpoint: "2", home: photos.home, threads: 1)
        #expect(try explanation == classifier.explain(.file("\(photos.data)/daisy/0.jpg")))
    }

    @Test func answersEveryKindOfQuestion() throws {
        let photos = try TinyPhotos()
        _ = try run(photos)
        let dataset = try Dataset(path: photos.data, cacheDirectory: nil).summary
        let arrived = DispatchSemaphore(value: 0)
        let inspector = try Inspector(run: "1", home: photos.home, dataset: dataset) { arrived.signal() }
        defer { inspector.close() }
        inspector.ask(.filters)
        inspector.ask(.featureMaps(layer: 3, .photo(22)))
        inspector.ask(.neighbors(.photo(0), count: 5))
        var found: [Inspector.Neighbor]?
        let all = answers(inspector, arrived) {
            if case .neighbors(_, let neighbors, _) = $0 { found = neighbors }
            return found != nil
        }
        let neighbors = try #require(found)
        #expect(neighbors.count == 5 && !neighbors.contains { $0.photo == 0 })
        #expect(neighbors.map(\.distance) == neighbors.map(\.distance).sorted())
        #expect(neighbors.allSatisfy { $0.photo < dataset.trainingCount })
        #expect(all.contains { if case .filters(let filters, 4) = $0 { filters.count == 32 } else { false } })
        #expect(
            all.contains {
                if case .featureMaps(.photo(22), let maps, 4) = $0 {
                    maps.name == "Conv1_relu"
                } else {
                    false
                }
            })
        #expect(all.contains { if case .progress(20, 20) = $0 { true } else { false } })

        inspector.ask(.projection)
        var plane: FeatureProjection?
        let planned = answers(inspector, arrived) {
            if case .projection(let projection, 4) = $0 { plane = projection }
            return plane != nil
        }
        let validation = dataset.trainingCount..<dataset.photos.count
        #expect(try #require(plane).points.map(\.photo) == Array(validation))
        #expect(plane!.points.contains { $0.x != 0 } && (0...1).contains(plane!.explained))
        #expect(
            planned.contains {
                if case .projecting(let done, let total) = $0 { done == total } else { false }
            })

        inspector.ask(.explain(.file("nowhere.jpg")))
        let failures = answers(inspector, arrived) { if case .failed = $0 { true } else { false } }
        #expect(
            failures.contains {
                if case .failed(.explain(.file("nowhere.jpg")), let error) = $0 {
                    error.message == "There is no file nowhere.jpg."
                } else {
                    false
                }
            })
        #expect(throws: RunFailure.noRun("9", home: photos.home)) {
            try Inspector(run: "9", home: photos.home, dataset: dataset)
        }
    }

    @Test func runWithoutACheckpointSaysSo() throws {
        let photos = try TinyPhotos()
        _ = try RunFolder.create(home: photos.home, photos.recipe)
        let arrived = DispatchSemaphore(value: 0)
        let dataset = try Dataset(path: photos.data, cacheDirectory: nil).summary
        let inspector = try Inspector(run: "1", home: photos.home, dataset: dataset) { arrived.signal() }
        defer { inspector.close() }
        inspector.ask(.filters)
        let all = answers(inspector, arrived) { _ in true }
        #expect(
            all.contains {
                if case .failed(.filters, let error) = $0 {
                    error == UserError(SessionFailure.notSavedYet("0001"))
                } else {
                    false
                }
            })
    }
}

private final class InspectorBox: @unchecked Sendable {
    // Unchecked: used on the trainer's thread until the run has ended, then on the test's.
    var inspector: Inspector?
}
