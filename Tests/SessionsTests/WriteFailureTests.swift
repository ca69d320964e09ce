import Canvas
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Logs
@testable import Photos
@testable import Recipes
@testable import Runs
@testable import Sessions

/// Whichever call that changes a file fails, existing files stay whole and the error says what
/// happened.
@Suite(.serialized) struct WriteFailureTests {
    private let scratch: TemporaryFolder

    init() throws { scratch = try TemporaryFolder() }

    private func freshFolder() throws -> String {
        let path = scratch(UUID().uuidString)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return FaultPlan.realPath(path)
    }

    private func tensors(_ value: Float) -> NamedTensors {
        // One tensor that is written on its own, and two that are buffered together.
        [
            "a": Tensor(shape: [2], values: [value, 1]),
            "b": Tensor(shape: [300_000], values: Array(repeating: value, count: 300_000)),
            "c": Tensor(shape: [1], values: [value]),
        ]
    }

    private func leftovers(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".tmp") }
    }

    /// Guards the helper: a body that changes no file proves nothing.
    @Test func bodyWithoutCallsFails() {
        withKnownIssue {
            try failingEachCall {
                try freshFolder()
            } _: { _ in
            } _: { _, _, _ in
            }
        }
    }

    @Test func fileStaysWhole() throws {
        let (old, new) = (tensors(1), tensors(2))
        let calls = try failingEachCall {
            let folder = try freshFolder()
            try Safetensors.write(old, to: folder + "/file")
            return folder
        } _: { folder in
            try Safetensors.write(new, to: folder + "/file")
        } _: { folder, number, problem in
            // The folder is opened and flushed after the rename, so by then the new file is in
            // place; a folder that may not be read is no error.
            let isWritten = number > 6
            let (found, left) = (try Safetensors.read(folder + "/file").tensors, try leftovers(folder))
            #expect(found == (isWritten ? new : old) && left.isEmpty, "call \(number)")
            #expect(
                (problem as? any Failure)?.message.contains(folder + "/file") ?? isWritten, "call \(number)")
        }
        #expect(calls == [.open, .write, .write, .write, .sync, .rename, .open, .sync])
    }

    @Test func aPictureIsWholeOrNotThere() throws {
        let calls = try failingEachCall {
            try freshFolder()
        } _: { folder in
            _ = try ExportFile.writeNew(Data("picture".utf8), named: "run", type: "svg", in: folder)
        } _: { folder, number, problem in
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left == [], "call \(number)")
            #expect(
                (problem as? any Failure)?.message.contains(folder + "/run.svg") == true, "call \(number)")
        }
        #expect(calls == [.open, .write])
    }

    /// Several files of one export, new or in place of others.
    @Test(arguments: [false, true]) func filesOfAFolderAreWholeOrAsTheyWere(replacing: Bool) throws {
        let names = ["a.svg", "b.svg"]
        func texts(_ folder: String) throws -> [String: String] {
            var found: [String: String] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                found[name] = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            }
            return found
        }
        let (old, new) = (["a.svg": "old", "b.svg": "old"], ["a.svg": "new", "b.svg": "new"])
        let calls = try failingEachCall {
            let folder = try freshFolder()
            for (name, text) in replacing ? old : [:] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            }
            return folder
        } _: { folder in
            try ExportFile.write(
                names.map { ($0, Data("new".utf8)) }, in: folder, replacing: replacing)
        } _: { folder, number, problem in
            let found = try texts(folder)
            switch number {
            case ...7: #expect(found == (replacing ? old : [:]), "call \(number)")
            // Only between two names can a failure part the files; each is whole.
            case 8:
                #expect(found == (replacing ? ["a.svg": "new", "b.svg": "old"] : [:]), "call \(number)")
            default: #expect(found == new, "call \(number)")
            }
            if number <= 8 {
                #expect((problem as? any Failure)?.message.contains(folder) == true, "call \(number)")
            }
        }
        let file: [FileCalls.Call] = [.open, .write, .sync]
        #expect(calls == file + file + [.rename, .rename, .open, .sync])
    }

    /// A log for TensorBoard is three files in three folders.
    @Test func eventFilesAreAllThereOrNone() throws {
        let photos = try TinyPhotos()
        let session = RunSession(photos.recipe, photos.options())
        session.start()
        _ = try session.wait()
        let run = try RunFolder.find(home: photos.home, id: "1")
        func write(_ folder: String) throws {
            _ = try TensorBoardLog.write(
                run, recipe: photos.recipe, predictions: nil, sheets: .init(), to: folder + "/tb/logs",
                replacing: true)
        }
        func files(_ folder: String) -> [String] {
            (FileManager.default.subpaths(atPath: folder) ?? []).sorted()
        }
        try failingEachCall {
            try freshFolder()
        } _: { folder in
            try write(folder)
        } _: { folder, number, problem in
            if number <= 12 {
                #expect(files(folder) == [] && problem != nil, "call \(number): \(files(folder))")
            }
        }
        // Files that are replaced stay until the new ones are whole.
        var before: [String] = []
        try failingEachCall {
            let folder = try freshFolder()
            try write(folder)
            for stream in ["train", "validation"] {
                let path = "\(folder)/tb/logs/0001/\(stream)/"
                let name = try #require(FileManager.default.contentsOfDirectory(atPath: path).first)
                try Data("not records".utf8).write(to: URL(fileURLWithPath: path + name))
            }
            before = files(folder)
            return folder
        } _: { folder in
            try write(folder)
        } _: { folder, number, problem in
            if number <= 8 {
                #expect(files(folder) == before && problem != nil, "call \(number): \(files(folder))")
            }
        }
    }

    @Test func checkpointsStayWhole() throws {
        let photos = try Photos()
        func checkpoint(_ step: Int) -> Checkpoint {
            var progress = RunProgress()
            progress.step = step
            return Checkpoint(
                header: .init(
                    run: "0001", recipe: Recipe(), classes: ["a", "b"], data: "d",
                    weights: "w", state: RecipeState(Recipe()), progress: progress),
                tensors: tensors(Float(step)))
        }
        func step(_ path: String) throws -> Float? {
            guard FileManager.default.fileExists(atPath: path) else { return nil }
            return try Safetensors.read(path).tensors["c"]?.values.first
        }
        try failingEachCall {
            let home = try freshFolder()
            let folder = try RunFolder.create(home: home, Recipe())
            let recorder = try photos.recorder(folder, home, keep: 2)
            for step in 1...3 {
                _ = try recorder.save(checkpoint(step), .best)
                #expect(recorder.keep(checkpoint(step)).isEmpty)
            }
            #expect(folder.keptPlaces.map(\.step) == [2, 3])
            return folder.path
        } _: { path in
            let home = URL(fileURLWithPath: path).deletingLastPathComponent().deletingLastPathComponent().path
            let recorder = try photos.recorder(RunFolder.find(home: home, id: "1"), home, keep: 2)
            _ = try recorder.save(checkpoint(4), .best)
            let problems = recorder.keep(checkpoint(4))
            if let problem = problems.first { throw UserError(problem) }
        } _: { path, number, problem in
            let home = URL(fileURLWithPath: path).deletingLastPathComponent().deletingLastPathComponent().path
            let folder = try RunFolder.find(home: home, id: "1")
            let (last, best) = (try step(folder.last), try step(folder.best))
            #expect(
                [3, 4].contains(last) && [3, 4].contains(best) && best ?? 0 >= last ?? 9,
                "call \(number): \(last ?? -1), \(best ?? -1)")
            for place in folder.keptPlaces {
                #expect(try step(folder.keptCheckpoint(place)) == Float(place.step), "call \(number)")
            }
            #expect(folder.keptPlaces.contains { $0.step == 3 })
            // When no problem is reported, nothing failed.
            if problem == nil {
                #expect(last == 4 && best == 4 && folder.keptPlaces.map(\.step) == [3, 4], "call \(number)")
            }
            #expect(folder.checkpoints.count == folder.keptPlaces.count + 2)
        }
    }

    /// A line that cannot be written at once is written with the next event, and no line is torn.
    @Test func logKeepsEveryLine() throws {
        let events = (1...3).map { TrainerEvent.checkpointSaved(.init(path: "p", epoch: $0, reason: .epoch)) }
        try failingEachCall {
            let folder = try freshFolder()
            try EventLog(path: folder + "/events.jsonl").append(events[0])
            return folder
        } _: { folder in
            let log = try EventLog(path: folder + "/events.jsonl")
            defer { withExtendedLifetime(log) {} }
            try log.append(events[1])
        } _: { folder, number, problem in
            #expect(problem is any Failure)
            #expect(
                [Array(events[..<1]), Array(events[..<2])].contains(EventLog.read(folder + "/events.jsonl")),
                "call \(number)")
        }
        // The disk is full for a while, and the file cannot be truncated either.
        let folder = try freshFolder()
        let log = try EventLog(path: folder + "/events.jsonl")
        try log.append(events[0])
        let plan = FaultPlan(below: folder)
        plan.fail(true)
        #expect(throws: FileFailure.self) { try log.append(events[1]) }
        plan.fail(false)
        try log.append(events[2])
        #expect(EventLog.read(folder + "/events.jsonl") == events)
    }

    @Test func logThatNobodyTakesKeepsTheNewestLines() throws {
        let folder = try freshFolder()
        let log = try EventLog(path: folder + "/events.jsonl")
        let plan = FaultPlan(below: folder, only: .write)
        plan.fail(true)
        let text = String(repeating: "x", count: 1 << 19)
        for number in 0..<20 {
            #expect(throws: FileFailure.self) {
                try log.append(.warning(.init(message: "\(number) \(text)")))
            }
        }
        plan.fail(false)
        try log.append(.warning(.init(message: "end")))
        let messages = EventLog.read(folder + "/events.jsonl").compactMap {
            if case .warning(let warning) = $0 { warning.message } else { nil }
        }
        #expect(messages.last == "end" && messages.dropLast().last == "19 \(text)")
        #expect(messages.count < 12)
    }

    @Test func runThatCannotBeMadeLeavesNothing() throws {
        try failingEachCall {
            try freshFolder()
        } _: { home in
            _ = try RunFolder.create(home: home, Recipe())
        } _: { home, number, problem in
            #expect(RunFolder.ids(home: home) == (problem == nil ? ["0001"] : []), "call \(number)")
        }
    }

    /// Whatever fails on the cache's disk, the pixels are those of the photos.
    @Test(arguments: [false, true]) func cacheNeverChangesThePixels(isLazy: Bool) throws {
        let photos = try Photos()
        let pool = WorkerPool(count: 2)
        defer { pool.close() }
        func dataset(_ cache: String?, isLazy: Bool) throws -> Dataset {
            try Dataset(
                folder: ImageFolder(path: photos.folder.path), name: nil, synthetic: false, imageSize: 96,
                split: SplitPlan(validation: 0.5),
                cacheDirectory: cache, isLazy: isLazy, pool: pool, progress: { _, _ in },
                isCancelled: { false })
        }
        let expected = try dataset(nil, isLazy: false)
        func pixels(_ dataset: Dataset) -> [RGBImage] { dataset.photos.indices.map { dataset.image(at: $0) } }
        var told: [String] = []
        try failingEachCall {
            try freshFolder()
        } _: { cache in
            let found = try dataset(cache, isLazy: isLazy)
            #expect(pixels(found) == pixels(expected))
            told = ([found.cacheWarning].compactMap(\.self) + found.takeProblems()).map { "\($0)" }
        } _: { cache, number, problem in
            #expect(problem == nil && told.count == 1, "call \(number): \(told)")
            // Files left by a failure do not hinder the next run.
            let next = try dataset(cache, isLazy: false)
            #expect(pixels(next) == pixels(expected))
        }
    }

    /// A few small photos, without weights.
    private struct Photos {
        let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            let flowers = DemoFlowers(photosPerClass: 2, seed: 3)
            for (label, name) in ["a", "b"].enumerated() {
                try FileManager.default.createDirectory(
                    atPath: folder(name), withIntermediateDirectories: true)
                for index in 0..<2 {
                    try DemoFlowers.jpeg(flowers.photo(label: label, index: index)).write(
                        to: URL(fileURLWithPath: folder("\(name)/\(index).jpg")))
                }
            }
        }

        func recorder(_ folder: RunFolder, _ home: String, keep: Int) throws -> RunRecorder {
            try RunRecorder(
                folder: folder, index: nil, classes: ["a", "b"],
                photos: [],
                policy: CheckpointPolicy(keep: keep))
        }
    }
}
