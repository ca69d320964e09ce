import COneDNN

extension TrainingEngine {
    /// Activations of photos that do not change while the layers below are frozen.
    final class FrozenActivations {
        /// The features while the base is frozen, else the prefix' output, per photo.
        let values: Buffer
        let floats: Int
        let count: Int
        init(count: Int, floats: Int) {
            (self.count, self.floats) = (count, floats)
            values = Buffer(count: count * floats)
        }
    }

    /// Kept activations may take this much memory, in floats.
    private static let cacheLimit = 64 << 20

    /// Probabilities of `count` photos, [count, classes], without dropout.
    ///
    /// - Parameters:
    ///   - keepsActivations: the photos are the same at every call (the validation photos), so what the
    ///     frozen layers make of them is computed once.
    ///   - isCancelled: asked between chunks; the result is then incomplete.
    func predict(
        count: Int, keepsActivations: Bool = false, isCancelled: @escaping () -> Bool = { false },
        fill: @escaping FillImage
    ) -> [Float] {
        let channels = head.channels
        let floats = fineTuneAt == nil ? channels : boundaryFloats
        let mayKeep = keepsActivations && count * floats <= Self.cacheLimit && (fineTuneAt == nil || boundary > 0)
        let known = mayKeep && cached?.count == count ? cached : nil
        let keep = mayKeep && known == nil ? FrozenActivations(count: count, floats: floats) : nil
        var probabilities = [Float](repeating: 0, count: count * head.classes)
        let items = (count + chunkCapacity - 1) / chunkCapacity
        let next = AtomicCounter()
        let cancelled = AtomicFlag()
        probabilities.withUnsafeMutableBufferPointer { output in
            let output = output.baseAddress!
            pool.run { [self] worker in
                guard worker < chunks.count else { return }
                let chunk = chunks[worker]
                while true {
                    let item = next.increment()
                    if item >= items { return }
                    if isCancelled() {
                        cancelled.set()
                        return
                    }
                    let range = item * chunkCapacity..<min(count, (item + 1) * chunkCapacity)
                    predict(chunk, range, known: known, keep: keep, fill: fill, streams[worker])
                    head.forward(
                        chunk.head.features.pointer, images: range.count,
                        into: output + range.lowerBound * head.classes)
                }
            }
        }
        if let keep, !cancelled.isSet { cached = keep }
        return probabilities
    }

    /// Leaves the chunk's pooled features in its head's workspace.
    private func predict(
        _ chunk: Chunk, _ range: Range<Int>, known: FrozenActivations?, keep: FrozenActivations?,
        fill: FillImage, _ stream: dnnl_stream_t
    ) {
        let features = chunk.head.features.pointer
        if fineTuneAt == nil, let known {
            features.update(
                from: known.values.pointer + range.lowerBound * known.floats, count: range.count * known.floats)
            return
        }
        if let known {
            chunk.tailInput.update(
                from: known.values.pointer + range.lowerBound * known.floats, count: range.count * known.floats)
        } else {
            for (slot, item) in range.enumerated() {
                _ = runPrefix(chunk, slot: slot, stream) { fill(item, $0, chunk.image.pointer, chunk.scratch.pointer) }
            }
            if fineTuneAt != nil, let keep {
                (keep.values.pointer + range.lowerBound * keep.floats).update(
                    from: chunk.tailInput, count: range.count * keep.floats)
            }
        }
        chunk.runTail(images: range.count, stream)
        head.pool(chunk.features, positions: positions, images: range.count, into: features)
        if fineTuneAt == nil, let keep {
            (keep.values.pointer + range.lowerBound * keep.floats).update(
                from: features, count: range.count * keep.floats)
        }
    }
}
