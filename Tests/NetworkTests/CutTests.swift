import Testing

@testable import Basics
@testable import Network

/// How batches are divided, and the memory that this takes.
@Suite struct CutTests {
    /// The cut depends on the batch alone: these numbers are part of every run's bits.
    @Test(arguments: [
        (1, 1, 1), (3, 1, 3), (8, 2, 4), (20, 5, 4), (32, 8, 4), (33, 9, 4), (64, 16, 4), (128, 16, 8),
        (256, 16, 16), (4096, 256, 16),
    ]) func theStandardCut(batch: Int, count: Int, capacity: Int) {
        #expect(TrainingEngine.cut(batchSize: batch) == .init(count: count, capacity: capacity))
    }

    /// Older programs took the larger of 2 and the number of cores.
    @Test(arguments: [
        (32, 2, 2, 16), (32, 8, 8, 4), (32, 64, 32, 1), (8, 2, 2, 4), (64, 2, 4, 16), (3, 8, 3, 1),
    ])
    func anOlderCutIsHonoured(batch: Int, chunks: Int, count: Int, capacity: Int) {
        #expect(
            TrainingEngine.cut(batchSize: batch, chunks: chunks) == .init(count: count, capacity: capacity))
    }

    @Test func whatDoesNotFitIsRefusedWithWhatWould() {
        let network = Backbone(.mobileNetV2, imageSize: 160)
        let whole = MemoryEstimate(network: network, classes: 5, threads: 2, fineTuneAt: 0)
        let memory = Machine.Limit(bytes: 8 << 30, cause: .machine)
        #expect(throws: Never.self) { try whole.check(batchSize: 32, memory: memory, addressSpace: nil) }
        let error = #expect(throws: MemoryFailure.self) {
            try whole.check(batchSize: 4096, memory: memory, addressSpace: nil)
        }
        let text = error?.message ?? ""
        #expect(text.contains("this machine has 8.0 GiB: --batch-size "), "\(text)")
        // The advised size does fit, and twice as much does not.
        let advised = Int(text.split(separator: " ").first { Int($0) != nil } ?? "") ?? 0
        #expect(
            whole.bytes(batchSize: advised) <= memory.bytes
                && whole.bytes(batchSize: advised * 2) > memory.bytes)

        let frozen = MemoryEstimate(network: network, classes: 5, threads: 2)
        #expect(frozen.bytes(batchSize: 32) < whole.bytes(batchSize: 32))
        let space = Machine.Limit(bytes: 300 << 20, cause: .addressSpace(of: 300 << 20))
        let limited = #expect(throws: MemoryFailure.self) {
            try frozen.check(batchSize: 8, memory: memory, addressSpace: space)
        }
        #expect(limited?.message.contains("ulimit -v") == true)
    }

    /// The estimate covers what the buffers of a chunk take.
    @Test func theEstimateIsNoLess() {
        let network = Backbone(.mobileNetV2, imageSize: 96)
        for layer in [0, 60, 100, 150] {
            let estimate = MemoryEstimate(network: network, classes: 5, threads: 1, fineTuneAt: layer)
            let boundary = TrainingEngine.boundary(network, fineTuneAt: layer)
            let activations = network.convolutions[boundary...].reduce(0) { $0 + $1.outputFloats }
            #expect(estimate.bytes(batchSize: 32) > 4 * 32 * activations)
        }
    }
}
