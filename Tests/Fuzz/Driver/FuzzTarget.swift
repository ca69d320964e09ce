import ArgumentParser
import Canvas
import Dashboard
import Foundation
import Keys
import Screens
import TOMLKit
import Themes

@testable import Basics
@testable import Exports
@testable import Logs
@testable import Network
@testable import Photos
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Store
@testable import Terminal
@testable import Training

/// A reader of untrusted bytes. A new one needs a case, its branch below, and seeds in
/// `Tests/Fuzz/corpus`.
enum FuzzTarget: String, CaseIterable {
    case jpeg, png, bmp, gif, webp, heif, tiff, logs, hdf5, keras, optimizer, torch, model, safetensors,
        theme, config,
        events, checkpoint, epoch, store, tar,
        keys,
        control

    /// Reads `bytes` with this target's reader. Refusing them is fine; a violated requirement ends
    /// the process.
    func read(_ bytes: [UInt8]) {
        switch self {
        case .jpeg: Self.photo([0xff, 0xd8, 0xff], bytes)
        case .png: Self.photo([0x89, 0x50, 0x4e, 0x47], bytes)
        case .bmp: Self.photo(Array("BM".utf8), bytes)
        case .gif: Self.photo(Array("GIF89a".utf8), bytes)
        case .webp: Self.photo(Array("RIFF".utf8) + bytes.dropFirst(4).prefix(4) + Array("WEBP".utf8), bytes)
        case .heif: Self.photo(Array(bytes.prefix(4)) + Array("ftyp".utf8), bytes)
        case .tiff: Self.photo(Array("II*\0".utf8), bytes)
        case .logs:
            Self.withFile(bytes) { path in
                guard let log = try? OutsideLog(path: path) else { return }
                _ = GhostRun(log)
            }
        case .hdf5:
            Self.withFile([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] + bytes.dropFirst(8), Self.hdf5)
        case .keras:
            Self.withFile(bytes) {
                _ = try? WeightsFile.read($0, into: Self.network, isCheckpoint: CheckpointHeader.isIn)
            }
        case .optimizer:
            Self.withFile(
                [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] + bytes.dropFirst(8), Self.optimizer)
        case .torch:
            Self.withFile(bytes) { path in
                _ = try? TorchFile.withFile(path) { file in
                    // A view may have far more values than its storage.
                    for stored in file.tensors where stored.shape.reduce(1, *) <= 1 << 12 {
                        let values = try file.values(of: stored)
                        require(values.count == stored.shape.reduce(1, *), "values of another shape")
                    }
                }
            }
        case .model: Self.model(bytes)
        case .safetensors:
            Self.withFile(bytes) { path in
                _ = try? Safetensors.readMetadata(path)
                guard let found = try? Safetensors.read(path) else { return }
                require(
                    found.tensors.values.reduce(0) { $0 + $1.values.count } * 4 <= bytes.count,
                    "more values than bytes")
            }
        case .theme: _ = try? Theme(toml: String(decoding: bytes, as: UTF8.self), file: "fuzz.toml")
        case .config: _ = try? ConfigFile(toml: String(decoding: bytes, as: UTF8.self), path: "fuzz.toml")
        case .events: Self.events(bytes)
        case .checkpoint:
            let text = String(decoding: bytes, as: UTF8.self)
            if let header = try? CheckpointHeader(
                metadata: [CheckpointHeader.metadataKey: text], path: "fuzz")
            {
                Self.use(header.recipe)
                _ = header.progress.epochsWithoutGain(since: header.progress.epoch)
            }
            if let recipe = try? CheckpointHeader.decoder().decode(Recipe.self, from: Data(bytes)),
                recipe.isPlausible
            {
                Self.use(recipe)
            }
        case .epoch:
            Self.withFile(bytes) { path in
                guard let record = try? EpochRecord.load(path) else { return }
                let set = PredictionSet(
                    epoch: record.epoch,
                    predictions: record.files.indices.map { row in
                        let width = record.classes.count
                        return Prediction(
                            photo: row, label: record.labels[row],
                            probabilities: Array(record.probabilities[row * width..<(row + 1) * width]))
                    })
                var history = PredictionHistory(classes: record.classes, files: record.files)
                history.append(set, layers: record.layers)
            }
        case .store: Self.store(bytes)
        case .tar: Self.tar(bytes)
        case .keys: Self.keys(bytes)
        case .control: Self.control(bytes)
        }
    }

    private struct AnyTensors: ModelTensors {
        func tensors(_ layer: ModelGraph.Layer, _ variables: [String]) throws -> [Tensor] {
            let units = min(max(layer.config["units"].integer ?? 3, 1), 8)
            return variables.map {
                Tensor(zeros: $0 == "kernel" ? [1280, units] : [units])
            }
        }
    }

    /// A model of two classes whose head was trained by Adam.
    private struct TrainedModel {
        let network = Backbone(.mobileNetV2At035, imageSize: 96)
        let reader: ModelReader
        let head: ModelHead
        let adam: JSONValue

        init() throws {
            var tensors = NamedTensors()
            for weight in network.weights { tensors[weight.name] = Tensor(zeros: weight.shape) }
            (tensors["dense/kernel"], tensors["dense/bias"]) = (Tensor(zeros: [1280, 2]), Tensor(zeros: [2]))
            let graph = ExportGraph(
                tensors: tensors, network: network, classes: ["a", "b"], dropout: 0.2, title: "fuzz")
            // Only the head is left to train.
            let text = Data(try KerasConfiguration(graph: graph).json().utf8)
            guard var model = try JSONSerialization.jsonObject(with: text) as? [String: Any],
                var config = model["config"] as? [String: Any],
                let layers = config["layers"] as? [[String: Any]]
            else { fatalError("a configuration without layers") }
            config["layers"] = layers.map { layer in
                guard layer["class_name"] as? String == "Functional",
                    var base = layer["config"] as? [String: Any]
                else { return layer }
                base["trainable"] = false
                return layer.merging(["config": base]) { $1 }
            }
            model["config"] = config
            let json = try JSONValue(Array(JSONSerialization.data(withJSONObject: model)))
            reader = try ModelReader(
                ModelGraph(json), tensors: AnyTensors(), architecture: network.architecture)
            head = try HeadReader.head(reader, loss: .null)
            let settings: [String: Any] = [
                "beta_1": Double(Adam.beta1), "beta_2": Double(Adam.beta2), "epsilon": Double(Adam.epsilon),
            ]
            adam = try JSONValue(
                Array(JSONSerialization.data(withJSONObject: ["class_name": "Adam", "config": settings])))
        }
    }

    // Not Sendable: libFuzzer runs one input at a time, on the main thread.
    nonisolated(unsafe) private static let trained = Result { try TrainedModel() }

    /// The state of an optimizer, as a training that goes on takes it.
    private static func optimizer(_ path: String) {
        guard case .success(let model) = trained else { fatalError("\(trained)") }
        try? HDF5File.withFile(path) { file in
            let optimizer = KerasOptimizer(network: model.network, file: file, description: model.adam)
            guard let found = try optimizer.training(of: model.reader, model.head) else { return }
            require(found.step > 0, "a state without a step")
            for name in ["dense/kernel", "dense/bias"] {
                let shape = name == "dense/kernel" ? [1280, 2] : [2]
                for moment in ["m", "v"] {
                    require(found.moments["\(moment)/\(name)"]?.shape == shape, "moments of another shape")
                }
            }
        }
    }

    /// A model's configuration, to the answer for a black photo.
    private static func model(_ bytes: [UInt8]) {
        guard let json = try? JSONValue(bytes), let graph = try? ModelGraph(json),
            let model = try? ModelReader(graph, tensors: AnyTensors()),
            let head = try? HeadReader.head(model, loss: .null)
        else { return }
        let size = model.preprocessing.photo ?? Preprocessing.Size(height: 40, width: 30)
        let output = model.preprocessing.outputSize
        guard size.height * size.width <= 1 << 16, model.side <= 4 else { return }
        let input = model.preprocessing.apply(
            to: [Float](repeating: 0, count: size.height * size.width * 3), size)
        require(input.count == (output?.height ?? 0) * (output?.width ?? 0) * 3, "an input of another size")
        guard case .program(let program) = head.form else { return }
        let map = [Float](repeating: 0, count: model.side * model.side * 1280)
        require(program.outputs(of: map).count == head.count, "another number of probabilities")
    }

    /// The control socket's bytes, as the training process and as a front end read them: any
    /// division into pieces gives the same messages, none longer than the limit.
    private static func control(_ bytes: [UInt8]) {
        for limit in [Frame.mostBytesToTrainer, Frame.mostBytesFromTrainer] {
            var (whole, pieces) = (FrameDecoder(limit: limit), FrameDecoder(limit: limit))
            let messages = try? whole.feed(bytes)
            let cut = bytes.isEmpty ? 0 : Int(bytes[bytes.count / 2]) % bytes.count
            let first = try? pieces.feed(bytes[..<cut])
            let second = try? pieces.feed(bytes[cut...])
            if let messages {
                require(first.map { $0 + (second ?? []) } == messages, "other messages in two pieces")
            }
            for message in messages ?? [] {
                require(message.count <= limit, "a message beyond the limit")
                if limit == Frame.mostBytesToTrainer {
                    guard
                        case .command(let command)? = try? ControlCoding.message(
                            message, as: ClientMessage.self)
                    else { continue }
                    _ = command.isPlausible
                } else {
                    _ = try? ControlCoding.message(message, as: ServerMessage.self)
                }
            }
        }
    }

    /// Puts the signature in place, so that no runs are spent on finding it.
    private static func photo(_ signature: [UInt8], _ bytes: [UInt8]) {
        let bytes = signature + bytes.dropFirst(signature.count)
        let decoder = PhotoDecoder()
        let header = try? decoder.header(bytes)
        // With coverage counted at every branch, a pixel takes twenty times as long.
        if let header, header.width * header.height > 1 << 20 { return }
        guard let image = try? decoder.decode(bytes) else { return }
        require(image.pixels.count == image.width * image.height * 3, "a picture without its pixels")
        require(
            header.map { $0.width == image.width && $0.height == image.height } ?? true,
            "a header of another size")
    }

    /// Every question that the readers ask of such a file; most files are refused before the
    /// library sees them.
    private static func hdf5(_ path: String) {
        try? HDF5File.withFile(path) { file in
            let datasets = try file.datasets()
            _ = file.contains("/model_weights")
            for group in datasets.prefix(8).map(\.path) + ["/", "/Conv1", "/layers/dense/vars"] {
                for name in ["layer_names", "weight_names", "name"] { _ = file.strings(name, of: group) }
            }
            for dataset in datasets.prefix(32) where dataset.shape.reduce(1, *) <= 1 << 20 {
                _ = try? file.values(of: dataset)
            }
        }
    }

    /// An event log, read as the history of a resumed run and as the run behind the charts. Only
    /// some inputs go through the slower dashboard, and only some of those are drawn.
    private static func events(_ bytes: [UInt8]) {
        withFile(bytes) { path in
            let entries = EventLog.entries(path)
            let history = entries.map(\.event)
            guard bytes.count % 8 == 0 else { return }
            var state = dashboard
            var context = context
            context.history = entries
            _ = state.reduce(.session(.ready(context), clock: "12:00:00"))
            for event in history { _ = state.reduce(.session(.training(event), clock: "12:00:00")) }
            _ = state.reduce(
                .ghostLoaded(GhostRun(name: "0001", events: history, batchSize: 32), problem: nil))
            if bytes.count % 64 == 0 {
                for screen in Screen.allCases {
                    state.screen = screen
                    _ = view.render(state)
                }
            }
        }
    }

    /// The operations on the database of a home folder from elsewhere, beside a run's folder.
    private static func store(_ bytes: [UInt8]) {
        let home = scratch + "/home"
        let run = home + "/runs/0001"
        try? FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
        for suffix in ["-wal", "-shm", "-journal"] { unlink("\(home)/runs.sqlite\(suffix)") }
        write(bytes, to: home + "/runs.sqlite")
        guard let store = try? RunStore(home: home) else { return }
        for record in (try? store.list()) ?? [] { _ = try? record.jsonLine() }
        // The operations take longer than opening the store, so each input goes through only one.
        switch bytes.count % 8 {
        case 0:
            for epoch in (try? store.show("1"))?.epochs ?? [] {
                _ = try? TrainerEvent.epochEnded(epoch).jsonLine()
            }
        case 1: _ = try? store.photoNotes(of: "1")
        case 2: try? store.set(PhotoNote(isMarked: true, text: "n"), ofPhoto: "daisy/2.jpg", in: "1")
        case 3: try? store.setNote("n", of: "1")
        case 4: try? store.tag("1", add: ["new"], remove: ["t"])
        case 5: try? store.synchronize("0001", with: [LoggedEvent(.warning(.init(message: "m")))])
        case 6: try? store.end("0001", .finished)
        default: break
        }
    }

    private static let context = SessionContext(
        run: "0042", recipe: Recipe(),
        dataset: DatasetSummary(
            name: "flowers", synthetic: false, classes: ["daisy", "roses"],
            photos: (0..<8).map {
                Photo(file: "daisy/\($0).jpg", label: $0 % 2, subset: $0 < 6 ? .training : .validation)
            },
            skipped: [], imageSize: 96, pixels: GreyPixels()),
        weights: .random, layers: Backbone(.mobileNetV2, imageSize: 96).summaries,
        headParameters: 2562, history: [])

    // Not Sendable: libFuzzer runs one input at a time, on the main thread.
    nonisolated(unsafe) private static let view: DashboardView = {
        guard let theme = try? ThemeLibrary(folders: []).themes.first else {
            fatalError("the built-in theme is broken")
        }
        return DashboardView(theme: theme, depth: .palette256, thumbnails: ThumbnailCache())
    }()

    /// Shared, because making a network takes longer than reading a file.
    private static let network = Backbone(.mobileNetV2, imageSize: 160)

    private static func use(_ recipe: Recipe) {
        _ = recipe.totalEpochs
        _ = Backbone(.mobileNetV2, imageSize: recipe.imageSize).summaries
        _ = RecipeState(recipe)
    }

    /// Unpacking creates nothing outside the target folder, and only files and folders inside it.
    private static func tar(_ bytes: [UInt8]) {
        withFile(bytes) { path in
            let manager = FileManager.default
            let outer = scratch + "/tar"
            let inner = outer + "/inner"
            try? manager.createDirectory(atPath: inner, withIntermediateDirectories: true)
            try? Archive.extractAll(of: path, into: inner, limit: 1 << 20) { _ in }
            let names = (try? manager.contentsOfDirectory(atPath: outer)) ?? []
            require(names == ["inner"], "\(names) outside the folder")
            for case let name as String in manager.enumerator(atPath: inner) ?? .init() {
                let type =
                    (try? manager.attributesOfItem(atPath: inner + "/" + name))?[.type] as? FileAttributeType
                require(type == .typeRegular || type == .typeDirectory, "\(name) is neither file nor folder")
            }
            try? manager.removeItem(atPath: inner)
        }
    }

    /// Any division of the bytes into pieces gives the same input events.
    private static func keys(_ bytes: [UInt8]) {
        var (whole, pieces) = (InputParser(), InputParser())
        let first = whole.feed(bytes)
        let cut = bytes.isEmpty ? 0 : Int(bytes[0]) % bytes.count
        let second = pieces.feed(bytes[..<cut]) + pieces.feed(bytes[cut...])
        require(first == second, "another input in two pieces: \(first), \(second)")
        // Only some inputs go through the slower dashboard.
        guard bytes.count % 8 == 0 else { return }
        var state = dashboard
        for input in first + whole.flush() {
            switch input {
            case .key(let key): _ = state.reduce(.key(key))
            case .mouse(let event): _ = state.reduce(.mouse(event, on: nil))
            case .paste(let text): _ = state.reduce(.paste(text))
            case .report(let report):
                var pictures = TerminalPictures()
                pictures.note(report)
            case .resize, .suspend: break
            }
        }
    }

    private static let dashboard = DashboardState(size: Size(columns: 80, rows: 24))

    // MARK: Files

    /// In memory if possible, because a million runs write a million files.
    private static let scratch: String = {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
        let path = "\(parent)/flowers-tui-fuzz-\(getpid())"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: FuzzTarget.scratch) }
        return path
    }()

    private static func withFile(_ bytes: [UInt8], _ body: (String) -> Void) {
        let path = scratch + "/input"
        write(bytes, to: path)
        body(path)
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        require(descriptor >= 0 && count == bytes.count, "no room in \(scratch)")
        close(descriptor)
    }
}

/// Stops the process, which libFuzzer reports as a finding, unless `condition` holds.
func require(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}

private struct GreyPixels: PhotoPixels {
    func image(at index: Int) -> RGBImage {
        RGBImage(width: 4, height: 4, pixels: [UInt8](repeating: 127, count: 48))
    }
    func augmentedImage(at index: Int, variant: UInt64, strength: AugmentationStrength) -> RGBImage {
        image(at: index)
    }
}
