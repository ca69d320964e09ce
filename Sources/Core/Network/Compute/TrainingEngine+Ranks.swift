import Basics
import Foundation
import Ranks

/// A batch shared by the ranks of a job.
///
/// Each rank computes the features of its chunks' photos. All exchange these, a few kB for each photo,
/// and compute the head's step for themselves, so that a frozen base gives the bits of one process.
/// The gradients of layers that train are summed over the ranks while later ones are computed: each
/// rank adds its photos' to the sum of those before it, as one process does (`BucketSum`). Then every
/// rank takes the same step. Validation photos are shared likewise.
extension TrainingEngine {
    /// Returns the part of `count` things that falls to a rank.
    static func share(of count: Int, rank: Int, of ranks: Int) -> Range<Int> {
        count * rank / ranks..<count * (rank + 1) / ranks
    }

    /// The fewest chunks, but no fewer than the standard, with which each of `ranks` ranks has one of
    /// each batch; the standard if there are more ranks than photos.
    package static func chunks(batchSize: Int, ranks: Int) -> Int {
        let standard = cut(batchSize: batchSize).count
        if ranks > batchSize { return standard }
        return (standard...max(standard, batchSize)).lazy
            .map { cut(batchSize: batchSize, chunks: $0).count }.first { $0 >= ranks } ?? standard
    }

    /// The photos of a chunk in a batch of `count`.
    func photos(_ chunk: Int, of count: Int) -> Range<Int> {
        chunk * count / chunks.count..<(chunk + 1) * count / chunks.count
    }

    /// The photos of a batch that this rank computes the features of.
    package func ownPhotos(of count: Int) -> Range<Int> {
        own.isEmpty
            ? 0..<0
            : photos(own.lowerBound, of: count).lowerBound..<photos(own.upperBound - 1, of: count).upperBound
    }

    /// Number of a batch's photos that a rank computes the features of.
    package func photos(of rank: Int, batch count: Int) -> Int {
        let share = Self.share(of: chunks.count, rank: rank, of: ranks?.count ?? 1)
        return share.upperBound * count / chunks.count - share.lowerBound * count / chunks.count
    }

    // MARK: Features

    /// Completes all chunks' features with those of the other ranks.
    func exchangeFeatures(_ count: Int, _ ranks: RankGroup) {
        guard let features = exchangedFeatures?.pointer else { return }
        let channels = head.channels
        for index in own {
            let range = photos(index, of: count)
            (features + range.lowerBound * channels).update(
                from: chunks[index].head.features.pointer, count: range.count * channels)
        }
        ranks.gather(
            UnsafeMutableRawBufferPointer(start: features, count: count * channels * 4),
            (0..<ranks.count).map { rank in
                let share = Self.share(of: chunks.count, rank: rank, of: ranks.count)
                return share.lowerBound * count / chunks.count * channels * 4..<share.upperBound * count
                    / chunks.count * channels * 4
            })
        for index in chunks.indices where !own.contains(index) {
            let range = photos(index, of: count)
            chunks[index].head.features.pointer.update(
                from: features + range.lowerBound * channels, count: range.count * channels)
        }
    }

    // MARK: Gradients

    /// The pieces of the layers that train, in the order in which their gradients are computed.
    var trainedPieces: [(layer: Int, piece: Int)] {
        (tail?.pieces ?? []).filter { $0.layer >= tail!.firstTrained }
    }

    var ownPrograms: [any TailProgram] { chunks[own].compactMap(\.tail) }

    /// This rank's chunks by the groups whose gradients are summed by themselves.
    var ownGroups: [[any TailProgram]] {
        (0..<groups).map { group in
            Self.share(of: chunks.count, rank: group, of: groups).clamped(to: own).compactMap {
                chunks[$0].tail
            }
        }.filter { !$0.isEmpty }
    }

    /// Fewest floats of a bucket: enough for the network's speed, few enough that a rank which goes on
    /// with another's sum does not wait for long.
    private static let bucketFloats = 1 << 16

    private func floats(_ piece: (layer: Int, piece: Int)) -> Int {
        tail!.layers[piece.layer].gradient(ofPiece: piece.piece).reduce(0) { $0 + $1.count }
    }

    func makeGradientSum() -> BucketSum? {
        guard let ranks, tail != nil else { return nil }
        var (offsets, buckets, of) = ([0], [0..<0], [Int]())
        for piece in trainedPieces {
            if buckets.last!.count >= Self.bucketFloats { buckets.append(offsets.last!..<offsets.last!) }
            offsets.append(offsets.last! + floats(piece))
            buckets[buckets.count - 1] = buckets.last!.lowerBound..<offsets.last!
            of.append(buckets.count - 1)
        }
        (pieceOffsets, pieceBuckets) = (offsets, of)
        return BucketSum(ranks, buckets: buckets, order: groups == 1 ? .chain : .tree)
    }

    /// Sums the gradients of the layers that train over all ranks, each bucket while later ones are
    /// still computed.
    ///
    /// - Parameter next: the batch that comes next. Its frozen layers do not depend on this step, so they
    ///   are computed while a worker would wait for other ranks.
    /// - Returns: false after a failure.
    func sumGradients(next: (any LabelledBatch)? = nil) -> Bool {
        guard let ranks, ranks.failure == nil else { return false }
        guard let gradientSum, let tail else { return true }
        let (pieces, groups, programs) = (trainedPieces, ownGroups, ownPrograms)
        let left = BucketCounts(pieceBuckets)
        let (nextPiece, nextChunk) = (AtomicCounter(), AtomicCounter())
        gradientSum.begin()
        pool.run { [self] worker in
            let ahead = next.map { NextPhotos(self, $0, nextChunk, worker) }
            while true {
                let item = nextPiece.increment()
                if item >= pieces.count { break }
                let (piece, bucket) = (pieces[item], pieceBuckets[item])
                let values = gradientSum.values + pieceOffsets[item]
                if gradientSum.order == .tree {
                    tail.reduce(piece, groups: groups[...], tailWorkers[worker])
                } else {
                    while !gradientSum.isCarried(bucket), ahead?.compute() == true {}
                    guard gradientSum.carry(bucket, counts: worker == 0) else { return }
                    if !ranks.isFirst { tail.take(values, piece) }
                    tail.reduce(piece, programs, continues: !ranks.isFirst, tailWorkers[worker])
                }
                tail.give(values, piece)
                if left.isLast(of: bucket) { gradientSum.start(bucket) }
            }
            while ranks.failure == nil, ahead?.compute() == true {}
        }
        holdsNext = next != nil && ranks.failure == nil
        return gradientSum.finish()
    }

    /// Calls `body` on the workers with each chunk that this rank computes and its photos in a batch of
    /// `count`.
    func forEachOwnChunk(
        _ count: Int, _ body: @escaping (_ chunk: Chunk, _ photos: Range<Int>, _ worker: Int) -> Void
    ) {
        pool.forEach(own.count) { [self] index, worker in
            let index = own.lowerBound + index
            body(chunks[index], photos(index, of: count), worker)
        }
    }

    /// Writes a piece's sum over the ranks into its layer's gradients; with one rank, sums it over the
    /// groups of chunks if there are several.
    ///
    /// - Returns: false if there is nothing but the chunks to sum.
    func takeGradient(_ item: Int, _ tail: TrainableTail, _ piece: (layer: Int, piece: Int), _ worker: Int)
        -> Bool
    {
        guard let gradientSum else {
            if groups == 1 { return false }
            tail.reduce(piece, groups: ownGroups[...], tailWorkers[worker])
            return true
        }
        tail.take(gradientSum.values + pieceOffsets[item], piece)
        return true
    }

    // MARK: Predictions

    /// Number of chunks' worth of `count` images.
    func items(of count: Int) -> Int { (count + chunkCapacity - 1) / chunkCapacity }

    /// Those of this rank.
    func predictedItems(of count: Int) -> Range<Int> {
        Self.share(of: items(of: count), rank: ranks?.rank ?? 0, of: ranks?.count ?? 1)
    }

    /// Completes probabilities, [count, classes], with those of the other ranks.
    func exchangePredictions(_ probabilities: UnsafeMutableBufferPointer<Float>, count: Int) {
        guard let ranks else { return }
        let bytes = head.classes * 4
        ranks.gather(
            UnsafeMutableRawBufferPointer(probabilities),
            (0..<ranks.count).map { rank in
                let share = Self.share(of: items(of: count), rank: rank, of: ranks.count)
                return min(count, share.lowerBound * chunkCapacity) * bytes..<min(
                    count, share.upperBound * chunkCapacity) * bytes
            })
    }

    // MARK: State

    /// A digest of everything that training changes, which is the same on every rank.
    package var stateDigest: UInt64 {
        let buffers = trainedBuffers
        var digests = [UInt64](repeating: 0, count: buffers.count)
        digests.withUnsafeMutableBufferPointer { digests in
            nonisolated(unsafe) let digests = digests
            pool.forEach(buffers.count) { item, _ in
                digests[item] = WordChecksum.sum(
                    UnsafeRawBufferPointer(start: buffers[item].pointer, count: buffers[item].count * 4))
            }
        }
        return digests.withUnsafeBytes { WordChecksum.sum($0) } ^ UInt64(adamStep)
    }
}

extension TrainableTail {
    /// Writes values into a piece's gradients.
    fileprivate func take(_ values: UnsafePointer<Float>, _ piece: (layer: Int, piece: Int)) {
        var source = values
        for part in layers[piece.layer].gradient(ofPiece: piece.piece) {
            part.baseAddress!.update(from: source, count: part.count)
            source += part.count
        }
    }

    /// Writes a piece's gradients into values.
    fileprivate func give(_ values: UnsafeMutablePointer<Float>, _ piece: (layer: Int, piece: Int)) {
        var target = values
        for part in layers[piece.layer].gradient(ofPiece: piece.piece) {
            target.update(from: part.baseAddress!, count: part.count)
            target += part.count
        }
    }
}

/// A worker's part of the frozen layers of the batch that comes next: chunks that no other has taken.
private final class NextPhotos {
    private let engine: TrainingEngine
    private let batch: any LabelledBatch
    /// The chunks that workers have taken, counted from the rank's first.
    private let taken: AtomicCounter
    private let worker: Int
    private var chunk: TrainingEngine.Chunk?
    /// The chunk's photos that are left.
    private var left = 0..<0
    private var slot = 0

    init(_ engine: TrainingEngine, _ batch: any LabelledBatch, _ taken: AtomicCounter, _ worker: Int) {
        (self.engine, self.batch, self.taken, self.worker) = (engine, batch, taken, worker)
    }

    /// Computes a photo.
    ///
    /// - Returns: false if none is left.
    func compute() -> Bool {
        while left.isEmpty {
            let index = engine.own.lowerBound + taken.increment()
            if index >= engine.own.upperBound { return false }
            (chunk, left, slot) = (engine.chunks[index], engine.photos(index, of: batch.count), 0)
        }
        guard let chunk else { return false }
        engine.runPrefix(
            chunk, to: chunk.nextInput.pointer + slot * engine.boundaryFloats, left.lowerBound, of: batch,
            worker)
        (left, slot) = (left.dropFirst(), slot + 1)
        return true
    }
}

/// Counts the pieces of each bucket that are still to come; any thread.
private final class BucketCounts: @unchecked Sendable {
    // Unchecked: `lock` guards the counts.
    private let lock = NSLock()
    private var left: [Int: Int] = [:]

    init(_ buckets: [Int]) { for bucket in buckets { left[bucket, default: 0] += 1 } }

    /// Notes that a piece is done.
    func isLast(of bucket: Int) -> Bool {
        lock.withLock {
            left[bucket]! -= 1
            return left[bucket] == 0
        }
    }
}
