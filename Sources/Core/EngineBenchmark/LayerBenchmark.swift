import Basics
import COneDNN
import Foundation
import Network

/// Measures one core's speed on each kind of layer, in GFLOP/s, with every layer at its place in
/// the network.
final class LayerBenchmark {
    private let convolutions: [Backbone.Convolution]
    private let parameters: [NetworkParameters.Parameters]
    private let seconds: Double
    private let stream = OneDNN.makeStream()
    /// The base's blocks, the early ones on one image and the late ones on a chunk, as in the
    /// engine; in bfloat16 too where the processor has it.
    private let programs: Programs
    private let bfloat16Programs: Programs
    private typealias Programs = [(program: FusedProgram, images: Int)]
    private let network: Backbone
    private var tailStart: Int { network.chunkedFrom }
    /// A chunk's, in batches of the standard size.
    private static let tailImages = TrainingEngine.cut(batchSize: Benchmark.batchSize).capacity

    init(_ network: Backbone, seconds: Double) {
        // Memory is laid out as the engine's.
        let all = Buffer.together {
            NetworkParameters(network: network, tensors: RandomWeights.make(network, seed: 1))
        }
        (self.network, parameters, self.seconds) = (network, all.convolutions, seconds)
        let (parameters, tailStart) = (all.convolutions, all.network.chunkedFrom)
        convolutions = parameters.map(\.convolution)
        func programs(_ kernels: VectorKernels?) -> Programs {
            guard let kernels else { return [] }
            return Buffer.together {
                [(0..<tailStart, 1), (tailStart..<parameters.count, 16)].compactMap {
                    FusedSection(parameters[$0], images: $1, kernels: kernels)
                }.map { (FusedProgram($0), $0.images) }
            }
        }
        self.programs = programs(.best)
        bfloat16Programs = programs(.bfloat16)
    }

    deinit { dnnl_stream_destroy(stream) }

    private static let phases: [(String, FusedProgram.Phase)] = [
        ("stem", .stem), ("expansion", .expansion), ("depthwise", .depthwise), ("projection", .projection),
        ("last", .last),
    ]

    /// The measurements in bfloat16, whose peak is not that of Float32.
    var bfloat16Parts: [(String, () -> Double)] {
        if bfloat16Programs.isEmpty { return [] }
        return Self.phases.map { name, phase in
            ("gflops_bfloat16_\(name)", { [self] in fused(phase, bfloat16Programs) })
        } + trained("bfloat16_trained", .bfloat16)
    }

    /// The measurements with their names, for `Benchmark`.
    var parts: [(name: String, measure: () -> Double)] {
        var parts: [(String, () -> Double)] = []
        if programs.isEmpty {
            for (name, forms) in [
                ("stem", Set([Backbone.Convolution.Form.full3x3])),
                ("depthwise", [.depthwise3x3, .depthwise5x5]), ("pointwise", [.pointwise]),
            ] {
                parts.append(("gflops_\(name)", { [self] in primitives(forms) }))
            }
        } else {
            for (name, phase) in Self.phases {
                parts.append(("gflops_\(name)", { [self] in fused(phase, programs) }))
            }
        }
        return parts + trained("trained", .best)
    }

    /// The passes through layers that train.
    private func trained(_ name: String, _ kernels: VectorKernels?) -> [(String, () -> Double)] {
        let tail = convolutions[tailStart...]
        let operations = tail.reduce(0) { $0 + $1.flops } * Double(Self.tailImages)
        // Gradients of kernels and inputs, except the input's of the first trained layer.
        let trained = tail.drop { $0.normalizationLayer < network.architecture.standardFineTuneAt }
        let backward = trained.reduce(0) { $0 + 2 * $1.flops } - (trained.first?.flops ?? 0)
        return [
            (
                "gflops_\(name)_forward",
                { [self] in
                    let (_, program, worker) = makeTrained(kernels)
                    return rate(operations) { program.forward(images: Self.tailImages, worker) }
                }
            ),
            (
                "gflops_\(name)_backward",
                { [self] in
                    let (tail, program, worker) = makeTrained(kernels)
                    return rate(backward * Double(Self.tailImages)) {
                        program.backward(images: Self.tailImages, worker)
                        for piece in tail.pieces { tail.reduce(piece, [program], worker) }
                    }
                }
            ),
        ]
    }

    /// The layers that train in the standard recipe, and one chunk's program. Made anew each time, so
    /// that their memory is free for the other parts.
    private func makeTrained(_ kernels: VectorKernels?) -> (
        tail: TrainableTail, program: any TailProgram, worker: TailWorker
    ) {
        let (tail, program, worker) = Buffer.together {
            let tail = TrainableTail(
                parameters[tailStart...], images: Self.tailImages,
                fineTuneAt: network.architecture.standardFineTuneAt, kernels: kernels)
            return (tail, tail.makeProgram(), tail.makeWorker(stream))
        }
        for piece in tail.pieces { tail.refold(piece, worker) }
        return (tail, program, worker)
    }

    private func rate(_ operations: Double, _ body: () -> Void) -> Double {
        Benchmark.rate(items: operations / 1e9, seconds: seconds, body)
    }

    private func fused(_ phase: FusedProgram.Phase, _ programs: Programs) -> Double {
        let operations = convolutions.reduce(0.0) { sum, convolution in
            let kind: FusedProgram.Phase =
                switch convolution.form {
                case .full3x3: .stem
                case .depthwise3x3, .depthwise5x5: .depthwise
                case .pointwise:
                    convolution.place == .top ? .last : convolution.startsBlock ? .expansion : .projection
                }
            return sum + (kind == phase ? convolution.flops * 16 : 0)
        }
        // The late section computes 16 images at once, so the early one runs 16 times.
        return rate(operations) {
            for (program, images) in programs {
                for _ in 0..<(images == 1 ? 16 : 1) { program.run(images: images, only: phase) }
            }
        }
    }

    private func primitives(_ forms: Set<Backbone.Convolution.Form>) -> Double {
        var (operations, time) = (0.0, 0.0)
        for parameters in parameters where forms.contains(parameters.convolution.form) {
            let program = PrimitiveProgram(PrimitiveSection([parameters][...], images: 1))
            let flops = parameters.convolution.flops
            let speed = rate(flops) { program.run(images: 1, stream) }
            operations += flops / 1e9
            time += flops / 1e9 / speed
        }
        return operations / time
    }
}
