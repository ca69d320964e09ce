import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network
@testable import Photos
@testable import Recipes
@testable import Runs

/// Malicious files, and files whose contents contradict themselves, are refused with a clear
/// message.
@Suite struct HostileFilesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static func seed(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fuzz/corpus/\(name)").path
    }

    private func write(_ bytes: [UInt8], _ name: String = "file") throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: folder(name)))
        return folder(name)
    }

    private static func little(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    // MARK: HDF5

    /// The files come from h5py (Tests/Fuzz/seeds.py).
    @Test(arguments: [
        ("circle", "circle of links"), ("two-names", "one thing under two names"),
        ("bomb", "do not unpack to their size"),
        ("elsewhere", "values that lie in other files"), ("virtual", "values that lie in other files"),
        ("soft-link", "links to other places"),
        ("external-link", "links to other places or files"),
        ("compound", "a type that is neither number nor text"),
        ("lists", "lists of any length"), ("huge", "values in /a, more than"),
        ("deep", "groups more than 24 deep"),
        ("lzf", "packed by filter 32000"), ("never-written", "the values of /a are not whole"),
    ]) func whatKerasNeverWritesIsRefused(name: String, reason: String) {
        let path = Self.seed("hdf5/\(name)")
        let message = userErrorMessage { _ = try WeightsFile.read(path) }
        #expect(message.hasPrefix(path) && message.contains(reason), "\(message)")
    }

    @Test(arguments: ["keras2", "keras3", "packed", "keras2-new", "packed-new", "dense"])
    func whatH5pyWritesIsRead(name: String) throws {
        let path = Self.seed("hdf5/\(name)")
        try HDF5File.withFile(path) { file in
            let datasets = try file.datasets()
            #expect(!datasets.isEmpty)
            for dataset in datasets {
                #expect(try file.values(of: dataset).count == dataset.shape.reduce(1, *))
            }
        }
        #expect(userErrorMessage { _ = try WeightsFile.read(path) }.contains("MobileNetV2"))
    }

    /// With single bytes changed here and there, a file is either read or refused. The newer
    /// formats protect most bytes with checksums.
    @Test(arguments: ["keras2", "keras3", "packed", "keras2-new", "packed-new", "dense", "dense-damaged"])
    func changedBytesAreReadOrRefused(name: String) throws {
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.seed("hdf5/\(name)"))))
        var read = 0
        for place in stride(from: 8, to: whole.count, by: 61) {
            var bytes = whole
            bytes[place] = bytes[place] == 0xff ? 0 : 0xff
            let path = try write(bytes)
            let message = userErrorMessage {
                try HDF5File.withFile(path) { file in
                    for dataset in try file.datasets() { _ = try file.values(of: dataset) }
                }
            }
            if message == "(no error)" {
                read += 1
            } else {
                #expect(message.hasPrefix(path), "byte \(place): \(message)")
            }
        }
        #expect(read > 0 || name.hasSuffix("new") || name.hasPrefix("dense"))
    }

    @Test func aFreePlaceThatLeadsToItselfIsRefused() throws {
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.seed("hdf5/keras2"))))
        let heap = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("HEAP".utf8)) })
        let names = Int(bytes[heap + 24]) | Int(bytes[heap + 25]) << 8
        bytes.replaceSubrange(heap + 16..<heap + 24, with: Self.little(16))
        bytes.replaceSubrange(names + 16..<names + 32, with: Self.little(16) + Self.little(16))
        let path = try write(bytes)
        #expect(userErrorMessage { _ = try WeightsFile.read(path) }.contains("lead astray"))
    }

    /// A null dataspace has no values, so its extents are not bounded by their number.
    @Test func chunksWithoutEndAreRefused() throws {
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.seed("hdf5/packed"))))
        // Version 1, two extents of 8 with their maxima; version 2 has its kind where that has zeros.
        let shape = [1, 2, 1, 0, 0, 0, 0, 0] + Self.little(8) + Self.little(8)
        let space = try #require(bytes.indices.first { bytes[$0...].starts(with: shape) })
        bytes.replaceSubrange(
            space..<space + 20, with: [2, 2, 0, 2] + Self.little(1 << 40) + Self.little(1 << 40))
        let path = try write(bytes)
        #expect(userErrorMessage { _ = try WeightsFile.read(path) }.contains("the chunks of /a are endless"))
    }

    /// libhdf5 would never finish reading a global heap collection whose free space has such a
    /// size.
    @Test(arguments: [0, 8, 15] as [UInt64]) func aFreePlaceWithoutASizeIsRefused(size: UInt64) throws {
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.seed("hdf5/keras3"))))
        let collection = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("GCOL".utf8)) })
        func length(at object: Int) -> Int {
            (0..<8).reduce(0) { $0 | Int(bytes[object + 8 + $1]) << (8 * $1) }
        }
        var object = collection + 16
        while bytes[object] != 0 || bytes[object + 1] != 0 { object += 16 + (length(at: object) + 7) / 8 * 8 }
        #expect(object + length(at: object) == collection + length(at: collection))
        bytes.replaceSubrange(object + 8..<object + 16, with: Self.little(size))
        let path = try write(bytes)
        #expect(
            userErrorMessage { _ = try WeightsFile.read(path) }.contains("a collection of texts is mixed up"))
    }

    @Test func aFileThatSaysItIsLongerIsRefused() throws {
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.seed("hdf5/keras2"))))
        let path = try write(whole.dropLast(1))
        #expect(
            userErrorMessage { _ = try WeightsFile.read(path) }.contains(
                "it should have \(whole.count) bytes and has \(whole.count - 1)"))
    }

    // MARK: Archives

    private func pack(_ arguments: [String], in place: String) throws -> String {
        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        python.arguments = ["python3", "-c"] + arguments
        python.currentDirectoryURL = URL(fileURLWithPath: place)
        try python.run()
        python.waitUntilExit()
        #expect(python.terminationStatus == 0)
        return place + "/made"
    }

    @Test func aZipBombIsRefusedBeforeItIsUnpacked() throws {
        let path = try pack(
            [
                "import zipfile; zipfile.ZipFile('made', 'w', zipfile.ZIP_DEFLATED).writestr('model.weights.h5', bytes(64 << 20))"
            ], in: folder.path)
        let message = userErrorMessage {
            _ = try Archive.extractMember(of: path, to: folder("unpacked"), limit: 1 << 20) {
                $0.hasSuffix(".h5")
            }
        }
        #expect(message == "\(path) is refused: unpacked it has more than 1 MiB.")
        #expect(!FileManager.default.fileExists(atPath: folder("unpacked")))
    }

    /// A zip that states a member's size only after its data.
    @Test func aZipBombWithoutASizeIsRefused() throws {
        let path = try pack(
            [
                """
                import sys, io, zipfile
                class Pipe(io.RawIOBase):
                    def __init__(self): self.file = open('made', 'wb')
                    def writable(self): return True
                    def write(self, b): return self.file.write(b)
                    def close(self): self.file.close()
                pipe = Pipe()
                z = zipfile.ZipFile(pipe, 'w', zipfile.ZIP_DEFLATED)
                z.writestr('model.weights.h5', bytes(64 << 20))
                z.close(); pipe.close()
                """
            ], in: folder.path)
        let message = userErrorMessage {
            _ = try Archive.extractMember(of: path, to: folder("unpacked"), limit: 1 << 20) {
                $0.hasSuffix(".h5")
            }
        }
        #expect(message == "\(path) is refused: unpacked it has more than 1 MiB.")
    }

    /// A zip that states a smaller size than the member unpacks to.
    @Test func aZipBombThatLiesAboutItsSizeIsRefused() throws {
        let path = try pack(
            [
                """
                import zipfile, io, struct
                buffer = io.BytesIO()
                with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('model.weights.h5', bytes(64 << 20))
                content = buffer.getvalue().replace(struct.pack('<I', 64 << 20), struct.pack('<I', 16))
                open('made', 'wb').write(content)
                """
            ], in: folder.path)
        let message = userErrorMessage {
            _ = try Archive.extractMember(of: path, to: folder("unpacked"), limit: 1 << 20) {
                $0.hasSuffix(".h5")
            }
        }
        #expect(message.hasPrefix(path))
        let size = try FileManager.default.attributesOfItem(atPath: folder("unpacked"))[.size] as? Int
        #expect(size ?? 0 <= 1 << 20)
    }

    @Test func whatIsPackedTwiceIsRefused() throws {
        let path = try pack(
            ["import gzip; open('made', 'wb').write(gzip.compress(gzip.compress(bytes(1 << 20))))"],
            in: folder.path)
        #expect(
            userErrorMessage { try Archive.extractAll(of: path, into: folder.path) { _ in } }.hasSuffix(
                "is packed more than once."))
    }

    @Test(arguments: [
        ("above", "would be written outside its folder"), ("absolute", "would be written outside its folder"),
        ("symlink", "is a link or a device"),
        ("hardlink", "is a link or a device"), ("device", "is a link or a device"),
    ]) func entriesThatLeadOutAreRefused(name: String, reason: String) throws {
        let inner = folder("inner")
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
        let message = userErrorMessage {
            try Archive.extractAll(of: Self.seed("tar/\(name)"), into: inner) { _ in }
        }
        #expect(message.contains(reason), "\(message)")
        #expect(try folder.contents() == ["inner"])
    }

    @Test func filesAndFoldersAreUnpacked() throws {
        for name in ["plain", "packed"] {
            try Archive.extractAll(of: Self.seed("tar/\(name)"), into: folder.path) { _ in }
        }
        #expect(try String(contentsOfFile: folder("p/a.jpg"), encoding: .utf8) == "photo")
        #expect(
            userErrorMessage {
                try Archive.extractAll(of: Self.seed("tar/plain"), into: folder.path, limit: 4) { _ in }
            }.contains("has more than 0 MiB"))
    }

    // MARK: Safetensors

    private func safetensors(_ header: String, length: UInt64? = nil, values: Int = 0) throws -> String {
        try write(
            Self.little(length ?? UInt64(header.utf8.count)) + Array(header.utf8)
                + [UInt8](repeating: 0, count: values))
    }

    @Test(arguments: [UInt64.max, 1 << 63, 1 << 62, 100]) func aHeaderBeyondTheFileIsRefused(length: UInt64)
        throws
    {
        let path = try safetensors("{}", length: length)
        #expect(userErrorMessage { _ = try Safetensors.read(path) }.contains("its header is not whole"))
        #expect(
            userErrorMessage { _ = try Safetensors.readMetadata(path) }.contains("its header is not whole"))
    }

    @Test(arguments: [
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#,
        #"{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    ]) func tensorsThatDoNotFillTheFileAreRefused(header: String) throws {
        let path = try safetensors(header, values: 8)
        #expect(userErrorMessage { _ = try Safetensors.read(path) }.hasPrefix("\(path) is "))
    }

    @Test func deepAndLongHeadersAreRefused() throws {
        let deep = try safetensors(String(repeating: #"{"a":"#, count: 100_000))
        #expect(userErrorMessage { _ = try Safetensors.read(deep) }.contains("header cannot be read"))
        let long = try safetensors("[" + String(repeating: "0,", count: Safetensors.mostMarks + 1) + "0]")
        #expect(userErrorMessage { _ = try Safetensors.read(long) }.contains("describes more than any file"))
    }

    // MARK: Run records

    @Test(arguments: [
        #"{"event":"checkpoint_saved","path":"p","epoch":9223372036854775807,"reason":"epoch"}"#,
        #"{"event":"stage_started","stage":"head","epoch":-1,"trainable_parameters":1,"learning_rate":1}"#,
        #"{"event":"command_applied","command":{"add_epochs":9223372036854775807},"epoch":0,"step":0,"learning_rate":1}"#,
        #"{"event":"command_applied","command":"pause","epoch":0,"step":0,"learning_rate":1,"time":1e300}"#,
        #"{"event":"batch_ended","epoch":0,"step":1,"steps":2,"loss":1,"accuracy":1,"batch_loss":1,"learning_rate":1,"images_per_second":1e19}"#,
        #"{"event":"batch_ended","epoch":0,"step":1,"steps":2,"loss":1,"accuracy":1,"batch_loss":1,"learning_rate":1,"images_per_second":-1}"#,
        #"{"event":"batch_ended","epoch":0,"step":1,"steps":2,"loss":1,"accuracy":1,"batch_loss":1,"learning_rate":1,"images_per_second":1e-300}"#,
        #"{"event":"batch_ended","epoch":0,"step":1,"steps":2,"loss":1e300,"accuracy":1,"batch_loss":1,"learning_rate":1,"images_per_second":9}"#,
        #"{"event":"command_applied","command":{"unfreeze":-9},"epoch":0,"step":0,"learning_rate":1}"#,
        #"{"event":"run_started","run":"1","data":"","weights":"","train_images":-1,"validation_images":0,"classes":[]}"#,
        String(repeating: "[", count: 100_000), #"{"event":"#,
    ]) func eventsThatCannotBeAreLeftOut(line: String) throws {
        let sound = #"{"event":"warning","message":"sound"}"#
        let path = try write(Array("\(line)\n\(sound)\n".utf8))
        #expect(EventLog.read(path) == [.warning(.init(message: "sound"))])
    }

    @Test(arguments: ["lock", "system.json"]) func aPipeInARunsFolderDoesNotBlock(name: String) throws {
        let home = folder.path + "/home"
        let run = try RunFolder.create(home: home, Recipe())
        #expect(mkfifo("\(run.path)/\(name)", 0o600) == 0)
        #expect(!RunLock.isHeld("\(run.path)/lock"))
        #expect(SystemDescription.load(from: run) == nil)
    }

    /// The largest Int would leave no number for the next run.
    @Test func foldersOfImpossibleNumbersAreNoRuns() throws {
        let home = folder.path + "/home"
        for id in ["9223372036854775807", "0000", "1000000000", "12"] {
            try FileManager.default.createDirectory(
                atPath: "\(home)/runs/\(id)", withIntermediateDirectories: true)
        }
        #expect(RunFolder.ids(home: home) == ["12"])
        #expect(try RunFolder.create(home: home, Recipe()).id == "0013")
    }

    @Test(
        arguments: [
            { $0.epochs = .max }, { $0.fineTuneEpochs = -1 }, { $0.batchSize = 0 },
            { $0.imageSize = 1 << 40 }, { $0.imageSize = 33 },
            { $0.fineTuneAt = 155 }, { $0.validationSplit = 1 }, { $0.learningRate = -1 }, { $0.dropout = 1 },
            { $0.earlyStop = 0 },
        ] as [@Sendable (inout Recipe) -> Void]) func impossibleConfigurationsAreRefused(
            change: @Sendable (inout Recipe) -> Void
        ) throws
    {
        let run = try RunFolder.create(home: folder.path, Recipe())
        #expect(try run.loadRecipe() == Recipe())
        var recipe = Recipe()
        change(&recipe)
        try run.save(recipe)
        #expect(userErrorMessage { _ = try run.loadRecipe() }.contains("missing or damaged"))
        let header = Checkpoint.Header(
            run: "1", recipe: recipe, classes: ["a"], data: "", weights: "",
            state: RecipeState(recipe), progress: RunProgress())
        let text = String(decoding: try Checkpoint.Header.encoder().encode(header), as: UTF8.self)
        #expect(
            userErrorMessage {
                _ = try Checkpoint.Header(metadata: [CheckpointHeader.metadataKey: text], path: "c")
            }.contains("impossible numbers"))
    }

    @Test(
        arguments: [
            { $0.progress.epoch = .max }, { $0.progress.step = -1 }, { $0.progress.adamStep = -1 },
            { $0.progress.bestEpoch = .min }, { $0.progress.scheduleBatch = -1 },
            { $0.progress.patienceFrom = .max }, { $0.state.fineTuneAt = 1 << 40 },
            { $0.state.baseLearningRate = -1 }, { $0.state.headEpochs = -1 }, { $0.state.dropout = 1 },
            { ($0.state.stage, $0.state.headEpochs, $0.state.fineTuneEpochs) = (.fineTune, .max, 0) },
            { ($0.state.stage, $0.state.headEpochs, $0.state.fineTuneEpochs) = (.fineTune, -1, .max) },
            { $0.state.stageFinish = .init(layer: -1) },
        ] as [@Sendable (inout Checkpoint.Header) -> Void]) func impossibleProgressIsRefused(
            change: @Sendable (inout Checkpoint.Header) -> Void
        ) throws
    {
        var header = Checkpoint.Header(
            run: "1", recipe: Recipe(), classes: ["a"], data: "", weights: "", state: RecipeState(Recipe()),
            progress: RunProgress())
        change(&header)
        let text = String(decoding: try Checkpoint.Header.encoder().encode(header), as: UTF8.self)
        #expect(
            userErrorMessage {
                _ = try Checkpoint.Header(metadata: [CheckpointHeader.metadataKey: text], path: "c")
            }.contains("impossible numbers"))
    }

    /// The number of bytes of such a square would overflow.
    @Test func aPixelCacheOfImpossibleSquaresIsNone() throws {
        let index = Array(#"{"imageSize":4294967296,"entries":[]}"#.utf8)
        let path = try write(index + Self.little(UInt64(index.count)) + PixelFile.signature)
        #expect(PixelFile(path: path, imageSize: 4_294_967_296) == nil)
    }

    // MARK: File access

    @Test func onlyFilesWithinTheLimitAreRead() throws {
        let path = try write([1, 2, 3])
        #expect(try BoundedFile.read(path, limit: 3) == Data([1, 2, 3]))
        #expect(throws: BoundedFile.Failure.tooLarge) { try BoundedFile.read(path, limit: 2) }
        #expect(throws: BoundedFile.Failure.missing) { try BoundedFile.read(folder("none"), limit: 2) }
        #expect(throws: BoundedFile.Failure.notAFile) { try BoundedFile.read(folder.path, limit: 2) }
        #expect(throws: BoundedFile.Failure.notAFile) { try BoundedFile.read("/dev/zero", limit: 2) }
        // Opening a pipe that has no writer would block.
        #expect(mkfifo(folder("pipe"), 0o600) == 0)
        #expect(throws: BoundedFile.Failure.notAFile) { try BoundedFile.read(folder("pipe"), limit: 2) }
        #expect(BoundedFile.open(folder("pipe")) == nil)
        #expect(throws: PhotoFault.cannotBeRead) {
            try PhotoDecoder().decode(path: folder("pipe"))
        }
    }
}
