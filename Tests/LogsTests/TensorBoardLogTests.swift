import Basics
import Foundation
import Recipes
import Runs
import Sessions
import TestSupport
import Testing
import Training

@testable import Logs

/// Event files of real runs.
@Suite(.serialized) struct TensorBoardLogTests {
    /// Tags and steps of a stream, in the order of its one file.
    private func values(_ folder: String, _ stream: String = "") throws -> [LoggedValue] {
        let path = stream.isEmpty ? folder : "\(folder)/\(stream)"
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter {
            $0.contains("tfevents")
        }
        #expect(names.count == 1, "\(names)")
        let reader = EventReader([UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(names[0])"))))
        #expect(reader.damage == nil)
        return reader.values
    }

    private func steps(_ folder: String, _ stream: String, _ tag: String) throws -> [Int] {
        try values(folder, stream).filter { $0.tag == tag }.map(\.step)
    }

    private func train(
        _ photos: TinyPhotos, resuming id: String? = nil, into folder: String,
        stoppingAt stop: RunPlace? = nil
    ) throws -> EventRecorder {
        let recorder = EventRecorder()
        var options = photos.options(resuming: id)
        options.logs = [try TensorBoardLog(folder: folder, home: photos.home)]
        let box = SessionBox()
        options.observer = { event in
            recorder.note(event)
            if case .training(.batchEnded(let batch)) = event, let stop,
                (batch.epoch, batch.step) == (stop.epoch, stop.step)
            {
                box.session?.interrupt()
            }
        }
        let session = RunSession(photos.recipe, options)
        box.session = session
        session.start()
        _ = try session.wait()
        return recorder
    }

    @Test func resumedRunHasEveryStepOnce() throws {
        let photos = try TinyPhotos()
        let folder = photos.folder("tb")
        _ = try train(photos, into: folder, stoppingAt: RunPlace(epoch: 1, step: 2))
        let before = try FileManager.default.contentsOfDirectory(atPath: folder + "/0001/train")
        let resumed = try train(photos, resuming: "1", into: folder)
        #expect(resumed.warnings.isEmpty)
        // The same file goes on, because nothing in it is too much.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/0001/train") == before)
        let epochs = EventLog.read(photos.home + "/runs/0001/events.jsonl").compactMap {
            if case .epochEnded(let epoch) = $0 { epoch } else { nil }
        }
        #expect(epochs.count == 4)
        let losses = try values(folder + "/0001", "train").filter { $0.tag == "epoch_loss" }
        #expect(losses.map(\.step) == [0, 1, 2, 3])
        #expect(losses.map { Float($0.scalar!) } == epochs.map { Float($0.trainLoss) })
        let steps = try #require(resumed.batches.first?.steps)
        #expect(try self.steps(folder + "/0001", "train", "batch_loss") == Array(1...4 * steps))
        for tag in ["epoch_loss", "epoch_accuracy", "confusion_matrix"] {
            #expect(try self.steps(folder + "/0001", "validation", tag) == [0, 1, 2, 3])
        }
        #expect(try self.steps(folder + "/0001", "validation", "photos") == [0])
        #expect(try self.steps(folder + "/0001", "train", "augmented_photos") == [0])
        let tags = try values(folder + "/0001").map(\.tag)
        #expect(tags == [EventMessage.settingsTag, "settings", EventMessage.endTag])
    }

    @Test func runTakenBackDropsWhatItHadWritten() throws {
        let photos = try TinyPhotos()
        let folder = photos.folder("tb")
        _ = try train(photos, into: folder, stoppingAt: RunPlace(epoch: 1, step: 2))
        // As after a crash: the events of the unfinished epoch are lost, the log's are not.
        let run = try RunFolder.find(home: photos.home, id: "1")
        let train = folder + "/0001/train/"
        let name = try FileManager.default.contentsOfDirectory(atPath: train)[0]
        let stray = EventMessage.scalar(9).encoded(tag: "epoch_loss", step: 7, time: 1)
        let handle = try #require(FileHandle(forWritingAtPath: train + name))
        try handle.seekToEnd()
        try handle.write(contentsOf: TFRecord.framed(stray) + [1, 2, 3])
        try handle.close()
        // A file of another program stays.
        try Data([1]).write(to: URL(fileURLWithPath: train + "events.out.tfevents.1.host"))
        _ = try self.train(photos, resuming: "1", into: folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: train).sorted()
        #expect(names.count == 2 && !names.contains(name) && names.contains("events.out.tfevents.1.host"))
        try FileManager.default.removeItem(atPath: train + "events.out.tfevents.1.host")
        #expect(try steps(folder + "/0001", "train", "epoch_loss") == [0, 1, 2, 3])
        // The export finds nothing to change.
        let history = try PredictionHistory(run: run)
        let kept = try values(folder + "/0001", "train")
        let target = try TensorBoardLog.write(
            run, recipe: photos.recipe, predictions: history, sheets: .init(), to: folder, replacing: false)
        #expect(target == folder + "/0001")
        #expect(try values(target, "train") == kept)
        // Another home's run of the same number gets another folder.
        let others = try TinyPhotos()
        _ = try self.train(others, into: folder)
        #expect(try steps(folder + "/0001-2", "train", "epoch_loss") == [0, 1, 2, 3])
        #expect(try values(folder + "/0001", "train") == kept)
    }

    @Test func exportIsTheLiveLog() throws {
        let photos = try TinyPhotos()
        let (live, exported) = (photos.folder("live"), photos.folder("exported"))
        _ = try train(photos, into: live)
        let run = try RunFolder.find(home: photos.home, id: "1")
        let path = try TensorBoardLog.write(
            run, recipe: photos.recipe, predictions: PredictionHistory(run: run), sheets: .init(),
            to: exported, replacing: false)
        for stream in ["", "train", "validation"] {
            func keys(_ folder: String) throws -> [String] {
                try values(folder, stream).filter { !$0.tag.hasSuffix("photos") }.map {
                    "\($0.tag) \($0.step) \($0.scalar.map { "\($0)" } ?? "")"
                }
            }
            #expect(try keys(path) == keys(live + "/0001"), "\(stream)")
        }
    }

    /// Event files that hold something else are replaced when that is asked for, whole.
    @Test func anExportReplacesOtherContentOnlyIfAsked() throws {
        let photos = try TinyPhotos()
        let folder = photos.folder("tb")
        _ = try train(photos, into: folder)
        let run = try RunFolder.find(home: photos.home, id: "1")
        let path = folder + "/0001/validation/"
        let name = try FileManager.default.contentsOfDirectory(atPath: path)[0]
        let whole = try values(folder + "/0001", "validation").map(\.tag).filter { $0 != "photos" }
        try Data("cut".utf8).write(to: URL(fileURLWithPath: path + name))
        func export(replacing: Bool) throws {
            _ = try TensorBoardLog.write(
                run, recipe: photos.recipe, predictions: PredictionHistory(run: run), sheets: .init(),
                to: folder, replacing: replacing)
        }
        #expect(throws: FileFailure.alreadyThere(folder + "/0001")) { try export(replacing: false) }
        #expect(try String(contentsOfFile: path + name, encoding: .utf8) == "cut")
        try export(replacing: true)
        #expect(try values(folder + "/0001", "validation").map(\.tag) == whole)
    }

    @Test func fullDiskGivesOneWarningAndTheRunGoesOn() throws {
        let photos = try TinyPhotos()
        let folder = photos.folder("tb")
        let log = try TensorBoardLog(folder: folder, home: photos.home)
        // A file in place of the run's folder.
        try Data().write(to: URL(fileURLWithPath: folder + "/0001"))
        let recorder = EventRecorder()
        var options = photos.options()
        (options.logs, options.observer) = ([log], { recorder.note($0) })
        let session = RunSession(photos.recipe, options)
        session.start()
        #expect(try session.wait() == .finished)
        #expect(recorder.warnings.count { $0.contains("/tb/0001") } == 1)
        #expect(throws: (any Error).self) { try TensorBoardLog(folder: folder + "/0001/x", home: "") }
    }

    @Test func tableHasKerasColumns() throws {
        let keras = String(decoding: try LogFixtures.data("logs/keras.csv"), as: UTF8.self)
        let log = try OutsideLog(path: LogFixtures.path("logs/keras.csv"))
        // Read and written again, it is the same to the byte.
        #expect(EpochCSV.table(log.events) == keras)
    }
}
