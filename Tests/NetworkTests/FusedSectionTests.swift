import COneDNN
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// The fused kernels against oneDNN's primitives, which are themselves checked against Keras.
@Suite struct FusedSectionTests {
    private let stream = OneDNN.makeStream()

    /// Largest difference between the outputs for `images` random pictures, relative to the largest
    /// value.
    private func difference(
        _ range: Range<Int>, size: Int, images: Int, capacity: Int, kernels: VectorKernels
    ) throws -> Float {
        let network = Backbone(.mobileNetV2, imageSize: size)
        let parameters = NetworkParameters(network: network, tensors: HashNetwork.tensors(network))
            .convolutions[range]
        let fused = try #require(FusedSection(parameters, images: capacity, kernels: kernels)).makeProgram()
        let plain = PrimitiveSection(parameters, images: images).makeProgram()
        let (first, last) = (
            network.convolutions[range.lowerBound], network.convolutions[range.upperBound - 1]
        )
        var random = CounterRandom(seed: 7, purpose: .shuffle, epoch: 0)
        // Twice, because ring buffers keep what the first run left in them.
        for _ in 0..<2 {
            for i in 0..<images * first.inputSize * first.inputSize * first.inputChannels {
                let value = random.uniform(in: -1...1)
                (fused.input[i], plain.input[i]) = (value, value)
            }
            fused.run(images: images, stream)
            plain.run(images: images, stream)
        }
        let count = images * last.outputSize * last.outputSize * last.outputChannels
        let largest = (0..<count).map { abs(plain.output[$0]) }.max()!
        #expect(largest > 0.01)
        return (0..<count).map { abs(plain.output[$0] - fused.output[$0]) }.max()! / largest
    }

    @Test(arguments: VectorKernels.all.indices, [96, 128, 160, 192, 224])
    func wholeNetworkEqualsPrimitives(kernels: Int, size: Int) throws {
        let largest = try difference(
            0..<52, size: size, images: 1, capacity: 1, kernels: VectorKernels.all[kernels])
        // Rounding only: oneDNN's order of summation depends on the processor. Measured: 1.16e-5 on
        // AVX2 at 192 px.
        #expect(largest < 2e-5)
    }

    @Test(arguments: VectorKernels.all.indices, [1, 3, 4, 7, 16])
    func lateBlocksEqualPrimitivesForAnyNumberOfImages(kernels: Int, images: Int) throws {
        #expect(
            try difference(
                33..<52, size: 160, images: images, capacity: 16, kernels: VectorKernels.all[kernels]) < 1e-5)
    }

    @Test(arguments: VectorKernels.all.indices) func earlyBlocksEqualPrimitives(kernels: Int) throws {
        for end in stride(from: 3, through: 33, by: 3) {
            #expect(
                try difference(
                    0..<end, size: 160, images: 1, capacity: 1, kernels: VectorKernels.all[kernels]) < 1e-5,
                "convolutions below \(end)")
        }
    }

    @Test func sumsAreTheSameOnAnyInstructionSetAndNextToAnyImage() throws {
        let network = Backbone(.mobileNetV2, imageSize: 96)
        let parameters = NetworkParameters(network: network, tensors: HashNetwork.tensors(network))
            .convolutions[33...]
        let count = 6 * 6 * 96
        var outputs: [[Float]] = []
        for kernels in VectorKernels.all {
            for (position, images) in [(0, 1), (0, 5), (4, 5)] {
                let program = try #require(FusedSection(parameters, images: 5, kernels: kernels))
                    .makeProgram()
                for i in 0..<count { program.input[position * count + i] = Float(i % 17) * 0.1 - 0.8 }
                program.run(images: images, stream)
                let floats = 3 * 3 * 1280
                outputs.append(
                    Array(UnsafeBufferPointer(start: program.output + position * floats, count: floats)))
            }
        }
        for (index, output) in outputs.enumerated() {
            let differing = zip(output, outputs[0]).count { $0 != $1 }
            #expect(differing == 0, "output \(index)")
        }
    }

    @Test func sectionsThatCutABlockAreLeftToPrimitives() throws {
        let network = Backbone(.mobileNetV2, imageSize: 96)
        let parameters = NetworkParameters(network: network, tensors: HashNetwork.tensors(network))
            .convolutions
        for kernels in VectorKernels.all {
            #expect(FusedSection(parameters[..<1], images: 1, kernels: kernels) == nil)
            #expect(FusedSection(parameters[4..<9], images: 1, kernels: kernels) == nil)
        }
        let program = FrozenSections.make(parameters[..<1], images: 1).makeProgram()
        program.run(images: 1, stream)
    }
}
