import Basics
import Network
import Photos

/// Photos of a batch, each mixed with the one as far from the other end of the batch.
struct MixedBatch: LabelledBatch {
    enum Mixture {
        /// By these shares of the photos in their own mixtures, ½…1 (`MixUp`).
        case shares(Float)
        case part(CutMix)

        /// Draws the mixture of a batch; nil without one. With both kinds, each comes half of the time.
        init?(_ strength: AugmentationStrength, size: Int, random: inout CounterRandom) {
            switch (strength.mixup, strength.cutmix) {
            case (nil, nil): return nil
            case (let alpha?, nil): self = .shares(MixUp.share(alpha: alpha, random: &random))
            case (nil, let alpha?): self = .part(CutMix(alpha: alpha, size: size, random: &random))
            case (let alpha?, let other?):
                let isPart = random.below(2) == 1
                self =
                    isPart
                    ? .part(CutMix(alpha: other, size: size, random: &random))
                    : .shares(MixUp.share(alpha: alpha, random: &random))
            }
        }

        var share: Float {
            switch self {
            case .shares(let share): share
            case .part(let part): part.share
            }
        }
    }

    private let batch: PhotoBatch
    private let mixture: Mixture
    private let memory: Memory

    /// The views of a batch's photos, and each worker's space to make them.
    final class Memory {
        let views: [Buffer]
        fileprivate let spaces: [(image: Buffer, scratch: Buffer)]

        init(photos: Int, side: Int, workers: Int) {
            let count = side * side * 3
            views = (0..<photos).map { _ in Buffer(count: count) }
            spaces = (0..<workers).map { _ in (Buffer(count: count), Buffer(count: count)) }
        }
    }

    /// Makes the views that the photos in `range` are mixed from, on the workers of `pool`.
    init(
        _ batch: PhotoBatch, _ mixture: Mixture, in memory: Memory, for range: Range<Int>, pool: WorkerPool
    ) {
        (self.batch, self.mixture, self.memory) = (batch, mixture, memory)
        let last = batch.count - 1
        let items = (0...last).filter { range.contains($0) || range.contains(last - $0) }
        pool.forEach(items.count) { index, worker in
            let item = items[index]
            let (view, space) = (memory.views[item], memory.spaces[worker])
            batch.write(
                item, into: view.pointer, image: space.image.pointer, scratch: space.scratch.pointer)
        }
    }

    var count: Int { batch.count }

    private func partner(_ index: Int) -> Int { count - 1 - index }

    func write(_ index: Int, to image: InputImage) {
        let (own, other) = (memory.views[index].pointer, memory.views[partner(index)].pointer)
        let target = image.values.baseAddress!
        switch mixture {
        case .shares(let share):
            for i in 0..<image.values.count { target[i] = share * own[i] + (1 - share) * other[i] }
        case .part(let part):
            target.update(from: own, count: image.values.count)
            let row = batch.dataset.imageSize * 3
            for y in part.rows where !part.columns.isEmpty {
                let first = y * row + part.columns.lowerBound * 3
                (target + first).update(from: other + first, count: part.columns.count * 3)
            }
        }
    }

    func label(_ index: Int) -> Int { batch.label(index) }

    func other(_ index: Int) -> MixedLabel? {
        MixedLabel(label: batch.label(partner(index)), share: 1 - mixture.share)
    }
}
