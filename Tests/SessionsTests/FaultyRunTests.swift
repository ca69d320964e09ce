import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network
@testable import Photos
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Store
@testable import Training

/// Whole runs whose disk, photos and cache fail on the way. 20 training photos in batches of 8: three batches an epoch.
@Suite(.serialized) struct FaultyRunTests {
    private func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    private func isBatch(_ event: TrainerEvent, _ epoch: Int, _ step: Int) -> Bool {
        if case .batchEnded(let batch) = event { batch.epoch == epoch && batch.step == step } else { false }
    }

    /// Nothing is lost but the saves in between: even the log is whole in the end.
    @Test func diskThatIsFullForAWhileIsNoObstacle() throws {
        let photos = try TinyPhotos()
        let (_, whole) = try run(photos)
        var recipe = photos.recipe
        recipe.saveEvery = .batches(2)
        let plan = FaultPlan(below: photos.home + "/runs")
        let (reason, events) = try run(photos, recipe: recipe) { _, event in
            if isBatch(event, 0, 1) { plan.fail(true) }
            if isBatch(event, 2, 3) { plan.fail(false) }
        }
        #expect(reason == .finished && events.batchLosses == whole.batchLosses)
        // Said once of each file.
        #expect(
            events.warnings.contains {
                $0.contains("could not be saved; it goes on") && $0.contains("no space is left")
            })
        #expect(Set(events.warnings).count == events.warnings.count, "\(events.warnings)")
        let folder = try RunFolder.find(home: photos.home, id: "2")
        #expect(EventLog.read(folder.events).count { $0.name == "batch_ended" } == whole.batchLosses.count)
        #expect(try Checkpoint.load(folder.last).header.progress.finished)
        #expect(try leftovers(folder.path).isEmpty)
    }

    @Test func endThatCannotBeSavedFailsAndTheRunCanBeResumed() throws {
        let photos = try TinyPhotos()
        let (_, whole) = try run(photos)
        let plan = FaultPlan(below: photos.home + "/runs")
        let problem = #expect(throws: UserError.self) {
            try run(photos) { _, event in if isBatch(event, 2, 1) { plan.fail(true) } }
        }
        #expect(problem?.message.contains("The end of run 0002 could not be saved.") == true)
        #expect(
            problem?.message.contains("no space is left") == true
                && problem?.message.contains("runs resume 0002") == true)
        plan.fail(false)
        let folder = try RunFolder.find(home: photos.home, id: "2")
        #expect(try RunStore(home: photos.home).show("2").run.status == .failed)
        #expect(folder.checkpoints.map(\.name) == ["0001-0000", "0002-0000", "best", "last"])
        let (reason, rest) = try run(photos, resuming: "2")
        #expect(reason == .finished && rest.batchLosses == Array(whole.batchLosses.dropFirst(6)))
    }

    /// Each of the run's calls fails in turn, alone and with all that follow: the run ends with a sentence or is finished.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["FLOWERS_TUI_SOAK"] != nil, "takes minutes"))
    func runSurvivesEveryFault() throws {
        let photos = try TinyPhotos(perClass: 4)
        var recipe = photos.recipe
        (recipe.epochs, recipe.fineTuneEpochs, recipe.imageSize) = (1, 1, 96)
        (recipe.saveEvery, recipe.batchSize) = (.batches(1), 4)
        let (_, whole) = try run(photos, recipe: recipe)
        var number = 0
        var calls = Int.max
        while number < calls {
            number += 1
            let code = FaultPlan.codes[number % FaultPlan.codes.count]
            for isLasting in [false, true] {
                remove(photos.home)
                remove(photos.cache)
                let plan = FaultPlan(
                    below: photos.folder.path, failing: number..<(isLasting ? .max : number + 1), code: code)
                do {
                    let (reason, events) = try run(photos, recipe: recipe)
                    #expect(reason == .finished && events.batchLosses == whole.batchLosses, "call \(number)")
                } catch let error as any Failure {
                    #expect(error.message.hasSuffix("."), "call \(number)")
                }
                if !isLasting { calls = plan.calls.count }
                plan.fail(false)
                let folder = try? RunFolder.find(home: photos.home, id: "1")
                guard let folder, FileManager.default.fileExists(atPath: folder.last) else { continue }
                for saved in folder.checkpoints { _ = try Checkpoint.load(saved.path) }
                #expect(try run(photos, resuming: "1").reason == .finished, "call \(number)")
                let logged = EventLog.read(folder.events).compactMap {
                    if case .batchEnded(let batch) = $0 { batch.batchLoss } else { nil }
                }
                #expect(logged == whole.batchLosses, "call \(number)")
            }
        }
        print("\(number) calls failed, alone and with all that followed")
    }

    @Test func checkpointsAreMadeBetweenEpochsAndTheNewestKept() throws {
        let photos = try TinyPhotos()
        let (_, whole) = try run(photos)
        var recipe = photos.recipe
        (recipe.saveEvery, recipe.keepCheckpoints) = (.batches(2), 4)
        let (_, events) = try run(photos, recipe: recipe)
        #expect(events.batchLosses == whole.batchLosses)
        let reasons = events.training.compactMap {
            if case .checkpointSaved(let saved) = $0 { saved.reason } else { nil }
        }
        // Batches 2, 4, 8 and 10; 6 and 12 end their epochs.
        #expect(reasons.count { $0 == .interval } == 4 && reasons.last == .finished)
        let folder = try RunFolder.find(home: photos.home, id: "2")
        #expect(
            folder.checkpoints.map(\.name) == [
                "0002-0002", "0003-0000", "0003-0001", "0004-0000", "best", "last",
            ])
        // Each leads to the same end.
        for name in ["0003-0001", "0002-0002"] {
            let saved = try folder.checkpoint(named: name)
            remove(folder.last)
            try FileManager.default.copyItem(atPath: saved.path, toPath: folder.last)
            let (reason, rest) = try run(photos, resuming: "2")
            let place = try #require(RunPlace(name))
            #expect(reason == .finished)
            #expect(
                rest.batchLosses == Array(whole.batchLosses.dropFirst(place.epoch * 3 + place.step)),
                "\(name)")
        }
        for name in ["0009-0000", "../last"] {
            let others = folder.checkpoints.map(\.name)
            #expect(throws: RunFailure.noCheckpoint(folder.id, name: name, others: others)) {
                try folder.checkpoint(named: name)
            }
        }
    }

    @Test func photosThatGoBeforeTheyAreDecodedAreLeftOut() throws {
        let photos = try TinyPhotos()
        let (gone, spoilt) = ("\(photos.data)/daisy/3.jpg", "\(photos.data)/roses/5.jpg")
        // A circle of links, which not even root can read; the soak test takes a photo's mode away.
        let unreadable = "\(photos.data)/roses/7.jpg"
        let (reason, events) = try run(
            photos,
            watching: { _, event in
                guard case .ready(let context) = event, context.dataset.photos.count == 24 else { return }
                remove(gone)
                remove(unreadable)
                symlink("7.jpg", unreadable)
                try? Data("no photo any more".utf8).write(to: URL(fileURLWithPath: spoilt))
            })
        #expect(reason == .finished)
        #expect(
            events.training.contains {
                if case .warning(let warning) = $0 { warning.kind == .begunAgain } else { false }
            })
        #expect(events.contexts.last?.dataset.photos.count == 21)
        let (_, known) = try run(photos)
        #expect(events.batchLosses.suffix(known.batchLosses.count) == known.batchLosses[...])
    }

    /// Once decoded, a photo is what it was when the run began.
    @Test func photosThatGoLaterChangeNothing() throws {
        let photos = try TinyPhotos()
        let (_, whole) = try run(photos)
        remove(photos.cache)
        let data = photos.data
        let (reason, events) = try run(photos) { _, event in
            guard isBatch(event, 1, 1) else { return }
            remove("\(data)/daisy/3.jpg")
            try? Data("no photo any more".utf8).write(to: URL(fileURLWithPath: "\(data)/roses/5.jpg"))
            rename("\(data)/roses/6.jpg", "\(data)/roses/7.jpg")
        }
        #expect(reason == .finished && events.batchLosses == whole.batchLosses)
        #expect(events.epochs.map(\.validationLoss) == whole.epochs.map(\.validationLoss))
    }

    /// How the open cache is spoilt while its run goes on.
    enum Damage: CaseIterable { case overwritten, cut, removed }

    @Test(arguments: Damage.allCases) func cacheThatIsSpoiltUnderARunIsMended(damage: Damage) throws {
        let photos = try TinyPhotos()
        let (_, whole) = try run(photos)
        let folder = photos.cache + "/pixels"
        let (reason, events) = try run(photos) { _, event in
            guard isBatch(event, 1, 1) else { return }
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                let path = "\(folder)/\(name)"
                switch damage {
                case .overwritten:
                    let handle = FileHandle(forUpdatingAtPath: path)
                    try? handle?.write(contentsOf: Data(repeating: 9, count: PixelFile.slotBytes(160) * 24))
                    try? handle?.close()
                case .cut: truncate(path, 1000)
                case .removed: remove(path)
                }
            }
        }
        #expect(reason == .finished && events.batchLosses == whole.batchLosses)
        #expect(events.epochs.map(\.validationLoss) == whole.epochs.map(\.validationLoss))
        // Each photo is told of once; a file that was only removed is still open and whole.
        let mended = events.warnings.filter { $0.contains("decoded again") }
        #expect(damage == .removed ? mended.isEmpty : mended.count >= 20, "\(mended.count)")
        #expect(Set(mended).count == mended.count, "\(mended)")
    }

    @Test func cacheAndPhotoThatAreBothGoneAreGreyAndSaid() throws {
        let photos = try TinyPhotos()
        _ = try run(photos)
        let (folder, data) = (photos.cache + "/pixels", photos.data)
        let (reason, events) = try run(photos) { _, event in
            guard isBatch(event, 0, 3) else { return }
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                truncate("\(folder)/\(name)", 0)
            }
            remove("\(data)/daisy")
        }
        #expect(reason == .finished)
        #expect(events.warnings.contains { $0.contains("grey stands in") })
    }

    @Test func resumingOnOtherPhotosIsSaid() throws {
        let photos = try TinyPhotos()
        for changes in [false, true] {
            _ = try run(photos) { session, event in if isBatch(event, 1, 1) { session.interrupt() } }
            if changes { remove("\(photos.data)/daisy/3.jpg") }
            let (reason, events) = try run(photos, resuming: changes ? "2" : "1")
            #expect(reason == .finished)
            let kinds = events.training.compactMap {
                if case .warning(let warning) = $0 { warning.kind } else { nil }
            }
            #expect(kinds.contains(.photosChanged) == changes)
        }
    }

    /// Another version of oneDNN or OpenBLAS or another instruction set sums in another order. Runs of older programs name no
    /// version; those knew version 2 only.
    @Test(arguments: [
        ("dnnl_version", nil as String?, OneDNN.version.hasPrefix("2.")), ("dnnl_version", "2.5.1", false),
        ("dnnl_version", OneDNN.version, true), ("kernels", "altivec", false),
        ("blas_version", "0.3.1 Nehalem", false), ("blas_version", nil, true),
    ])
    func resumingOnAnotherEngineIsSaid(key: String, value: String?, isSame: Bool) throws {
        let photos = try TinyPhotos()
        _ = try run(photos) { session, event in if isBatch(event, 1, 1) { session.interrupt() } }
        let file = URL(fileURLWithPath: try RunFolder.find(home: photos.home, id: "1").system)
        var system = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        system[key] = value
        try JSONSerialization.data(withJSONObject: system).write(to: file)
        let (reason, events) = try run(photos, resuming: "1")
        #expect(reason == .finished)
        let warnings = events.training.compactMap {
            if case .warning(let warning) = $0, warning.kind == .engineChanged { warning } else { nil }
        }
        #expect(warnings.count == (isSame ? 0 : 1))
        #expect(warnings.allSatisfy { $0.values?.last == SystemDescription(threads: 2).engine })
    }

    @Test func twoRunsMayBuildOneCacheAtOnce() throws {
        let photos = try TinyPhotos()
        let (_, alone) = try run(photos)
        remove(photos.cache)
        let sessions = (0..<2).map { _ in
            (session: photos.options(threads: 1), events: EventRecorder())
        }
        .map { options, events in
            var options = options
            options.observer = { events.note($0) }
            return (RunSession(photos.recipe, options), events)
        }
        for (session, _) in sessions { session.start() }
        for (session, events) in sessions {
            #expect(try session.wait() == .finished)
            #expect(events.batchLosses == alone.batchLosses && events.warnings.isEmpty)
        }
        #expect(try Dataset(path: photos.data, cacheDirectory: photos.cache + "/pixels").decodedCount == 0)
        #expect(try leftovers(photos.cache + "/pixels").isEmpty)
    }

    private func leftovers(_ folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".tmp") }
    }
}
