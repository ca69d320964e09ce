import Foundation

@testable import Core

/// A folder of made-up photos and random weights: all that a run needs, without a network.
struct TinyPhotos {
    let folder: TemporaryFolder
    var data: String { folder.path + "/photos" }
    var weights: String { folder.path + "/weights.safetensors" }
    var home: String { folder.path + "/home" }
    var cache: String { folder.path + "/cache" }

    init(classes: [String] = ["daisy", "roses"], perClass: Int = 12) throws {
        folder = try TemporaryFolder()
        let flowers = DemoFlowers(photosPerClass: perClass, seed: 5)
        for (label, name) in classes.enumerated() {
            try FileManager.default.createDirectory(atPath: "\(data)/\(name)", withIntermediateDirectories: true)
            for index in 0..<perClass {
                let photo = DemoFlowers.jpeg(flowers.photo(label: label, index: index))
                try photo.write(to: URL(fileURLWithPath: "\(data)/\(name)/\(index).jpg"))
            }
        }
        try Safetensors.write(RandomWeights.make(MobileNetV2(), seed: 9), to: weights)
    }

    var configuration: RunConfiguration {
        var result = RunConfiguration()
        (result.data, result.weights) = (data, weights)
        (result.epochs, result.fineTuneEpochs, result.batchSize) = (2, 2, 8)
        return result
    }

    func options(resuming run: String? = nil, threads: Int = 2) -> RunSession.Options {
        var options = RunSession.Options(home: home, cache: cache, threads: threads)
        options.resuming = run
        return options
    }
}

/// Gathers a session's events and may act on them.
final class EventRecorder: @unchecked Sendable {
    // Unchecked: `lock` guards the events.
    private let lock = NSLock()
    private var list: [SessionEvent] = []

    func note(_ event: SessionEvent) { lock.withLock { list.append(event) } }

    var training: [TrainerEvent] {
        lock.withLock {
            list.compactMap {
                if case .training(let event) = $0 { event } else { nil }
            }
        }
    }

    var epochs: [TrainerEvent.EpochEnded] {
        training.compactMap {
            if case .epochEnded(let epoch) = $0 { epoch } else { nil }
        }
    }

    var batchLosses: [Double] {
        training.compactMap {
            if case .batchEnded(let batch) = $0 { batch.batchLoss } else { nil }
        }
    }
}
