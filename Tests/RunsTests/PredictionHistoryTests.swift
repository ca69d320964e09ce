import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network
@testable import Photos
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// The predictions that a run keeps of each epoch.
@Suite(.serialized) struct PredictionHistoryTests {
    private func folder(_ photos: TinyPhotos, _ id: String = "1") throws -> RunFolder {
        try RunFolder.find(home: photos.home, id: id)
    }

    @Test func everyEpochIsKept() throws {
        let photos = try TinyPhotos()
        let (_, events) = try run(photos) { session, event in
            // Predictions requested during an epoch are shown but not recorded as the epoch's.
            if case .batchEnded(let batch) = event, batch.step == 2 { session.send(.refreshPredictions) }
        }
        let folder = try folder(photos)
        #expect(folder.recordedEpochs == [1, 2, 3, 4])
        let history = try PredictionHistory(run: folder)
        #expect(history.classes == ["daisy", "roses"] && history.unreadable.isEmpty)
        for (epoch, ended) in zip(history.epochs, events.epochs) {
            #expect(epoch.epoch == ended.epoch + 1)
            #expect(epoch.confusion.accuracy == ended.validationAccuracy && epoch.confusion.total == 4)
            #expect(epoch.layers == events.layerReports.last { $0.epoch == ended.epoch }?.layers)
            // A refresh before the end of an epoch carries the previous epoch's number.
            let live = try #require(events.predictions.first { $0.epoch == epoch.epoch })
            let set = try #require(history.set(epoch.epoch))
            #expect(set.predictions.map(\.probabilities) == live.predictions.map(\.probabilities))
            #expect(set.predictions.map(\.label) == live.predictions.map(\.label))
            let mean = set.predictions.reduce(0.0) { $0 - log(Double($1.probabilities[$1.label])) } / 4
            #expect(abs(mean - ended.validationLoss) < 1e-6)
        }
        // Live events alone give the same history.
        let context = try #require(events.contexts.first)
        var live = context.predictions
        #expect(live.epochs.isEmpty && live.files == context.dataset.photos.map(\.file))
        for set in events.predictions { live.append(set) }
        #expect(live.epochs.map(\.confusion) == history.epochs.map(\.confusion))
        // The validation photos come last.
        let photo = context.dataset.trainingCount
        let moments = live.moments(of: photo)
        #expect(moments.map(\.epoch) == [1, 2, 3, 4] && moments.allSatisfy { $0.prediction.photo == photo })
        #expect(live.moments(of: 0).isEmpty)
        #expect(live.series(of: 0, \.f1).count == 4)
        let replay = try RunReplay.load(run: "1", photos.place)
        if case .ready(let context) = try #require(replay.first) {
            #expect(context.predictions.epochs.map(\.confusion) == history.epochs.map(\.confusion))
        } else {
            Issue.record("a replay begins with its context")
        }
    }

    /// A run stopped mid-epoch and resumed keeps its earlier records, and ends with the same
    /// records, bit for bit, as an uninterrupted run.
    @Test func resumedRunKeepsWhatAnUnbrokenOneDoes() throws {
        let photos = try TinyPhotos()
        _ = try run(photos)
        _ = try run(photos) { session, event in
            if case .batchEnded(let batch) = event, batch.epoch == 2, batch.step == 2 { session.interrupt() }
        }
        let broken = try folder(photos, "2")
        #expect(broken.recordedEpochs == [1, 2])
        // As if the process had been killed between writing an epoch's record and its checkpoint.
        try FileManager.default.copyItem(atPath: broken.epochRecord(2), toPath: broken.epochRecord(3))
        let (_, events) = try run(photos, resuming: "2")
        #expect(events.contexts.first?.predictions.epochs.map(\.epoch) == [1, 2])
        let whole = try folder(photos)
        for epoch in 1...4 {
            let bytes = try [whole, broken].map {
                try Data(contentsOf: URL(fileURLWithPath: $0.epochRecord(epoch)))
            }
            #expect(bytes[0] == bytes[1], "epoch \(epoch)")
        }
        let histories = try [whole, broken].map { try PredictionHistory(run: $0) }
        #expect(histories[0].changes(from: 4, to: 4, in: histories[1]).isEmpty)
    }

    private func record(_ epoch: Int = 3) -> EpochRecord {
        EpochRecord(
            epoch: epoch, classes: ["b", "嗯\"\n"], files: ["b/1.jpg", "b/\u{1b}[31m 2.jpg"], labels: [0, 1],
            probabilities: [0.25, 0.75, 1, 0],
            layers: [
                LayerNorms(layer: 1, weightNorm: 2),
                LayerNorms(layer: 154, weightNorm: 1, gradientNorm: 3, updateRatio: 0.5),
            ])
    }

    /// A record without histograms, as older programs wrote it, and one whose histograms make no
    /// sense are read without them.
    @Test func histogramsSurviveTheFile() throws {
        let folder = try TemporaryFolder()
        let path = folder("a.safetensors")
        var record = record()
        record.layers[1].histogram = LayerHistogram(
            low: -0.5, high: 2, counts: (0..<LayerHistogram.bins).map { $0 * 1000 })
        try record.save(to: path)
        #expect(try EpochRecord.load(path) == record)
        var (tensors, metadata) = try Safetensors.read(path)
        tensors["layers/histograms"]!.values[1] = .nan
        try Safetensors.write(tensors, metadata: metadata, to: path)
        record.layers[1].histogram = nil
        #expect(try EpochRecord.load(path) == record)
        tensors["layers/histograms"] = Tensor(shape: [2], values: [1, 2])
        try Safetensors.write(tensors, metadata: metadata, to: path)
        #expect(try EpochRecord.load(path) == record)
    }

    @Test func recordsSurviveTheFile() throws {
        let folder = try TemporaryFolder()
        let path = folder("a.safetensors")
        for record in [
            record(), EpochRecord(epoch: 1, classes: ["a"], files: [], labels: [], probabilities: []),
        ] {
            try record.save(to: path)
            #expect(try EpochRecord.load(path) == record)
        }
    }

    @Test func damagedRecordsAreRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder("a.safetensors")
        func expectRefusal(
            _ what: String, _ failure: any Failure, _ location: SourceLocation = #_sourceLocation
        ) {
            let error = #expect(throws: (any Error).self, "\(what)", sourceLocation: location) {
                try EpochRecord.load(path)
            }
            #expect(
                error.map { UserError($0) } == UserError(failure), "\(what)", sourceLocation: location)
        }
        let (noRecord, noLayer) = (
            EpochRecordFailure(path, .noRecord), EpochRecordFailure(path, .unknownLayer)
        )
        expectRefusal("no file", SafetensorsFailure(path, .cannotBeRead))
        try Data("no record".utf8).write(to: URL(fileURLWithPath: path))
        expectRefusal("no safetensors", SafetensorsFailure(path, .headerNotWhole))
        let lists = ["classes": "[\"a\",\"b\"]", "files": "[\"1.jpg\"]"]
        let good: NamedTensors = [
            "validation/probabilities": Tensor(shape: [1, 2], values: [0.5, 0.5]),
            "validation/labels": Tensor(shape: [1], values: [1]),
        ]
        func write(_ change: NamedTensors = [:], _ metadata: [String: String] = [:]) throws {
            try Safetensors.write(
                good.merging(change) { $1 },
                metadata: lists.merging(["epoch": "1"]) { $1 }.merging(metadata) { $1 }, to: path)
        }
        try write()
        #expect(try EpochRecord.load(path).labels == [1])
        for epoch in ["0", "-1", "x", "2147483648", "99999999999999999999"] {
            try write([:], ["epoch": epoch])
            expectRefusal("epoch \(epoch)", noRecord)
        }
        try write([:], ["files": "[\"1.jpg\", \"2.jpg\"]"])
        expectRefusal("more names than photos", noRecord)
        for label in [Float(2), -1, 0.5, .nan, .infinity, 1e20] {
            try write(["validation/labels": Tensor(shape: [1], values: [label])])
            expectRefusal("label \(label)", noRecord)
        }
        for layer in [Float(Architecture.mostLayers + 1), -1, 0.5, .nan, 1e20] {
            try write(["layers/norms": Tensor(shape: [1, 4], values: [layer, 1, 1, 1])])
            expectRefusal("layer \(layer)", noLayer)
        }
        try write(["layers/norms": Tensor(shape: [1, 3], values: [1, 1, 1])])
        expectRefusal("three columns", noRecord)
        try write()
        try Data(contentsOf: URL(fileURLWithPath: path)).dropLast(1).write(to: URL(fileURLWithPath: path))
        expectRefusal("cut short", SafetensorsFailure(path, .size(expected: 12, found: 11)))
        #expect(truncate(path, off_t(EpochRecord.longestFile) + 1) == 0)
        expectRefusal("too large", EpochRecordFailure(path, .tooLarge))
    }

    @Test func damagedEpochsAreLeftOut() throws {
        let photos = try TinyPhotos()
        let folder = try RunFolder.create(home: photos.home, photos.recipe)
        #expect(throws: RunFailure.noPredictions(folder.id)) { try PredictionHistory(run: folder) }
        for epoch in [1, 3, 12_345] { try folder.save(record(epoch)) }
        try Data("damaged".utf8).write(to: URL(fileURLWithPath: folder.epochRecord(2)))
        for stray in [
            "7.safetensors", "0000.safetensors", "x.safetensors", "0004.tmp", "-001.safetensors",
            "2147483648.safetensors",
        ] {
            try Data().write(to: URL(fileURLWithPath: "\(folder.epochs)/\(stray)"))
        }
        #expect(folder.recordedEpochs == [1, 2, 3, 12_345])
        let history = try PredictionHistory(run: folder)
        #expect(history.epochs.map(\.epoch) == [1, 3, 12_345] && history.unreadable == [2])
        #expect(history.moments(of: 1).map(\.prediction.predicted) == [0, 0, 0])
        // When the limit does not cover all records, the newest are read.
        #expect(try PredictionHistory(run: folder, limit: 40).epochs.map(\.epoch) == [3, 12_345])
        // Photos no longer in the dataset are left out; the others keep their places.
        let fewer = try PredictionHistory(run: folder, files: ["x.jpg", record().files[1]])
        #expect(fewer.set(1)?.predictions == [Prediction(photo: 1, label: 1, probabilities: [1, 0])])
        #expect(throws: RunFailure.noPredictions(folder.id)) {
            try PredictionHistory(run: folder, classes: ["other"])
        }
    }

    @Test func tenThousandPhotos() throws {
        let photos = try TinyPhotos()
        let folder = try RunFolder.create(home: photos.home, photos.recipe)
        let files = (0..<10_000).map { PhotoPath("class \($0 % 7)/photo \($0).jpg") }
        let classes = (0..<7).map { "class \($0)" }
        for epoch in 1...3 {
            // In epoch e the first e thousand photos are right.
            let probabilities = (0..<10_000).flatMap { photo in
                (0..<7).map { Float(($0 == photo % 7) == (photo < epoch * 1000) ? 0.4 : 0.1) }
            }
            try folder.save(
                EpochRecord(
                    epoch: epoch, classes: classes, files: files, labels: (0..<10_000).map { $0 % 7 },
                    probabilities: probabilities))
        }
        let history = try PredictionHistory(run: folder, files: files)
        #expect(history.epochs.map(\.confusion.accuracy) == [0.1, 0.2, 0.3])
        #expect(history.moments(of: 1500).map(\.prediction.isCorrect) == [false, true, true])
        #expect(history.changes(from: 1, to: 3).count { $0.isGain } == 2000)
    }

    @Test func changesBetweenEpochs() {
        var history = PredictionHistory(classes: ["a", "b"], files: ["2", "1", "0"])
        func set(_ epoch: Int, _ first: [Float], photos: [Int] = [0, 1, 2]) -> PredictionSet {
            PredictionSet(
                epoch: epoch,
                predictions: zip(photos, first).map {
                    Prediction(photo: $0, label: 0, probabilities: [$1, 1 - $1])
                })
        }
        // Refused: a set before the first epoch, a second set of one epoch, and unknown photos.
        let sets = [
            set(0, [1, 1, 1]), set(1, [1, 0, 1]), set(1, [0, 0, 0]), set(2, [1], photos: [3]),
            set(2, [1], photos: [-1]),
            set(3, [0, 1, 1]),
        ]
        let taken = sets.map { history.append($0) }
        #expect(taken == [false, true, false, false, false, true])
        let changes = history.changes(from: 1, to: 3)
        #expect(changes.map(\.file) == ["1", "2"])
        #expect(changes[0].isGain && !changes[0].isLoss && changes[1].isLoss)
        #expect(history.changes(from: 1, to: 2).isEmpty)
        #expect(history.changes(from: 1, to: 3, in: PredictionHistory(classes: ["a"], files: [])).isEmpty)
        #expect(history.moments(of: 1).map(\.prediction.isCorrect) == [false, true])
    }
}
