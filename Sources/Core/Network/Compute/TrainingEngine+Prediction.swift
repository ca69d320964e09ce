import Basics
import COneDNN
import Foundation

extension TrainingEngine {
    /// Photos' activations, which stay the same while the layers below are frozen, in an unnamed
    /// temporary file. The system caches it in spare memory, which does not count towards the
    /// process.
    package final class FrozenActivations {
        /// Floats per photo: of the pooled features while the base is frozen, else of the prefix'
        /// output.
        let floats: Int
        let count: Int
        // Open as long as the object. Every call names its position, so threads share the
        // descriptor.
        private let descriptor: Int32

        /// Returns nil when no temporary file can be created.
        init?(count: Int, floats: Int) {
            let descriptor = Scratch.open()
            guard descriptor >= 0 else { return nil }
            (self.count, self.floats, self.descriptor) = (count, floats, descriptor)
        }

        deinit { close(descriptor) }

        /// Writes the photos in `range`; false when it fails, as on a full disk. Any thread may
        /// call it.
        func write(_ range: Range<Int>, from source: UnsafePointer<Float>) -> Bool {
            PositionedIO.write(
                descriptor, source, range.count * floats * 4, at: range.lowerBound * floats * 4)
        }

        /// Reads the photos in `range`; false when it fails. Any thread may call it.
        func read(_ range: Range<Int>, into target: UnsafeMutablePointer<Float>) -> Bool {
            PositionedIO.read(
                descriptor, target, range.count * floats * 4, at: range.lowerBound * floats * 4)
        }
    }

    /// Most disk space for kept activations, in floats; beyond it they are recomputed each time.
    private static let cacheLimit = 1 << 28

    /// Returns the probabilities of N images, [N, classes], without dropout.
    ///
    /// - Parameters:
    ///   - keepsActivations: whether the images are the same at every call (the validation photos),
    ///     so that the frozen layers need to run only once.
    ///   - isCancelled: called between chunks on the workers' threads; once true, the result is
    ///     incomplete.
    ///
    /// Ranks share the images, and each gets all of the result.
    package func predict(
        _ batch: some BatchSource, keepsActivations: Bool = false,
        isCancelled: @escaping () -> Bool = { false }
    ) -> [Float] {
        var probabilities = [Float](repeating: 0, count: batch.count * head.classes)
        probabilities.withUnsafeMutableBufferPointer { output in
            let base = output.baseAddress!
            forward(batch, keepsActivations: keepsActivations, isShared: true, isCancelled: isCancelled) {
                [head] chunk, range in
                head.forward(
                    chunk.head.features.pointer, images: range.count,
                    into: base + range.lowerBound * head.classes)
            }
            exchangePredictions(output, count: batch.count)
        }
        return probabilities
    }

    /// Returns the pooled features of N images, [N, channels]: the input of the head.
    ///
    /// - Parameter map: receives each image's feature map before pooling, [size, size, channels], on
    ///   the workers' threads.
    package func features(
        _ batch: some BatchSource, map: @escaping (_ item: Int, UnsafePointer<Float>) -> Void = { _, _ in }
    ) -> [Float] {
        let (channels, floats) = (head.channels, positions * head.channels)
        var features = [Float](repeating: 0, count: batch.count * channels)
        features.withUnsafeMutableBufferPointer { output in
            let output = output.baseAddress!
            forward(batch) { chunk, range in
                (output + range.lowerBound * channels).update(
                    from: chunk.head.features.pointer, count: range.count * channels)
                for (slot, item) in range.enumerated() { map(item, chunk.features + slot * floats) }
            }
        }
        return features
    }

    /// Computes the pooled features of any number of images, a chunk at a time.
    ///
    /// - Parameters:
    ///   - isCancelled: as for `predict`.
    ///   - use: receives the features of the images in `range`, [range.count, channels], on the
    ///     workers' threads, after the images were written and until it returns.
    package func features(
        _ batch: some BatchSource, isCancelled: @escaping () -> Bool,
        use: @escaping (_ range: Range<Int>, _ features: UnsafeBufferPointer<Float>) -> Void
    ) {
        forward(batch, isCancelled: isCancelled) { [channels = head.channels] chunk, range in
            use(range, .init(start: chunk.head.features.pointer, count: range.count * channels))
        }
    }

    /// Runs images through the base, a chunk at a time, and calls `use` on the workers' threads
    /// with each chunk whose workspace holds the pooled features; with only this rank's images if they
    /// are shared.
    private func forward(
        _ batch: some BatchSource, keepsActivations: Bool = false, isShared: Bool = false,
        isCancelled: @escaping () -> Bool = { false }, use: @escaping (Chunk, Range<Int>) -> Void
    ) {
        let count = batch.count
        let floats = fineTuneAt == nil ? head.channels : boundaryFloats
        let mayKeep =
            keepsActivations && count * floats <= Self.cacheLimit && (fineTuneAt == nil || boundary > 0)
        let known = mayKeep && cached?.count == count ? cached : nil
        let keep = mayKeep && known == nil ? FrozenActivations(count: count, floats: floats) : nil
        let items = isShared ? predictedItems(of: count) : 0..<self.items(of: count)
        let (next, programs) = (AtomicCounter(), computing)
        let cancelled = AtomicFlag()
        let failed = AtomicFlag()
        pool.run { [self] worker in
            guard worker < programs.count else { return }
            let chunk = programs[worker]
            while true {
                let item = items.lowerBound + next.increment()
                if item >= items.upperBound { return }
                if isCancelled() {
                    cancelled.set()
                    return
                }
                let range = item * chunkCapacity..<min(count, (item + 1) * chunkCapacity)
                if !predict(chunk, range, of: batch, known: known, keep: keep, worker) {
                    failed.set()
                }
                use(chunk, range)
            }
        }
        if mayKeep, !cancelled.isSet { cached = failed.isSet ? nil : keep ?? known }
    }

    /// Computes a chunk's pooled features into its head's workspace.
    ///
    /// - Returns: false if activations could not be read from `known` or written to `keep`.
    private func predict(
        _ chunk: Chunk, _ range: Range<Int>, of batch: some BatchSource, known: FrozenActivations?,
        keep: FrozenActivations?, _ worker: Int
    ) -> Bool {
        let features = chunk.head.features.pointer
        let isFrozen = fineTuneAt == nil
        let isKnown = known?.read(range, into: isFrozen ? features : chunk.tailInput) ?? false
        var isKept = known == nil || isKnown
        if isFrozen && isKnown { return true }
        if !isKnown {
            runPrefix(chunk, range, of: batch, worker)
            if !isFrozen, let keep { isKept = keep.write(range, from: chunk.tailInput) }
        }
        runTail(chunk, images: range.count, worker)
        head.pool(chunk.features, positions: positions, images: range.count, into: features)
        if isFrozen, let keep { isKept = keep.write(range, from: features) }
        return isKept
    }
}
