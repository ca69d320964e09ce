import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Photos
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Store
@testable import Training

/// Whole runs on made-up photos: events, commands, checkpoints, resuming.
@Suite(.serialized) struct RunTests {
    @Test func eventsTellTheRecipe() throws {
        let photos = try TinyPhotos()
        let (reason, events) = try run(photos)
        #expect(reason == .finished)
        let names = events.training.map(\.name)
        // 20 training photos in batches of 8: three steps an epoch, the last one short.
        let epoch = ["batch_ended", "batch_ended", "batch_ended", "epoch_ended", "checkpoint_saved"]
        #expect(
            names == ["run_started", "stage_started"] + epoch + epoch + ["stage_started"] + epoch + epoch
                + ["checkpoint_saved", "run_ended"])
        let stages = events.training.compactMap {
            if case .stageStarted(let stage) = $0 { stage } else { nil }
        }
        #expect(stages.map(\.stage) == [.head, .fineTune])
        #expect(stages.map(\.epoch) == [0, 2])
        #expect(stages.map(\.learningRate) == [1e-3, 1e-5])
        #expect(stages.map(\.trainableParameters) == [2562, 2562 + 1_861_440])
        #expect(events.epochs.map(\.epoch) == [0, 1, 2, 3])
        if case .runEnded(let end) = try #require(events.training.last) {
            #expect(end.validationLoss == events.epochs.last?.validationLoss)
        } else {
            Issue.record("the last event is not run_ended")
        }
    }

    /// Seven training photos in batches of three: the last batch has fewer photos than a batch has
    /// chunks.
    @Test func lastBatchMayBeASinglePhoto() throws {
        let photos = try TinyPhotos(perClass: 4)
        var recipe = photos.recipe
        (recipe.batchSize, recipe.imageSize) = (3, 96)
        let (reason, events) = try run(photos, recipe: recipe)
        #expect(reason == .finished && events.batches.filter { $0.epoch == 0 }.count == 3)
        #expect(events.batchLosses.allSatisfy { $0.isFinite && $0 > 0 })
    }

    @Test func threadsDoNotChangeTheResult() throws {
        let photos = try TinyPhotos()
        let (_, one) = try run(photos, threads: 1)
        let (_, two) = try run(photos, threads: 2)
        #expect(one.batchLosses == two.batchLosses)
        #expect(one.epochs.map(\.validationLoss) == two.epochs.map(\.validationLoss))
    }

    /// A run interrupted in the middle of an epoch, in either stage, resumes to the same result.
    @Test(arguments: [(0, 2), (2, 1), (3, 3)])
    func resumedRunEqualsAnUnbrokenOne(epoch: Int, step: Int) throws {
        let photos = try TinyPhotos()
        let (_, whole) = try run(photos)
        let (reason, first) = try run(photos) { session, event in
            if case .batchEnded(let batch) = event, batch.epoch == epoch, batch.step == step {
                session.interrupt()
            }
        }
        #expect(reason == .interrupted)
        let (end, second) = try run(photos, resuming: "2")
        #expect(end == .finished)
        #expect(first.batchLosses + second.batchLosses == whole.batchLosses)
        let epochs = first.epochs + second.epochs
        #expect(epochs.map(\.validationLoss) == whole.epochs.map(\.validationLoss))
        #expect(epochs.map(\.trainLoss) == whole.epochs.map(\.trainLoss))
        #expect(epochs.map(\.trainAccuracy) == whole.epochs.map(\.trainAccuracy))
        // The resumed run's log has each batch once, as if never interrupted.
        let logged = EventLog.read(try RunFolder.find(home: photos.home, id: "2").events)
        let batches = logged.filter { $0.name == "batch_ended" }.count
        #expect(batches == whole.batchLosses.count)
        let record = try RunStore(home: photos.home).show("2")
        #expect(record.run.status == .finished && record.epochs.count == 4)
    }

    /// From each of its checkpoints, as after a kill at any moment, a run reaches the same end.
    @Test func everyCheckpointLeadsToTheSameEnd() throws {
        let photos = try TinyPhotos()
        let copies = photos.folder.path
        let (_, whole) = try run(photos) { _, event in
            if case .checkpointSaved(let saved) = event, saved.reason != .finished {
                try? FileManager.default.copyItem(atPath: saved.path, toPath: "\(copies)/\(saved.epoch)")
            }
        }
        let folder = try RunFolder.find(home: photos.home, id: "1")
        for epoch in 1...4 {
            try FileManager.default.removeItem(atPath: folder.last)
            try FileManager.default.copyItem(atPath: "\(copies)/\(epoch)", toPath: folder.last)
            let (reason, rest) = try run(photos, resuming: "1")
            #expect(reason == .finished)
            #expect(rest.batchLosses == Array(whole.batchLosses.dropFirst(3 * epoch)), "after epoch \(epoch)")
            let logged = EventLog.read(folder.events).compactMap {
                if case .batchEnded(let batch) = $0 { batch.batchLoss } else { nil }
            }
            #expect(logged == whole.batchLosses)
        }
    }

    @Test func commandsActBetweenBatches() throws {
        let photos = try TinyPhotos()
        let (reason, events) = try run(photos) { session, event in
            guard case .batchEnded(let batch) = event else { return }
            switch (batch.epoch, batch.step) {
            case (0, 1):
                session.send(.multiplyLearningRate(0.5))
                session.send(.pause)
                session.send(.step)
                session.send(.resume)
            case (1, 1): session.send(.unfreeze(fromLayer: 143))
            case (2, 2): session.send(.setLearningRate(3e-4))
            case (3, 1): session.send(.finishStage)
            default: break
            }
        }
        #expect(reason == .finished)
        let batches = events.training.compactMap {
            if case .batchEnded(let batch) = $0 { batch } else { nil }
        }
        #expect(batches[0].learningRate == 1e-3 && batches[1].learningRate == 5e-4)
        // Unfreezing in epoch 1 validates after the batch and goes on to stage 2.
        let stages = events.training.compactMap {
            if case .stageStarted(let stage) = $0 { stage } else { nil }
        }
        #expect(stages.map(\.fineTuneAt) == [nil, 143])
        #expect(batches.filter { $0.epoch == 1 }.count == 1)
        #expect(batches.last { $0.epoch == 2 }?.learningRate == 3e-4)
        #expect(batches.filter { $0.epoch == 3 }.count == 1)
        let applied = events.training.compactMap {
            if case .commandApplied(let applied) = $0 { applied.command } else { nil }
        }
        #expect(
            applied == [
                .multiplyLearningRate(0.5), .pause, .step, .resume, .unfreeze(fromLayer: 143),
                .setLearningRate(3e-4),
                .finishStage,
            ])
    }

    /// After a single step across the end of an epoch the run is still paused, and reports it.
    @Test func pauseOutlivesTheEndOfAnEpoch() throws {
        let photos = try TinyPhotos()
        let statuses = EventRecorder()
        var options = photos.options()
        let box = SessionBox()
        let ended = DispatchSemaphore(value: 0)
        options.observer = { event in
            statuses.note(event)
            guard let session = box.session else { return }
            switch event {
            case .training(.batchEnded(let batch)) where batch.epoch == 0 && batch.step == 2:
                session.send(.step)
            case .training(.checkpointSaved): ended.signal()
            default: break
            }
        }
        let session = RunSession(photos.recipe, options)
        box.session = session
        session.start()
        ended.wait()
        session.send(.save)
        ended.wait()
        #expect(statuses.statuses.last == .paused)
        session.send(.resume)
        #expect(try session.wait() == .finished)
    }

    @Test func evaluationOfTheRunIsItsFinalOne() throws {
        let photos = try TinyPhotos()
        let (_, events) = try run(photos)
        let classifier = try Classifier(checkpoint: "1", home: photos.home, threads: 2)
        let dataset = try Dataset(path: photos.data, cacheDirectory: nil)
        let result = try classifier.evaluate(dataset, subset: .validation)
        #expect(abs(result.loss - (events.epochs.last?.validationLoss ?? 0)) < 1e-5)
        #expect(result.images == 4)
        let probabilities = try classifier.predict(file: "\(photos.data)/daisy/0.jpg")
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
    }

    @Test func checkpointKeepsEveryTensorAndTheProgress() throws {
        let photos = try TinyPhotos()
        _ = try run(photos)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let checkpoint = try Checkpoint.load(folder.last)
        let copy = photos.folder.path + "/copy.safetensors"
        try checkpoint.save(to: copy)
        #expect(try Checkpoint.load(copy) == checkpoint)
        #expect(checkpoint.header.progress.finished && checkpoint.header.progress.epoch == 4)
        // 20 photos in batches of 8, two epochs: 6 steps.
        #expect(checkpoint.header.progress.adamStep == 6)
        #expect(checkpoint.tensors["optimizer/m/block_16_project/kernel"] != nil)
        // A damaged copy is refused.
        let bytes = try Data(contentsOf: URL(fileURLWithPath: copy))
        try bytes.dropLast(1000).write(to: URL(fileURLWithPath: copy))
        #expect(throws: SafetensorsFailure.self) { try Checkpoint.load(copy) }
    }

    @Test func machineIsRecorded() throws {
        let photos = try TinyPhotos()
        var recipe = photos.recipe
        (recipe.epochs, recipe.fineTuneEpochs) = (1, 0)
        _ = try run(photos, recipe: recipe)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let system = try #require(SystemDescription.load(from: folder))
        #expect(system == SystemDescription(threads: 2) && system.cores > 0 && system.memoryBytes > 1 << 20)
        #expect(!system.kernel.isEmpty && !system.processor.isEmpty && !system.system.contains("\""))
        try Data("{".utf8).write(to: URL(fileURLWithPath: folder.path + "/system.json"))
        #expect(SystemDescription.load(from: folder) == nil)
    }

    @Test func twoTrainersCannotHoldOneRun() throws {
        let photos = try TinyPhotos()
        let folder = try RunFolder.create(home: photos.home, photos.recipe)
        let lock = try folder.acquire()
        #expect(folder.isHeld)
        #expect(throws: RunFailure.self) { try folder.acquire() }
        withExtendedLifetime(lock) {}
    }

    /// Early stopping ends each stage exactly where its rule, applied to the recorded losses, says.
    @Test func stagesEndEarlyWithoutALowerValidationLoss() throws {
        let photos = try TinyPhotos()
        var recipe = photos.recipe
        (recipe.epochs, recipe.fineTuneEpochs, recipe.earlyStop) = (12, 12, 2)
        // High rates, so that losses go up and down.
        (recipe.learningRate, recipe.fineTuneLearningRate) = (3e-2, 1e-3)
        let (reason, events) = try run(photos, recipe: recipe)
        #expect(reason == .finished)
        var best = Double.infinity
        for stage in [Stage.head, .fineTune] {
            var (sinceBest, done) = (0, 0)
            for epoch in events.epochs where epoch.stage == stage {
                #expect(sinceBest < 2, "epoch \(epoch.epoch) should not have begun")
                done += 1
                sinceBest = epoch.validationLoss < best ? 0 : sinceBest + 1
                best = min(best, epoch.validationLoss)
            }
            #expect(sinceBest == 2 || done == 12, "\(stage) ended after \(done)")
        }
        let early = events.applied.count { $0.command == .finishStage && $0.by == .guard }
        #expect(
            early > 0
                && early
                    == [Stage.head, .fineTune].count { stage in events.epochs.count { $0.stage == stage } < 12
                    }
        )
    }

    @Test func damagedPhotosAreSkippedAndTheRunGoesOn() throws {
        let photos = try TinyPhotos()
        let whole = try Data(contentsOf: URL(fileURLWithPath: "\(photos.data)/daisy/0.jpg"))
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: "\(photos.data)/daisy/cut.jpg"))
        try Data().write(to: URL(fileURLWithPath: "\(photos.data)/daisy/empty.jpg"))
        try Data("no photo".utf8).write(to: URL(fileURLWithPath: "\(photos.data)/roses/text.jpg"))
        let (reason, events) = try run(photos)
        #expect(reason == .finished)
        let skipped = events.training.compactMap {
            if case .warning(let warning) = $0 { warning.file } else { nil }
        }
        #expect(skipped == ["daisy/cut.jpg", "daisy/empty.jpg", "roses/text.jpg"])
    }

    /// Damage inside the compressed data shows only on decoding, while the run already trains; the
    /// photo is then left out as if the damage had been known from the start.
    @Test func photoThatOnlyDecodingShowsToBeDamagedIsLeftOutAsIfKnownBefore() throws {
        let photos = try TinyPhotos()
        let path = "\(photos.data)/daisy/1.jpg"
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        // An end-of-image marker long before the end of the file.
        let middle = bytes.count / 2
        bytes.replaceSubrange(middle..<middle + 2, with: [0xff, 0xd9])
        bytes += [UInt8](repeating: 0, count: 2000) + [0xff, 0xd9]
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(PhotoDecoder().headerIfWhole(path: path) != nil)
        let (reason, events) = try run(photos)
        #expect(reason == .finished)
        let (_, again) = try run(photos)
        let last = events.training.lastIndex { $0.name == "run_started" }!
        #expect(events.training[..<last].contains { $0.name == "run_started" })
        let losses = events.training[last...].compactMap {
            if case .batchEnded(let batch) = $0 { batch.loss } else { nil }
        }
        let secondLosses = again.training.compactMap {
            if case .batchEnded(let batch) = $0 { batch.loss } else { nil }
        }
        #expect(!losses.isEmpty && losses == secondLosses)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let recorded = EventLog.read(folder.events)
        #expect(recorded.count { $0.name == "run_started" } == 1)
        #expect(recorded.count { $0.name == "run_ended" } == 1)
    }

    @Test func lazyCacheIsTheSameFileAndIsTakenOverHalfDone() throws {
        let photos = try TinyPhotos()
        let pool = WorkerPool(count: 2)
        defer { pool.close() }
        func dataset(isLazy: Bool) throws -> Dataset {
            try Dataset(
                folder: ImageFolder(path: photos.data), name: nil, synthetic: false, imageSize: 160,
                split: SplitPlan(validation: 0.2),
                cacheDirectory: photos.cache, isLazy: isLazy, pool: pool, progress: { _, _ in },
                isCancelled: { false })
        }
        func fileNames() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: photos.cache).sorted()
        }
        do {
            let lazy = try dataset(isLazy: true)
            #expect(lazy.decodedCount == 0 && lazy.photos.count == 24)
            for index in 0..<10 { _ = lazy.image(at: index) }
            #expect(try fileNames().allSatisfy { $0.hasSuffix(".tmp") })
        }
        // Already decoded photos are reused; the rest are decoded now.
        let eager = try dataset(isLazy: false)
        #expect(eager.decodedCount == 14)
        let fresh = try Dataset(path: photos.data, cacheDirectory: nil)
        for index in eager.photos.indices { #expect(eager.image(at: index) == fresh.image(at: index)) }
        try FileManager.default.removeItem(atPath: "\(photos.cache)/\(try fileNames()[0])")
        let lazy = try dataset(isLazy: true)
        for index in lazy.photos.indices { #expect(lazy.image(at: index) == fresh.image(at: index)) }
        #expect(try fileNames().count == 1 && !fileNames()[0].hasSuffix(".tmp"))
        #expect(try dataset(isLazy: false).decodedCount == 0)
    }

    @Test func damagedCacheIsNoticedAndMendedFromThePhotos() throws {
        let photos = try TinyPhotos()
        let (_, first) = try run(photos)
        let pixels = photos.cache + "/pixels"
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: pixels).first)
        let handle = try #require(FileHandle(forUpdatingAtPath: "\(pixels)/\(name)"))
        // The middles of the third and the last slot.
        for slot in [2, 23] {
            try handle.seek(toOffset: UInt64(slot * PixelFile.slotBytes(160) + 4000))
            try handle.write(contentsOf: Data(repeating: 7, count: 100))
        }
        try handle.close()
        let (_, second) = try run(photos)
        #expect(first.batchLosses == second.batchLosses)
        #expect(first.epochs.map(\.validationLoss) == second.epochs.map(\.validationLoss))
        let warnings = second.training.filter { $0.name == "warning" }
        #expect(warnings.count >= 2)
    }

    @Test func cacheIsReadBackAndNoticesChangedPhotos() throws {
        let photos = try TinyPhotos()
        func dataset() throws -> Dataset { try Dataset(path: photos.data, cacheDirectory: photos.cache) }
        #expect(try dataset().decodedCount == 24)
        #expect(try dataset().decodedCount == 0)
        try FileManager.default.removeItem(atPath: "\(photos.data)/roses/3.jpg")
        let flowers = DemoFlowers(photosPerClass: 40, seed: 6)
        try DemoFlowers.jpeg(flowers.photo(label: 0, index: 30))
            .write(to: URL(fileURLWithPath: "\(photos.data)/daisy/4.jpg"))
        let changed = try dataset()
        #expect(changed.decodedCount == 1 && changed.photos.count == 23)
        // The reused pixels equal freshly decoded ones.
        let fresh = try Dataset(path: photos.data, cacheDirectory: nil)
        for index in changed.photos.indices { #expect(changed.image(at: index) == fresh.image(at: index)) }
        // A file that is no pixel cache is replaced.
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: photos.cache).first)
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: "\(photos.cache)/\(name)"))
        #expect(try dataset().decodedCount == 23)
    }

    @Test func unwritableCacheIsAWarning() throws {
        let photos = try TinyPhotos()
        let dataset = try Dataset(path: photos.data, cacheDirectory: photos.weights + "/below")
        #expect(dataset.photos.count == 24)
        #expect(dataset.cacheWarning.map { "\($0)" }?.contains("memory only") == true)
    }

    @Test func logThatACrashCutIsReadToItsLastWholeLine() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/events.jsonl"
        let log = try EventLog(path: path)
        try log.append(.warning(.init(message: "one")))
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"event\":\"warn".utf8))
        #expect(EventLog.read(path) == [.warning(.init(message: "one"))])
        try EventLog(path: path).append(.warning(.init(message: "two")))
        #expect(EventLog.read(path) == [.warning(.init(message: "one")), .warning(.init(message: "two"))])
    }

    @Test func failedWriteLeavesTheOldFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/file"
        try AtomicFile.write(Data("old".utf8), to: path)
        struct Interruption: Error {}
        #expect(throws: Interruption.self) {
            try AtomicFile.write(path) { file in
                try Data("new".utf8).withUnsafeBytes { try file.append($0) }
                throw Interruption()
            }
        }
        #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }

    /// The names and keys that scripts rely on do not change.
    @Test func eventJSONIsStable() throws {
        func keys(_ event: TrainerEvent) throws -> Set<String> {
            let object = try JSONSerialization.jsonObject(with: Data(event.jsonLine().utf8)) as? [String: Any]
            #expect(try TrainerEvent(jsonLine: event.jsonLine()) == event)
            return Set((object ?? [:]).keys)
        }
        let started = TrainerEvent.RunStarted(
            run: "0001", data: "d", weights: "w", trainImages: 1, validationImages: 2, classes: ["a"])
        #expect(
            try keys(.runStarted(started)).isSuperset(
                of: ["event", "run", "data", "weights", "train_images", "validation_images", "classes"]))
        let stage = TrainerEvent.StageStarted(
            stage: .fineTune, epoch: 5, trainableParameters: 7, learningRate: 1e-5, fineTuneAt: 100)
        #expect(
            try keys(.stageStarted(stage)).isSuperset(
                of: ["event", "stage", "epoch", "trainable_parameters", "learning_rate"]))
        let batch = TrainerEvent.BatchEnded(
            epoch: 0, step: 1, steps: 2, loss: 1, accuracy: 0.5, batchLoss: 1, learningRate: 1,
            imagesPerSecond: 2)
        #expect(
            try keys(.batchEnded(batch)).isSuperset(
                of: [
                    "event", "epoch", "step", "steps", "loss", "accuracy", "learning_rate",
                    "images_per_second",
                ]))
        let epoch = TrainerEvent.EpochEnded(
            epoch: 0, stage: .head, trainLoss: 1, trainAccuracy: 1, validationLoss: .nan,
            validationAccuracy: 1,
            trainSeconds: 1, validationSeconds: 1, imagesPerSecond: 1)
        let line = try TrainerEvent.epochEnded(epoch).jsonLine()
        for key in [
            "epoch", "stage", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy",
            "train_seconds",
            "validation_seconds", "images_per_second",
        ] { #expect(line.contains("\"\(key)\":")) }
        #expect(line.contains("\"event\":\"epoch_ended\"") && line.contains("\"stage\":\"head\""))
        let applied = TrainerEvent.CommandApplied(command: .pause, epoch: 0, step: 1, learningRate: 1)
        #expect(try keys(.commandApplied(applied)).isSuperset(of: ["event", "command", "epoch", "step"]))
        let saved = TrainerEvent.CheckpointSaved(path: "p", epoch: 1, reason: .best)
        #expect(try keys(.checkpointSaved(saved)).isSuperset(of: ["event", "path", "epoch", "reason"]))
        let end = TrainerEvent.RunEnded(reason: .finished, validationLoss: 1, validationAccuracy: 1)
        #expect(
            try keys(.runEnded(end)).isSuperset(of: [
                "event", "reason", "validation_loss", "validation_accuracy",
            ]))
    }
}
