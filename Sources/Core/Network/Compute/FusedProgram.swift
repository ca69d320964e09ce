import Basics
import CKernels
import COneDNN

/// One worker's execution of a `FusedSection`.
package final class FusedProgram: FrozenProgram {
    // Both point into buffers, which live as long as the program; one worker at a time runs it.
    let input: UnsafeMutablePointer<Float>
    let output: UnsafeMutablePointer<Float>
    private let section: FusedSection
    private let table: flowers_kernels
    /// Two buffers that the blocks write in turn, the first also for the section's input unless its
    /// format differs.
    private let buffers: [Buffer]
    /// The section's input and output where neither is among `buffers`.
    private let ends: (input: Buffer, output: Buffer)
    /// Expanded rows of the current block: a ring for every group of channels, or one for all
    /// groups when the block takes whole images.
    private let ring: Buffer
    /// Output of the depthwise convolution in one step: images × rows × `outputSize` ×
    /// `convolvedStride`.
    private let convolved: Buffer
    /// A row of zeros, the padding above and below an image.
    private let zeros: Buffer
    /// The stem's images with their padding of zeros, where they are copied.
    private let padded: Buffer

    /// Images that a block computes together, to share each load of the weights: two if their convolved
    /// tensors leave most of the second-level cache to them.
    private static func imagesTogether(_ block: FusedBlock, _ kernels: VectorKernels) -> Int {
        block.takesWholeImages && block.convolvedValues * kernels.valueBytes <= 1 << 18 ? 2 : 1
    }

    package init(_ section: FusedSection) {
        self.section = section
        table = section.kernels.table.pointee
        let (blocks, images, kernels) = (section.blocks, section.images, section.kernels)
        let between = blocks.map(\.outputValues).max() ?? 0
        let stride = blocks.map { max($0.inputStride, $0.convolvedStride, $0.outputStride) }.max() ?? 0
        func activations(_ values: Int) -> Buffer {
            kernels.makeBuffer(
                values: values, stride: max(stride, kernels.pixelStride(section.input.inputChannels)))
        }
        func together(_ block: FusedBlock) -> Int { min(images, Self.imagesTogether(block, kernels)) }
        // A section's Float32 input shares its buffer with later outputs; a first block with a residual
        // overwrites it. A stem's is copied, or narrowed into `padded`.
        let first =
            blocks.first?.inputValues
            ?? section.input.inputSize * section.input.inputSize
            * kernels.pixelStride(section.input.inputChannels)
        let starts = kernels.narrows && blocks.first?.isStem == true ? 0 : first
        buffers = [activations(max(starts, between) * images), activations(between * images)]
        ring = Buffer(count: blocks.map { $0.ringFloats * $0.ringCount }.max() ?? 0)
        convolved = activations(
            blocks.map { $0.convolvedValues * together($0) }.max() ?? 0)
        zeros = Buffer(count: blocks.map { $0.ringPixels * FusedBlock.groupWidth }.max() ?? 0)
        padded = activations(blocks.map { ($0.paddedValues ?? 0) * together($0) }.max() ?? 0)
        let (isNarrowed, isWhole) = (kernels.narrows, section.last != nil || kernels.narrows)
        ends = (
            Buffer(count: isNarrowed ? section.input.inputFloats * images : 0),
            Buffer(count: isWhole ? section.output.outputFloats * images : 0)
        )
        input = isNarrowed ? ends.input.pointer : buffers[0].pointer
        let changes = blocks.count { !$0.addsInput }
        output = isWhole ? ends.output.pointer : buffers[changes % 2].pointer
    }

    private func activations(_ buffer: Buffer) -> KernelValues { section.kernels.values(buffer) }

    /// The parts of a section, which the benchmark times one by one.
    package enum Phase { case stem, expansion, depthwise, projection, last }

    func run(images: Int, _ stream: dnnl_stream_t) { run(images: images, only: nil) }

    /// Computes the section, or one part of it for the benchmark.
    ///
    /// - Parameter phase: the only part to compute, on whatever the buffers hold; nil computes them
    ///   all.
    package func run(images: Int, only phase: Phase?) {
        table.begin?()
        defer { table.end?() }
        narrowInput(images: images)
        var current = 0
        for block in section.blocks {
            clearBorders(of: block)
            let target = block.addsInput ? current : 1 - current
            let (source, result) = (activations(buffers[current]), activations(buffers[target]))
            let together = Self.imagesTogether(block, section.kernels)
            for first in stride(from: 0, to: images, by: together) {
                let count = min(together, images - first)
                run(
                    block, images: count,
                    from: block.paddedSize == nil
                        ? source + first * block.inputValues : pad(first..<first + count, for: block),
                    to: result + first * block.outputValues, only: phase)
            }
            current = target
        }
        if let last = section.last {
            let pixels = section.output.outputSize * section.output.outputSize
            if phase == nil || phase == .last {
                table.multiply(
                    last.product, buffers[current].pointer, output, nil, Int32(images * pixels))
            }
        } else if let widen = table.widen {
            let (size, channels) = (section.output.outputSize, section.output.outputChannels)
            widen(
                buffers[current].pointer, Int32(images * size * size), Int32(channels),
                section.kernels.pixelStride(channels), output)
        }
    }

    /// Converts the section's input, except a stem's, which `pad` converts.
    private func narrowInput(images: Int) {
        guard let narrow = table.narrow, section.blocks.first?.isStem != true else { return }
        let (size, channels) = (section.input.inputSize, section.input.inputChannels)
        narrow(
            input, Int32(images * size * size), Int32(channels), buffers[0].pointer,
            section.kernels.pixelStride(channels))
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
        _ block: FusedBlock, images: Int, from source: KernelValues, to target: KernelValues,
        only phase: Phase?
    ) {
        let convolved = activations(convolved)
        let imageValues = block.paddedValues ?? block.inputValues
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
                        expand(block, group, step.expanded, source + image * imageValues, into: ring)
                    }
                    if convolves {
                        convolve(
                            block, group, step.output, ring,
                            into: convolved + (image * pixels * block.convolvedStride + group.first))
                    }
                }
            }
            if pixels > 0, projects {
                let result = target + step.output.lowerBound * block.outputSize * block.outputStride
                table.multiply(
                    block.projection.product, convolved.start, result.start, nil, Int32(images * pixels))
            }
        }
    }

    /// Copies some of the stem's images into their padding.
    private func pad(_ images: Range<Int>, for block: FusedBlock) -> KernelValues {
        let result = activations(padded)
        guard let size = block.paddedSize, let values = block.paddedValues else { return result }
        let (side, row) = (block.inputSize, block.inputSize * 3)
        for (slot, image) in images.enumerated() {
            let inside = result + (slot * values + (block.stemPadding * size + block.stemPadding) * 3)
            for y in 0..<side {
                let (source, target) = (input + (image * side + y) * row, inside + y * size * 3)
                if let narrow = table.narrow {
                    narrow(source, 1, Int32(row), target.start, row)
                } else {
                    target.start.copyMemory(from: source, byteCount: row * MemoryLayout<Float>.stride)
                }
            }
        }
        return result
    }

    /// Expands rows of one image for one group of channels into the group's ring.
    private func expand(
        _ block: FusedBlock, _ group: FusedBlock.Group, _ rows: Range<Int>, _ image: KernelValues,
        into ring: UnsafeMutablePointer<Float>
    ) {
        let size = block.size
        let product = group.expansion.product
        guard block.isStem else {
            let first = rows.lowerBound * size
            table.multiply(
                product, (image + first * block.inputStride).start, ring, block.offsets + first,
                Int32(rows.count * size))
            return
        }
        if let padded = block.paddedSize {
            for y in rows {
                table.multiply(
                    product, (image + 2 * y * padded * 3).start, ring, block.offsets + y * size, Int32(size))
            }
            return
        }
        // The stem pads below and on the right only: the last row has two rows of taps, the last
        // pixel of a row two columns.
        for y in rows {
            let row = image + 2 * y * block.inputSize * 3
            var cut = product.pointee
            cut.segments = y == size - 1 ? 2 : 3
            table.multiply(&cut, row.start, ring, block.offsets + y * size, Int32(size - 1))
            cut.depth = 6
            table.multiply(
                &cut, (row + (size - 1) * 6).start, ring, block.offsets + (y + 1) * size - 1, 1)
        }
    }

    /// Convolves a group's ring into rows of `target`, [rows, `outputSize`, `convolvedStride`], of
    /// which it writes the group's channels.
    private func convolve(
        _ block: FusedBlock, _ group: FusedBlock.Group, _ rows: Range<Int>, _ ring: UnsafePointer<Float>,
        into target: KernelValues
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
                        target.start)
                }
            } else {
                table.convolve(group.depthwise, row(first), row(first + 1), row(first + 2), target.start)
            }
            target = target + block.outputSize * block.convolvedStride
        }
    }
}
