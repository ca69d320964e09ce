import Basics
import Network

/// The frozen network up to its pooled features, for photos that arrive in groups.
final class FeatureExtractor: @unchecked Sendable {
    // Unchecked: each worker touches its own chunk of the engine.
    private let engine: TrainingEngine
    /// Maximum number of photos in a group.
    var groupSize: Int { engine.chunkCapacity }
    var pool: WorkerPool { engine.pool }

    /// - Parameter tensors: the base's weights under canonical names.
    init(imageSize: Int, tensors: NamedTensors, threads: Int, isBackground: Bool) {
        engine = TrainingEngine(
            network: MobileNetV2(imageSize: imageSize), tensors: tensors, classes: 1,
            batchSize: 16 * max(1, threads), chunks: max(1, threads), threads: threads,
            isBackground: isBackground)
    }

    /// The photos that a worker processes together.
    struct Group {
        fileprivate let chunk: TrainingEngine.Chunk
        fileprivate let worker: Int
        fileprivate(set) var count = 0
    }

    /// Begins a group on a worker of `pool`.
    func group(worker: Int) -> Group { Group(chunk: engine.chunks[worker], worker: worker) }

    /// Runs a picture, `imageSize`²·3 values of 0…255, through the lower layers and adds it to a
    /// group.
    func add(_ pixels: [Float], to group: inout Group) {
        engine.runPrefix(group.chunk, slot: group.count, engine.streams[group.worker]) { target in
            for i in pixels.indices { target[i] = pixels[i] / 127.5 - 1 }
        }
        group.count += 1
    }

    /// Returns the features of a group, [count, 1280], valid until the worker's next group.
    func features(_ group: Group) -> UnsafePointer<Float> {
        let features = group.chunk.head.features.pointer
        if group.count > 0 {
            group.chunk.runTail(images: group.count, engine.streams[group.worker])
            engine.head.pool(
                group.chunk.features, positions: engine.positions, images: group.count, into: features)
        }
        return UnsafePointer(features)
    }
}
