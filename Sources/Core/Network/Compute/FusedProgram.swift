import Basics
import CKernels
import COneDNN

/// One worker's execution of a `FusedSection`.
package final class FusedProgram: FrozenProgram {
    // Both point into `buffers`, which live as long as the program; one worker at a time runs it.
    let input: UnsafeMutablePointer<Float>
    private(set) var output: UnsafeMutablePointer<Float>
    private let section: FusedSection
    private let table: flowers_kernels
    /// Two buffers that the blocks write in turn, the first also for the section's input, and one
    /// for the output of `section.last`.
    private let buffers: [Buffer]
    /// Expanded rows of the current block: a ring for every group of channels, or one for all
    /// groups when the block takes whole images.
    private let ring: Buffer
    /// Output of the depthwise convolution in one step: images × rows × `outputSize` ×
    /// `expandedChannels`.
    private let convolved: Buffer
    /// A row of zeros, the padding above and below an image.
    private let zeros: Buffer
    /// The stem's images with their padding of zeros, where it has any above.
    private let padded: Buffer

    /// Images that late blocks compute together, few enough for their convolved tensors to stay in
    /// the second-level cache.
    private static let imagesTogether = 2

    package init(_ section: FusedSection) {
        self.section = section
        table = section.kernels.table.pointee
        let between = section.blocks.map(\.outputFloats).max() ?? 0
        let first = section.blocks.first?.inputFloats ?? section.inputFloats
        let together = min(section.images, Self.imagesTogether)
        // The input shares its buffer with later outputs; a first block with a residual overwrites
        // it.
        buffers = [
            Buffer(count: max(first, between) * section.images), Buffer(count: between * section.images),
            Buffer(count: section.last == nil ? 0 : section.outputFloats * section.images),
        ]
        ring = Buffer(count: section.blocks.map { $0.ringFloats * $0.ringCount }.max() ?? 0)
        convolved = Buffer(
            count: section.blocks.map { $0.convolvedFloats * ($0.takesWholeImages ? together : 1) }.max() ?? 0
        )
        zeros = Buffer(count: section.blocks.map { $0.ringPixels * FusedBlock.groupWidth }.max() ?? 0)
        padded = Buffer(count: section.blocks.compactMap(\.paddedFloats).max().map { $0 * together } ?? 0)
        input = buffers[0].pointer
        let changes = section.blocks.count { !$0.addsInput }
        output = section.last == nil ? buffers[changes % 2].pointer : buffers[2].pointer
    }

    /// The parts of a section, which the benchmark times one by one.
    package enum Phase { case stem, expansion, depthwise, projection, last }

    func run(images: Int, _ stream: dnnl_stream_t) { run(images: images, only: nil) }

    /// Computes the section, or one part of it for the benchmark.
    ///
    /// - Parameter phase: the only part to compute, on whatever the buffers hold; nil computes them
    ///   all.
    package func run(images: Int, only phase: Phase?) {
        var current = 0
        for block in section.blocks {
            clearBorders(of: block)
            let target = block.addsInput ? current : 1 - current
            let (source, result) = (buffers[current].pointer, buffers[target].pointer)
            let together = block.takesWholeImages ? Self.imagesTogether : 1
            for first in stride(from: 0, to: images, by: together) {
                run(
                    block, images: min(together, images - first),
                    from: source + first * block.inputFloats, to: result + first * block.outputFloats,
                    only: phase)
            }
            current = target
        }
        if let last = section.last, phase == nil || phase == .last {
            let pixels = section.outputFloats / last.product.pointee.output_stride
            table.multiply(
                last.product, buffers[current].pointer, buffers[2].pointer, nil, Int32(images * pixels))
        }
    }

    /// Zeroes the pixels of padding at both ends of each row of the rings; blocks of other sizes
    /// have overwritten them.
    private func clearBorders(of block: FusedBlock) {
        let width = FusedBlock.groupWidth
        let rowFloats = block.ringPixels * width
        let (before, after) = (block.padding.before * width, block.padding.after * width)
        for row in 0..<block.ringRows * block.ringCount {
            let start = ring.pointer + row * rowFloats
            start.update(repeating: 0, count: before)
            (start + rowFloats - after).update(repeating: 0, count: after)
        }
    }

    private func run(
        _ block: FusedBlock, images: Int, from source: UnsafeMutablePointer<Float>,
        to target: UnsafeMutablePointer<Float>,
        only phase: Phase?
    ) {
        let convolved = convolved.pointer
        let source = pad(source, images: images, for: block)
        let imageFloats = block.paddedFloats ?? block.inputFloats
        let ringFloats = block.takesWholeImages ? 0 : block.ringFloats
        let expands = phase == nil || phase == (block.isStem ? .stem : .expansion)
        let (convolves, projects) = (
            phase == nil || phase == .depthwise, phase == nil || phase == .projection
        )
        for step in block.steps {
            let pixels = step.output.count * block.outputSize
            for (index, group) in block.groups.enumerated() {
                let ring = ring.pointer + index * ringFloats
                for image in 0..<images {
                    if expands {
                        expand(block, group, step.expanded, source + image * imageFloats, into: ring)
                    }
                    if convolves {
                        convolve(
                            block, group, step.output, ring,
                            into: convolved + image * pixels * block.expandedChannels + group.first)
                    }
                }
            }
            if pixels > 0, projects {
                table.multiply(
                    block.projection.product, convolved,
                    target + step.output.lowerBound * block.outputSize * block.outputChannels, nil,
                    Int32(images * pixels))
            }
        }
    }

    /// Returns the block's images, those of a stem with their padding if it has any above.
    private func pad(
        _ source: UnsafeMutablePointer<Float>, images: Int, for block: FusedBlock
    ) -> UnsafeMutablePointer<Float> {
        guard let size = block.paddedSize, let floats = block.paddedFloats else { return source }
        let row = block.inputSize * 3
        for image in 0..<images {
            for y in 0..<block.inputSize {
                let start =
                    padded.pointer + image * floats + ((y + block.stemPadding) * size + block.stemPadding) * 3
                start.update(from: source + image * block.inputFloats + y * row, count: row)
            }
        }
        return padded.pointer
    }

    /// Expands rows of one image for one group of channels into the group's ring.
    private func expand(
        _ block: FusedBlock, _ group: FusedBlock.Group, _ rows: Range<Int>, _ image: UnsafePointer<Float>,
        into ring: UnsafeMutablePointer<Float>
    ) {
        let size = block.size
        let product = group.expansion.product
        guard block.isStem else {
            let first = rows.lowerBound * size
            table.multiply(
                product, image + first * block.inputChannels, ring, block.offsets + first,
                Int32(rows.count * size))
            return
        }
        if let padded = block.paddedSize {
            for y in rows {
                table.multiply(
                    product, image + 2 * y * padded * 3, ring, block.offsets + y * size, Int32(size))
            }
            return
        }
        // The stem pads below and on the right only: the last row has two rows of taps, the last
        // pixel of a row two columns.
        for y in rows {
            let row = image + 2 * y * block.inputSize * 3
            var cut = product.pointee
            cut.segments = y == size - 1 ? 2 : 3
            table.multiply(&cut, row, ring, block.offsets + y * size, Int32(size - 1))
            cut.depth = 6
            table.multiply(&cut, row + (size - 1) * 6, ring, block.offsets + (y + 1) * size - 1, 1)
        }
    }

    /// Convolves a group's ring into rows of `target`, [rows, `outputSize`, `expandedChannels`], of
    /// which it writes the group's channels.
    private func convolve(
        _ block: FusedBlock, _ group: FusedBlock.Group, _ rows: Range<Int>, _ ring: UnsafePointer<Float>,
        into target: UnsafeMutablePointer<Float>
    ) {
        let rowFloats = block.ringPixels * FusedBlock.groupWidth
        let zeros = UnsafePointer(zeros.pointer)
        func row(_ y: Int) -> UnsafePointer<Float> {
            y < 0 || y >= block.size ? zeros : ring + (y % block.ringRows) * rowFloats
        }
        var target = target
        for y in rows {
            let first = block.firstRow(of: y)
            if block.side == 5 {
                let rows = (row(first), row(first + 1), row(first + 2), row(first + 3), row(first + 4))
                withUnsafeBytes(of: rows) {
                    table.convolve_5x5(
                        group.depthwise, $0.assumingMemoryBound(to: UnsafePointer<Float>?.self).baseAddress,
                        target)
                }
            } else {
                table.convolve(group.depthwise, row(first), row(first + 1), row(first + 2), target)
            }
            target += block.outputSize * block.expandedChannels
        }
    }
}
