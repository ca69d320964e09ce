import Foundation
import Synchronization
import Testing

@testable import Basics
@testable import Network
@testable import Ranks

/// Ranks begin with the next batch while gradients travel; only the time may tell.
@Suite struct NextBatchTests {
    /// Another use of the engine between two batches.
    enum Interruption: CaseIterable { case none, prediction, unfreezing }

    private struct Outcome: Equatable {
        var results: [TrainingEngine.BatchResult] = []
        var tensors: NamedTensors = [:]
        /// Images that were written of each batch, and those of the next one before a batch was done.
        var written: [Int: Int] = [:]
        var ahead: [Int] = []
    }

    private static let batches = 4

    @Test(arguments: Interruption.allCases) func theBitsAreThoseWithoutIt(interruption: Interruption) {
        let plain = train(announces: false, interruption)
        let announced = train(announces: true, interruption)
        for (plain, announced) in zip(plain, announced) {
            #expect(announced.results == plain.results)
            let areSame = announced.tensors == plain.tensors
            #expect(areSame)
            #expect(plain.ahead == [0, 0, 0, 0])
            #expect(announced.ahead == [4, 4, 4, 0])
            // Once more where other layers were frozen.
            let later = interruption == .unfreezing ? 8 : 4
            #expect(announced.written == [0: 4, 1: later, 2: later, 3: later])
        }
    }

    /// Trains batches of eight images on two ranks, threads of this process.
    ///
    /// - Returns: each rank's outcome.
    private func train(announces: Bool, _ interruption: Interruption) -> [Outcome] {
        let network = Backbone(.mobileNetV2, imageSize: 96)
        let tensors = RandomWeights.make(network, seed: 3)
        let groups = MemoryTransport.job(of: 2).map { RankGroup($0) }
        let outcomes = Outcomes()
        let done = DispatchGroup()
        for rank in 0..<2 {
            done.enter()
            let thread = Thread {
                let engine = TrainingEngine(
                    network: network, tensors: tensors, classes: 2, batchSize: 8, threads: 2,
                    ranks: groups[rank])
                engine.head.initialize(seed: 1)
                engine.unfreeze(from: 100)
                outcomes.set(Self.train(engine, announces: announces, interruption), rank)
                done.leave()
            }
            thread.stackSize = 16 << 20
            thread.start()
        }
        done.wait()
        for group in groups { group.fail(.noJob) }
        return outcomes.all
    }

    private static func train(_ engine: TrainingEngine, announces: Bool, _ interruption: Interruption)
        -> Outcome
    {
        var outcome = Outcome()
        let counts = (0...batches).map { _ in Count() }
        func batch(_ index: Int) -> NoiseBatch { NoiseBatch(seed: index, size: 96, written: counts[index]) }
        for index in 0..<batches {
            outcome.results.append(
                engine.train(batch(index), learningRate: 1e-3, isNext: announces && index > 0) {
                    announces && index + 1 < batches ? batch(index + 1) : nil
                })
            outcome.ahead.append(counts[index + 1].number)
            switch interruption {
            case .none: break
            case .prediction: _ = engine.predict(NoiseBatch(seed: 9, size: 96, written: Count()))
            case .unfreezing: engine.unfreeze(from: 100 - 10 * (index + 1))
            }
        }
        outcome.tensors = engine.tensors
        for index in 0..<batches { outcome.written[index] = counts[index].number }
        return outcome
    }

    /// The ranks' outcomes; any thread.
    private final class Outcomes: @unchecked Sendable {
        // Unchecked: `lock` guards the list.
        private let lock = NSLock()
        private var list = [Outcome](repeating: Outcome(), count: 2)

        var all: [Outcome] { lock.withLock { list } }

        func set(_ outcome: Outcome, _ rank: Int) { lock.withLock { list[rank] = outcome } }
    }
}

/// A number that any thread may raise.
private final class Count: Sendable {
    private let value = Atomic<Int>(0)

    var number: Int { value.load(ordering: .relaxed) }

    func increment() { value.add(1, ordering: .relaxed) }
}

/// Eight images of noise.
private struct NoiseBatch: LabelledBatch {
    let seed: Int
    let size: Int
    let written: Count

    var count: Int { 8 }

    func write(_ index: Int, to image: InputImage) {
        var random = CounterRandom(seed: UInt64(seed), purpose: .preview, epoch: 0, item: index)
        for i in image.values.indices { image.values[i] = random.uniform() * 2 - 1 }
        written.increment()
    }

    func label(_ index: Int) -> Int { index % 2 }
}
