import Foundation
import Recipes
import TestSupport
import Testing
import Wording

@testable import Logs

/// Logs of Keras, TensorFlow and PyTorch as runs.
@Suite struct OutsideLogTests {
    private func epochs(_ path: String) throws -> [TrainerEvent.EpochEnded] {
        try OutsideLog(path: path).events.compactMap {
            if case .epochEnded(let epoch) = $0 { epoch } else { nil }
        }
    }

    private func rates(_ path: String) throws -> [Double] {
        try OutsideLog(path: path).events.compactMap {
            if case .batchEnded(let batch) = $0 { batch.learningRate } else { nil }
        }
    }

    private func write(_ text: String, in folder: TemporaryFolder) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder("t.csv")))
        return folder("t.csv")
    }

    @Test func kerasFolderAndTableAreTheSameRun() throws {
        let (folder, table) = (LogFixtures.path("logs/keras"), LogFixtures.path("logs/keras.csv"))
        let (fromEvents, fromTable) = (try epochs(folder), try epochs(table))
        #expect(fromEvents.count == 4)
        for value in [
            \TrainerEvent.EpochEnded.trainLoss, \.trainAccuracy, \.validationLoss, \.validationAccuracy,
        ] {
            #expect(fromEvents.map { $0[keyPath: value] } == fromTable.map { $0[keyPath: value] })
        }
        #expect(fromTable.map(\.epoch) == [0, 1, 2, 3])
        #expect(fromTable[1].trainLoss.isFinite && fromTable[3].validationAccuracy == 0.25)
        #expect(try rates(folder) == rates(table))
        #expect(zip(try rates(table), [0.01, 0.01, 0.001, 0.0001]).allSatisfy { abs($0 - $1) < 1e-9 })
        #expect(try OutsideLog(path: folder).name == "keras")
        // A part of it alone.
        let training = try epochs(folder + "/train")
        #expect(training.map(\.trainLoss) == fromTable.map(\.trainLoss))
        #expect(training.allSatisfy { $0.validationLoss.isNaN })
    }

    @Test func valuesOfBatchesBelongToTheNextValidation() throws {
        let found = try epochs(LogFixtures.path("logs/plain.tfevents"))
        #expect(found.map(\.epoch) == [0, 1, 2])
        #expect(found.map { Float($0.trainLoss) } == [0.2, 0.1, Float(2.0 / 30)])
        #expect(found.map { Float($0.validationLoss) } == [0.3, 0.15, 0.1])
        #expect(found.map { Float($0.validationAccuracy) } == [0.25, 0.5, 0.75])
        #expect(found.allSatisfy { $0.trainAccuracy.isNaN })
    }

    @Test func refusesWhatHasNothingToDraw() throws {
        let useless = LogFixtures.path("logs/useless.tfevents")
        #expect(throws: LogFailure.noUsableValues(useless, names: ["weights/norm", "batch_loss"])) {
            try OutsideLog(path: useless)
        }
        #expect("\(LogFailure.noUsableValues("l", names: ["a", "b"]))".hasSuffix("it has a, b."))
        let folder = try TemporaryFolder()
        #expect(throws: LogFailure.missing(folder("x"))) { try OutsideLog(path: folder("x")) }
        #expect(throws: LogFailure.emptyFolder(folder.path)) { try OutsideLog(path: folder.path) }
        let text = try write("a,b\n1,2\n", in: folder)
        #expect(throws: LogFailure.unknown(text)) { try OutsideLog(path: text) }
        try Data().write(to: URL(fileURLWithPath: folder("empty")))
        #expect(throws: LogFailure.unknown(folder("empty"))) { try OutsideLog(path: folder("empty")) }
    }

    @Test func readsUpToTheDamageAndSaysSo() throws {
        let folder = try TemporaryFolder()
        let whole = try LogFixtures.data("logs/plain.tfevents")
        let file = folder("events.out.tfevents.1")
        try whole.prefix(whole.count - 5).write(to: URL(fileURLWithPath: file))
        let log = try OutsideLog(path: folder.path)
        #expect(log.warnings.map(\.path) == [file] && log.events.count == 6)
        guard case .cutShort? = log.warnings.first?.damage else {
            Issue.record("\(log.warnings)")
            return
        }
        try Data(repeating: 7, count: 100).write(to: URL(fileURLWithPath: file))
        #expect(throws: LogFailure.damaged(file, .wrongChecksum(byte: 0))) {
            try OutsideLog(path: folder.path)
        }
        let table = try write("epoch,loss\n0,1\n1,0.5\n2\n", in: folder)
        #expect(try OutsideLog(path: table).warnings == [LogWarning(table, .wrongRow(line: 4))])
        #expect(try epochs(table).map(\.trainLoss) == [1, 0.5])
    }

    @Test func tablesOfManyKinds() throws {
        let folder = try TemporaryFolder()
        // Continued with append=True, which repeats an epoch; missing values; quoted fields.
        let appended = try write(
            "epoch;\"acc\";val_acc;note\r\n1;0.1;NA;\"a;b\"\r\n2;0.2;0.3;x\r\n2;0.25;0.4;x\r\n4;nan;0.5;\r\n",
            in: folder)
        let found = try epochs(appended)
        #expect(found.map(\.epoch) == [0, 1, 3])
        #expect(found.map { $0.trainAccuracy }.prefix(2) == [0.1, 0.25])
        #expect(found.map { $0.validationAccuracy }.suffix(2) == [0.4, 0.5])
        #expect(found[0].validationAccuracy.isNaN && found[2].trainAccuracy.isNaN)
        // No number takes it out of its bounds.
        for epoch in ["1e300", "-1", "nan", "x", "9223372036854775808"] {
            let hostile = try write("epoch,loss\n\(epoch),1\n", in: folder)
            #expect(throws: LogFailure.damaged(hostile, .wrongRow(line: 2))) {
                try OutsideLog(path: hostile)
            }
        }
        let far = try write("epoch,loss\n1000000000,1\n", in: folder)
        #expect(try epochs(far).count == 1)
    }

    /// The series that are taken, by the names that programs give them.
    @Test(arguments: [
        (["train_loss", "val_loss", "train_loss_step"], "train_loss", "val_loss"),
        (["Loss/train", "Loss/test"], "Loss/train", "Loss/test"),
        (["epoch_loss", "loss", "epoch_val_loss"], "epoch_loss", "epoch_val_loss"),
        (["trainLoss", "validLoss"], "trainLoss", "validLoss"),
        (["my_head_loss", "loss", "eval/loss"], "loss", "eval/loss"),
        (["evaluation_loss_vs_iterations", "loss"], "loss", nil),
    ])
    func names(_ names: [String], _ training: String, _ validation: String?) throws {
        let series = names.enumerated().map { index, name in
            var series = Series(group: "", tag: name)
            for step in 0..<3 { series.add(Double(index), step: step) }
            return series
        }
        let choice = try #require(SeriesChoice(series, countsEpochs: false))
        let ends = choice.events.compactMap {
            if case .epochEnded(let epoch) = $0 { epoch } else { nil }
        }
        #expect(ends.count == 3)
        #expect(ends[0].trainLoss == Double(try #require(names.firstIndex(of: training))))
        let index = validation.flatMap { names.firstIndex(of: $0) }.map(Double.init)
        #expect(index.map { ends[0].validationLoss == $0 } ?? ends[0].validationLoss.isNaN)
    }

    @Test func anyStepsCanBeRead() throws {
        var series = Series(group: "", tag: "loss")
        for step in [Int.min, -1, 0, Int.max] { series.add(1, step: step) }
        let choice = try #require(SeriesChoice([series], countsEpochs: false))
        #expect(choice.events.count == 8)
    }
}
