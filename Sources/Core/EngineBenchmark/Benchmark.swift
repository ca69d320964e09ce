import Basics
import CKernels
import Foundation
package import Network
import Photos

/// Measures the speed of each part of a run on this machine: the figures of `flowers-tui bench`.
///
/// Every round measures each part once, one after the other, so that a slow spell of the machine
/// affects them all. The weights are random, which does not affect the speed.
package final class Benchmark {
    /// The values of one measurement, one per round.
    package struct Figure: Sendable {
        /// Name in snake case, which ends with the unit: `forward_images_per_second`.
        package var name: String
        package var values: [Double]
        package var meaning = Meaning.rate

        package enum Meaning: Sendable {
            case rate
            /// The fastest that one core can compute.
            case peak
            /// A rate of computing, to be compared with the peak.
            case shareOfPeak
        }

        package var median: Double { values.sorted()[values.count / 2] }
        package var low: Double { values.min() ?? .nan }
        package var high: Double { values.max() ?? .nan }

        package init(name: String, values: [Double], meaning: Meaning = .rate) {
            (self.name, self.values, self.meaning) = (name, values, meaning)
        }
    }

    let dataset: Dataset
    let files: [String]
    private let threads: Int
    private let seconds: Double
    let network: Backbone
    let classes: Int
    let pool: WorkerPool
    private let layers: LayerBenchmark
    var current: (setup: Setup, engine: TrainingEngine)?
    static let batchSize = 32

    /// - Parameters:
    ///   - directory: a folder of photos.
    ///   - classes: number of the head's units; nil for the photos' own classes.
    ///   - seconds: time for each part in each round.
    package init(
        data directory: String, cache: String, network: Backbone, classes: Int? = nil, threads: Int,
        seconds: Double
    ) throws {
        (self.threads, self.seconds) = (threads, seconds)
        self.network = network
        dataset = try Dataset(
            path: directory, imageSize: network.imageSize, inputScale: network.architecture.inputScale,
            cacheDirectory: cache + "/pixels", threads: threads)
        self.classes = classes ?? dataset.classes.count
        files = dataset.photos.map { "\(directory)/\($0.file)" }
        pool = WorkerPool(count: threads)
        layers = LayerBenchmark(network, seconds: seconds / 4)
    }

    deinit { pool.close() }

    /// An engine to measure: on one thread, with a frozen base, and with layers that train.
    enum Setup { case oneThread, stage1, stage2 }

    /// Whether the processor computes bfloat16, so that those parts are measured as well.
    private static let hasBFloat16 = Precision.bfloat16.isComputed()

    /// Returns an engine, which takes the place of the one before: together they would take most of
    /// the memory.
    func engine(_ setup: Setup, _ precision: Precision = .float32) -> TrainingEngine {
        if let current, current.setup == setup, current.engine.precision == precision {
            return current.engine
        }
        current = nil
        let engine = TrainingEngine(
            network: network, tensors: RandomWeights.make(network, seed: 1), classes: classes,
            batchSize: Self.batchSize, threads: setup == .oneThread ? 1 : threads,
            precision: precision)
        if setup == .stage2 { engine.unfreeze(from: network.architecture.standardFineTuneAt) }
        current = (setup, engine)
        return engine
    }

    /// Returns the folder of the cached flowers, else of synthetic ones, which it creates if
    /// necessary.
    package static func localPhotos(_ cache: String) throws -> String {
        let flowers = cache + "/photos/flower_photos"
        if FileManager.default.fileExists(atPath: flowers) { return flowers }
        return try DemoFlowers().prepare(in: cache + "/photos")
    }

    package var photoCount: Int { dataset.photos.count }

    /// The instruction set of the vector kernels, or a note that there are none and oneDNN does it
    /// all.
    package static var instructionSet: String { VectorKernels.best?.name ?? "below AVX2" }

    private var parts: [(figure: Figure, measure: () -> Double)] {
        func rates(_ parts: [(String, () -> Double)]) -> [(figure: Figure, measure: () -> Double)] {
            parts.map { (Figure(name: $0, values: []), $1) }
        }
        var parts = rates([
            ("decode_images_per_second", decode),
            ("cache_read_images_per_second", readCache), ("augment_images_per_second_per_core", augment),
            ("forward_images_per_second_per_core", { [self] in forward(engine(.oneThread)) }),
            ("forward_images_per_second", { [self] in forward(engine(.stage1)) }),
            ("stage1_images_per_second", { [self] in train(engine(.stage1)) }),
            (
                "stage1_validation_first_images_per_second",
                { [self] in validate(engine(.stage1), again: false) }
            ),
            (
                "stage1_validation_again_images_per_second",
                { [self] in validate(engine(.stage1), again: true) }
            ),
            ("stage2_images_per_second", { [self] in train(engine(.stage2)) }),
            ("stage2_onednn_images_per_second", trainWithPrimitives),
            (
                "stage2_validation_first_images_per_second",
                { [self] in validate(engine(.stage2), again: false) }
            ),
            (
                "stage2_validation_again_images_per_second",
                { [self] in validate(engine(.stage2), again: true) }
            ),
        ])
        if Self.hasBFloat16 {
            parts += rates([
                (
                    "forward_bfloat16_images_per_second_per_core",
                    { [self] in forward(engine(.oneThread, .bfloat16)) }
                ),
                ("forward_bfloat16_images_per_second", { [self] in forward(engine(.stage1, .bfloat16)) }),
                ("stage1_bfloat16_images_per_second", { [self] in train(engine(.stage1, .bfloat16)) }),
                ("stage2_bfloat16_images_per_second", { [self] in train(engine(.stage2, .bfloat16)) }),
            ])
        }
        if let kernels = VectorKernels.best {
            let peak = Figure(name: "fma_gflops_per_core", values: [], meaning: .peak)
            parts.insert((peak, { [self] in multiplyAdd(kernels) }), at: 0)
        }
        let ofLayers = layers.parts.map {
            (figure: Figure(name: $0.name, values: [], meaning: .shareOfPeak), measure: $0.measure)
        }
        return parts + ofLayers + rates(layers.bfloat16Parts)
            + rates([
                ("split_photos_per_second", split), ("shuffle_photos_per_second", shuffle),
                ("index_photos_per_second", index),
            ])
    }

    /// Measures the parts whose names start with one of `only` (all parts if it is empty).
    ///
    /// - Parameter progress: receives the completed rounds and their total.
    package func run(rounds: Int, only: [String] = [], progress: (Int, Int) -> Void) -> [Figure] {
        let parts = parts.filter { part in only.isEmpty || only.contains { part.figure.name.hasPrefix($0) } }
        if parts.isEmpty { return [] }
        var figures = parts.map(\.figure)
        progress(0, rounds)
        for round in 0..<rounds {
            for index in parts.indices {
                figures[index].values.append(parts[index].measure())
                // Else the memory that a part has let go would add to that of the parts that follow.
                ProcessUsage.returnFreedMemory()
            }
            progress(round + 1, rounds)
        }
        return figures
    }

    func rate(items: Double, _ body: () -> Void) -> Double {
        Self.rate(items: items, seconds: seconds, body)
    }

    /// Returns `items` times the calls of `body` per second, measured for at least `seconds` after
    /// one call to warm up.
    static func rate(items: Double, seconds: Double, _ body: () -> Void) -> Double {
        body()
        let start = ContinuousClock.now
        var calls = 0.0
        repeat {
            body()
            calls += 1
        } while start.duration(to: .now).seconds < seconds
        return calls * items / start.duration(to: .now).seconds
    }

    /// Multiply–adds in registers only: the machine's upper limit, in GFLOP/s.
    private func multiplyAdd(_ kernels: VectorKernels) -> Double {
        let rounds = 100_000
        return rate(items: Double(rounds * 24 * kernels.lanes * 2) / 1e9) {
            _ = kernels.table.pointee.multiply_add(Int64(rounds))
        }
    }
}
