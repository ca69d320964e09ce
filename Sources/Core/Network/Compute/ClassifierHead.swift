package import Basics
import COpenBLAS
import Foundation

/// The head: global average pooling → dropout → dense → softmax, with its gradients.
///
/// Shapes: N images, C channels of the base's output, K classes, P = pixels of the feature map. OpenBLAS computes
/// the matrix products, each on the calling thread.
package final class ClassifierHead: @unchecked Sendable {
    // Unchecked: the engine updates the weights only while no worker reads them.
    package let channels: Int
    package let classes: Int
    /// [C, K], Keras' layout.
    package let kernel: Buffer
    /// [K].
    package let bias: Buffer
    private(set) var kernelMoments: Adam.Moments
    private(set) var biasMoments: Adam.Moments
    /// Sums of squares from the last update; nil before the first.
    private(set) var sums: Adam.Sums?

    package var parameterCount: Int { (channels + 1) * classes }

    init(channels: Int, classes: Int) {
        (self.channels, self.classes) = (channels, classes)
        kernel = Buffer(count: channels * classes)
        bias = Buffer(count: classes)
        kernelMoments = Adam.Moments(count: channels * classes)
        biasMoments = Adam.Moments(count: classes)
        openblas_set_num_threads(1)
    }

    /// Sets the kernel to Glorot uniform values (Glorot & Bengio 2010), ±√(6 / (in + out)), and the
    /// bias to zero.
    package func initialize(seed: UInt64) {
        var random = CounterRandom(seed: seed, purpose: .headInitialization)
        let limit = (6 / Float(channels + classes)).squareRoot()
        for i in 0..<kernel.count { kernel.pointer[i] = random.uniform(in: -limit...limit) }
        for i in 0..<classes { bias.pointer[i] = 0 }
    }

    func resetMoments() {
        kernelMoments = Adam.Moments(count: channels * classes)
        biasMoments = Adam.Moments(count: classes)
        sums = nil
    }

    /// One chunk's activations and gradients, for up to `capacity` images.
    package final class Workspace {
        /// [N, C] after pooling; dropout is applied in place.
        package let features: Buffer
        /// [N, K], and so is `dLogits`.
        let probabilities: Buffer
        let dLogits: Buffer
        /// [N, C].
        let dFeatures: Buffer
        /// [N, C]: the factors of dropout, 0 or 1 / (1 − rate).
        let mask: Buffer
        /// [C, K].
        let dKernel: Buffer
        /// [K].
        let dBias: Buffer

        init(capacity: Int, channels: Int, classes: Int) {
            features = Buffer(count: capacity * channels)
            probabilities = Buffer(count: capacity * classes)
            dLogits = Buffer(count: capacity * classes)
            dFeatures = Buffer(count: capacity * channels)
            mask = Buffer(count: capacity * channels)
            dKernel = Buffer(count: channels * classes)
            dBias = Buffer(count: classes)
        }
    }

    /// Averages `map` [N, P, C] over its positions into `features` [N, C].
    package func pool(
        _ map: UnsafePointer<Float>, positions: Int, images: Int, into features: UnsafeMutablePointer<Float>
    ) {
        let scale = 1 / Float(positions)
        for image in 0..<images {
            let target = features + image * channels
            let source = map + image * positions * channels
            for c in 0..<channels { target[c] = source[c] }
            for p in 1..<max(1, positions) {
                let row = source + p * channels
                for c in 0..<channels { target[c] += row[c] }
            }
            for c in 0..<channels { target[c] *= scale }
        }
    }

    /// Applies inverted dropout to one image's features and keeps the factors in `workspace.mask`.
    func drop(_ image: Int, rate: Float, random: inout CounterRandom, _ workspace: Workspace) {
        let mask = workspace.mask.pointer + image * channels
        let features = workspace.features.pointer + image * channels
        let scale = 1 / (1 - rate)
        for c in 0..<channels {
            mask[c] = random.uniform() < rate ? 0 : scale
            features[c] *= mask[c]
        }
    }

    /// Writes softmax(features · kernel + bias) to `probabilities`: [N, C] → [N, K].
    package func forward(
        _ features: UnsafePointer<Float>, images: Int, into probabilities: UnsafeMutablePointer<Float>
    ) {
        for image in 0..<images {
            for k in 0..<classes { probabilities[image * classes + k] = bias.pointer[k] }
        }
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(images), blasint(classes), blasint(channels),
            1,
            features, blasint(channels), kernel.pointer, blasint(classes), 1, probabilities, blasint(classes))
        Softmax.apply(probabilities, rows: images, classes: classes)
    }

    /// Computes the gradients of the objective averaged over `batchSize` examples: these images'
    /// part of dKernel and dBias, and their dFeatures.
    ///
    /// - Parameter others: the other labels of mixed images; nil for none.
    func backward(
        _ labels: UnsafePointer<Int>, others: [MixedLabel]? = nil, images: Int, batchSize: Int,
        objective: Objective = Objective(), dropout: Bool, _ workspace: Workspace
    ) {
        let dLogits = workspace.dLogits.pointer
        let scale = 1 / Float(batchSize)
        for i in 0..<images * classes { dLogits[i] = workspace.probabilities.pointer[i] * scale }
        for image in 0..<images {
            let (row, label) = (dLogits + image * classes, labels[image])
            if let other = others?[image] {
                let (first, second) = (
                    (1 - other.share) * objective.weight(label), other.share * objective.weight(other.label)
                )
                for k in 0..<classes {
                    row[k] =
                        first * (row[k] - scale * objective.target(k, label, classes: classes))
                        + second * (row[k] - scale * objective.target(k, other.label, classes: classes))
                }
                continue
            }
            if objective.isPlain {
                row[label] -= scale
                continue
            }
            let weight = objective.weight(label)
            for k in 0..<classes {
                row[k] = weight * (row[k] - scale * objective.target(k, label, classes: classes))
            }
        }
        for k in 0..<classes {
            var sum: Float = 0
            for image in 0..<images { sum += dLogits[image * classes + k] }
            workspace.dBias.pointer[k] = sum
        }
        let (n, c, k) = (blasint(images), blasint(channels), blasint(classes))
        cblas_sgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, c, k, n, 1, workspace.features.pointer, c, dLogits, k, 0,
            workspace.dKernel.pointer, k)
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, n, c, k, 1, dLogits, k, kernel.pointer, k, 0,
            workspace.dFeatures.pointer, c)
        if dropout {
            for i in 0..<images * channels { workspace.dFeatures.pointer[i] *= workspace.mask.pointer[i] }
        }
    }

    /// Writes the gradient of the pooling's input to `map` [capacity, P, C]: dFeatures spread
    /// evenly over the positions, and zeros for the images from `images` on.
    func unpool(
        _ workspace: Workspace, positions: Int, images: Int, capacity: Int,
        into map: UnsafeMutablePointer<Float>
    ) {
        let scale = 1 / Float(positions)
        for image in 0..<images {
            let source = workspace.dFeatures.pointer + image * channels
            for p in 0..<positions {
                let row = map + (image * positions + p) * channels
                for c in 0..<channels { row[c] = source[c] * scale }
            }
        }
        (map + images * positions * channels).update(
            repeating: 0, count: (capacity - images) * positions * channels)
    }

    /// Adds all chunks' gradients, in order, to the first chunk's.
    func reduce(_ chunks: [Workspace]) {
        let (dKernel, dBias) = (chunks[0].dKernel, chunks[0].dBias)
        for chunk in chunks.dropFirst() {
            for i in 0..<dKernel.count { dKernel.pointer[i] += chunk.dKernel.pointer[i] }
            for i in 0..<dBias.count { dBias.pointer[i] += chunk.dBias.pointer[i] }
        }
    }

    /// Reduces the chunks' gradients and takes one Adam step.
    ///
    /// - Parameter keep: see `Adam.update`; for the kernel.
    func update(_ chunks: [Workspace], keep: Float = 1, stepSize: Float) {
        reduce(chunks)
        let (dKernel, dBias) = (chunks[0].dKernel, chunks[0].dBias)
        var sums = Adam.Sums()
        sums.add(
            Adam.update(
                kernel.pointer, dKernel.pointer, kernelMoments, count: kernel.count, keep: keep,
                stepSize: stepSize))
        sums.add(Adam.update(bias.pointer, dBias.pointer, biasMoments, count: bias.count, stepSize: stepSize))
        self.sums = sums
    }
}
