import Basics
import COneDNN

extension TrainingEngine {
    /// One chunk's programs and buffers; only those of its head for a chunk of another rank.
    final class Chunk {
        let prefix: (any FrozenProgram)?
        let frozenTail: (any FrozenProgram)?
        let tail: (any TailProgram)?
        let head: ClassifierHead.Workspace
        /// The tail's input for the next batch; empty where none is begun early.
        let nextInput: Buffer
        let scratch: Buffer
        let image: Buffer
        /// Labels of the chunk's images.
        // Allocated here for `capacity` images and freed with the chunk.
        let labels: UnsafeMutablePointer<Int>
        /// The other labels of the chunk's images; nil where none is mixed.
        var others: [MixedLabel]?
        var lossSum = 0.0
        var correct = 0

        init(
            prefix: (any FrozenProgram)?, frozenTail: (any FrozenProgram)?, tail: (any TailProgram)?,
            capacity: Int, nextFloats: Int, network: Backbone, classes: Int
        ) {
            (self.prefix, self.frozenTail, self.tail) = (prefix, frozenTail, tail)
            head = ClassifierHead.Workspace(
                capacity: capacity, channels: network.featureChannels, classes: classes)
            nextInput = Buffer(count: nextFloats)
            scratch = Buffer(count: network.imageSize * network.imageSize * 3)
            image = Buffer(count: network.imageSize * network.imageSize * 3)
            labels = .allocate(capacity: capacity)
            labels.initialize(repeating: 0, count: capacity)
        }

        deinit { labels.deallocate() }

        var tailInput: UnsafeMutablePointer<Float> { tail?.input ?? frozenTail!.input }

        /// Makes the next batch's input the tail's.
        func takeNext() { tailInput.update(from: nextInput.pointer, count: nextInput.count) }

        var features: UnsafeMutablePointer<Float> { tail?.output ?? frozenTail!.output }

        func runTail(images: Int, _ stream: dnnl_stream_t, _ worker: TailWorker?) {
            // A last batch of fewer photos than chunks leaves some chunks empty; the kernels need
            // at least one image.
            if images == 0 { return }
            if let worker { tail?.forward(images: images, worker) }
            frozenTail?.run(images: images, stream)
        }
    }
}
