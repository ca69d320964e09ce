import TestSupport
import Testing

@testable import Basics
@testable import Network

@Suite struct LayerNormsTests {
    private func norm(_ tensors: [Tensor]) -> Double {
        tensors.reduce(0.0) { $1.values.reduce($0) { $0 + Double($1) * Double($1) } }.squareRoot()
    }

    private func close(_ a: Float?, _ b: Double) -> Bool { abs(Double(a ?? .nan) / b - 1) < 1e-4 }

    /// Norms agree with the weights before and after a step and with the gradients, which are
    /// checked against Keras.
    @Test(arguments: [nil as Int?, 100, 117]) func normsAreThoseOfTheLastStep(fineTuneAt: Int?) throws {
        let engine = HashNetwork.engine(batchSize: 4, size: 96)
        engine.unfreeze(from: fineTuneAt)
        let images = (0..<4).map { HashNetwork.image($0, size: 96) }
        let before = engine.tensors
        let fresh = engine.layerNorms
        #expect(fresh.count == 52 * 2 + 1 && fresh.map(\.layer) == fresh.map(\.layer).sorted())
        #expect(fresh.allSatisfy { $0.gradientNorm == nil && $0.updateRatio == nil })
        _ = engine.train(ImageBatch(images, labels: [0, 1, 2, 3]), learningRate: 1e-3)
        let (after, gradients) = (engine.tensors, engine.gradients)
        let network = engine.network
        for norms in engine.layerNorms {
            let names =
                norms.layer == Architecture.mobileNetV2.layerCount
                ? ["dense/kernel", "dense/bias"]
                : network.layers[norms.layer].weights.filter(\.trains).map(\.name)
            let weights = norm(names.map { before[$0]! })
            #expect(close(norms.weightNorm, weights), "\(names)")
            #expect(close(fresh.first { $0.layer == norms.layer }?.weightNorm, weights))
            guard norms.layer >= fineTuneAt ?? 154 else {
                #expect(norms.gradientNorm == nil && norms.updateRatio == nil)
                continue
            }
            let change = names.map { name in
                Tensor(
                    shape: before[name]!.shape,
                    values: zip(after[name]!.values, before[name]!.values).map { $0 - $1 })
            }
            // Rounding: the last bit of a weight is about a hundredth of a step.
            #expect(abs(Double(norms.updateRatio ?? .nan) / (norm(change) / weights) - 1) < 1e-2, "\(names)")
            // A trained γ's gradient depends on the weights before the step, so only the head's
            // norm can be compared.
            let trained = names.compactMap { gradients[$0] }
            #expect(trained.count == names.count)
            if norms.layer == Architecture.mobileNetV2.layerCount {
                #expect(close(norms.gradientNorm, norm(trained)))
            }
            #expect(norms.gradientNorm ?? 0 > 0)
        }
    }

    /// Gradient norms are those of `engine.gradients`. A learning rate of 0 keeps the weights that
    /// these are computed from.
    @Test func gradientNormsAreThoseOfTheGradients() throws {
        let engine = HashNetwork.engine(batchSize: 4, size: 96)
        engine.unfreeze(from: 101)
        let images = (0..<4).map { HashNetwork.image($0, size: 96) }
        let result = engine.train(ImageBatch(images, labels: [0, 1, 2, 3]), learningRate: 0)
        let gradients = engine.gradients
        var squares = 0.0
        for norms in engine.layerNorms where norms.gradientNorm != nil {
            let names =
                norms.layer == Architecture.mobileNetV2.layerCount
                ? ["dense/kernel", "dense/bias"]
                : engine.network.layers[norms.layer].weights.filter(\.trains).map(\.name)
            #expect(close(norms.gradientNorm, norm(names.map { gradients[$0]! })), "\(names)")
            #expect(norms.updateRatio == 0)
            squares += Double(norms.gradientNorm!) * Double(norms.gradientNorm!)
        }
        #expect(abs(squares.squareRoot() / (result.gradientNorm ?? .nan) - 1) < 1e-4)
    }
}
