import Basics
import Network
import Photos

/// Photos of a batch, each mixed with the one as far from the other end of the batch.
struct MixedBatch: LabelledBatch {
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
        mixture.mix(own, with: other, size: batch.dataset.imageSize, into: image.values.baseAddress!)
    }

    func label(_ index: Int) -> Int { batch.label(index) }

    func other(_ index: Int) -> MixedLabel? {
        MixedLabel(label: batch.label(partner(index)), share: 1 - mixture.share)
    }
}
