package import Basics
import Foundation
import Ranks

/// The step: forward, backward, optimizer.
extension TrainingEngine {
    package struct BatchResult: Equatable {
        /// Sum of the examples' losses (`objective`), in nats, and number of correct predictions.
        package var lossSum: Double
        package var correct: Int
        /// Euclidean norm of the gradient of everything that trains; nil if no step was taken.
        package var gradientNorm: Double?
        package var isFinite: Bool { lossSum.isFinite }
    }

    /// Runs the forward and backward pass and takes one optimizer step.
    ///
    /// - Parameters:
    ///   - batch: 1 to `batchSize` images.
    ///   - dropout: the rate, and the random stream for each image.
    ///   - updates: false computes only the gradients and the loss.
    ///   - accepts: called when the loss is finite; on false no step is taken.
    ///   - isNext: whether this is the batch that `next` returned in the call before.
    ///   - next: returns the batch that is likely to come next, whose frozen layers are then computed
    ///     while gradients travel between the ranks; called only where that is so. nil for none.
    package func train(
        _ batch: some LabelledBatch, learningRate: Double,
        dropout: (rate: Float, random: (Int) -> CounterRandom)? = nil, updates: Bool = true,
        accepts: (BatchResult) -> Bool = { _ in true }, isNext: Bool = false,
        next: () -> (any LabelledBatch)? = { nil }
    ) -> BatchResult {
        let count = batch.count
        precondition(count > 0 && count <= batchSize, "\(count) examples in a batch of at most \(batchSize)")
        let chunkCount = chunks.count
        let isPrepared = isNext && holdsNext
        holdsNext = false
        if let ranks {
            forEachOwnChunk(count) { [self] chunk, range, worker in
                if isPrepared {
                    chunk.takeNext()
                } else {
                    runPrefix(chunk, range, of: batch, worker)
                }
                computeFeatures(chunk, range, worker)
            }
            exchangeFeatures(count, ranks)
        }
        pool.forEach(chunkCount) { [self] index, worker in
            let range = photos(index, of: count)
            if ranks == nil {
                runPrefix(chunks[index], range, of: batch, worker)
                computeFeatures(chunks[index], range, worker)
            }
            train(chunks[index], range, of: batch, dropout: dropout, worker)
        }
        var result = chunks.reduce(into: BatchResult(lossSum: 0, correct: 0)) {
            $0.lossSum += $1.lossSum
            $0.correct += $1.correct
        }
        guard updates, result.isFinite, accepts(result) else {
            reduceGradients()
            return result
        }
        // Nothing has changed before, so that a rank which is lost meanwhile leaves a whole state behind.
        if ranks != nil, !sumGradients(next: gradientSum == nil ? nil : next()) { return result }
        adamStep += 1
        let stepSize = Adam.stepSize(learningRate: learningRate, step: adamStep)
        func keep(_ rate: Double) -> Float { 1 - Float(rate) * objective.weightDecay }
        let pieces = trainedPieces
        let programs = ownPrograms
        pool.forEach(pieces.count + 1) { [self] item, worker in
            guard let tail, item < pieces.count else {
                head.update(chunks.map(\.head), keep: keep(learningRate), stepSize: stepSize)
                return
            }
            let piece = pieces[item]
            if !takeGradient(item, tail, piece, worker) { tail.reduce(piece, programs, tailWorkers[worker]) }
            let rate = learningRate * rateFactor(tail.layers[piece.layer].convolution)
            tail.update(
                piece, keep: keep(rate), stepSize: Adam.stepSize(learningRate: rate, step: adamStep))
            tail.refold(piece, tailWorkers[worker])
        }
        // Summed in the layers' order, so that the number of threads does not affect the result.
        let squares = (tail?.layers ?? []).reduce(head.sums?.gradients ?? 0) {
            $0 + ($1.kernelSums?.gradients ?? 0) + ($1.normalizationSums?.gradients ?? 0)
        }
        result.gradientNorm = squares.squareRoot()
        updateAverages()
        return result
    }

    /// The share of the learning rate at which a convolution and its normalisation train.
    private func rateFactor(_ convolution: Backbone.Convolution) -> Double {
        objective.rateDecay == 1 ? 1 : pow(objective.rateDecay, Double(network.depth(convolution)))
    }

    private func reduceGradients() {
        head.reduce(chunks.map(\.head))
        if ranks != nil {
            guard sumGradients(), let tail else { return }
            for (item, piece) in trainedPieces.enumerated() { _ = takeGradient(item, tail, piece, 0) }
            return
        }
        for piece in tail?.pieces ?? [] { tail?.reduce(piece, groups: ownGroups[...], tailWorkers[0]) }
    }

    /// Runs the prefix for a chunk's photos, into the tail's input.
    func runPrefix(_ chunk: Chunk, _ range: Range<Int>, of batch: some BatchSource, _ worker: Int) {
        for (slot, item) in range.enumerated() {
            runPrefix(chunk, to: chunk.tailInput + slot * boundaryFloats, item, of: batch, worker)
        }
    }

    /// Computes the pooled features of the photos that the prefix has left in a chunk, into its head's
    /// workspace.
    private func computeFeatures(_ chunk: Chunk, _ range: Range<Int>, _ worker: Int) {
        runTail(chunk, images: range.count, worker)
        head.pool(
            chunk.features, positions: positions, images: range.count,
            into: chunk.head.features.pointer)
    }

    /// Computes what follows from a chunk's features: loss, gradients of the head, and on the rank that
    /// has the chunk those of the layers that train.
    private func train(
        _ chunk: Chunk, _ range: Range<Int>, of batch: some LabelledBatch,
        dropout: (rate: Float, random: (Int) -> CounterRandom)?, _ worker: Int
    ) {
        let images = range.count
        for (slot, item) in range.enumerated() { chunk.labels[slot] = batch.label(item) }
        let others = range.map { batch.other($0) }
        chunk.others =
            others.contains { $0 != nil }
            ? zip(range, others).map { $1 ?? MixedLabel(label: batch.label($0), share: 0) } : nil
        let workspace = chunk.head
        if let dropout, dropout.rate > 0 {
            for (slot, item) in range.enumerated() {
                var random = dropout.random(item)
                head.drop(slot, rate: dropout.rate, random: &random, workspace)
            }
        }
        head.forward(workspace.features.pointer, images: images, into: workspace.probabilities.pointer)
        (chunk.lossSum, chunk.correct) = Self.score(
            workspace.probabilities.pointer, chunk.labels, images: images, classes: head.classes)
        if !objective.isPlain || chunk.others != nil {
            chunk.lossSum = (0..<images).reduce(0) { sum, image in
                let row = workspace.probabilities.pointer + image * head.classes
                let loss = objective.loss(row, chunk.labels[image], classes: head.classes)
                guard let other = chunk.others?[image], other.share > 0 else { return sum + loss }
                let share = Double(other.share)
                return sum + (1 - share) * loss
                    + share * objective.loss(row, other.label, classes: head.classes)
            }
        }
        head.backward(
            chunk.labels, others: chunk.others, images: images, batchSize: batch.count, objective: objective,
            dropout: (dropout?.rate ?? 0) > 0, workspace)
        if let tail = chunk.tail {
            head.unpool(
                workspace, positions: positions, images: images, capacity: chunkCapacity, into: tail.dOutput)
            tail.backward(images: images, tailWorkers[worker])
        }
    }

    /// Computes the features of the images that the prefix has left in a chunk.
    func runTail(_ chunk: Chunk, images: Int, _ worker: Int) {
        chunk.runTail(images: images, streams[worker], tail == nil ? nil : tailWorkers[worker])
    }

    /// Runs the prefix for image `item` and writes the result to `target`.
    func runPrefix(
        _ chunk: Chunk, to target: UnsafeMutablePointer<Float>, _ item: Int, of batch: some BatchSource,
        _ worker: Int
    ) {
        let count = chunk.image.count
        batch.write(
            item,
            to: InputImage(
                values: .init(start: chunk.prefix?.input ?? target, count: count),
                image: .init(start: chunk.image.pointer, count: count),
                scratch: .init(start: chunk.scratch.pointer, count: count), worker: worker))
        guard let prefix = chunk.prefix else { return }
        prefix.run(images: 1, streams[worker])
        target.update(from: prefix.output, count: boundaryFloats)
    }

    /// Returns the sum of the cross-entropies, in nats, and the number of correct predictions.
    package static func score(
        _ probabilities: UnsafePointer<Float>, _ labels: UnsafePointer<Int>, images: Int, classes: Int
    ) -> (lossSum: Double, correct: Int) {
        var (loss, correct) = (0.0, 0)
        for image in 0..<images {
            let row = probabilities + image * classes
            var best = 0
            for k in 1..<max(1, classes) where row[k] > row[best] { best = k }
            if best == labels[image] { correct += 1 }
            // A probability that underflowed is clamped, which limits its loss to 87 nats.
            loss -= Double(
                row[labels[image]].isNaN ? .nan : log(max(row[labels[image]], .leastNormalMagnitude)))
        }
        return (loss, correct)
    }
}
