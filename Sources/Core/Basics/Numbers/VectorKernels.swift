package import CKernels
import COneDNN

/// Our own kernels for one instruction set.
package struct VectorKernels: @unchecked Sendable {
    // Unchecked: points to a constant table.
    package let table: UnsafePointer<flowers_kernels>

    /// Kernels that this processor can run, the widest first. `DNNL_MAX_CPU_ISA` limits them as it
    /// does oneDNN.
    static let all: [VectorKernels] = {
        #if arch(arm64)
            // Every such processor has them.
            return [VectorKernels(table: flowers_kernels_neon())]
        #else
            let features = dnnl_get_effective_cpu_isa().rawValue
            func has(_ isa: dnnl_cpu_isa_t) -> Bool { features & isa.rawValue == isa.rawValue }
            var result: [VectorKernels] = []
            if has(dnnl_cpu_isa_avx512_core) {
                result.append(VectorKernels(table: flowers_kernels_avx512()))
            }
            if has(dnnl_cpu_isa_avx2) { result.append(VectorKernels(table: flowers_kernels_avx2())) }
            return result
        #endif
    }()

    /// The widest kernels; nil below AVX2.
    package static let best: VectorKernels? = all.first

    /// Kernels in bfloat16 that this processor can run, the fastest first.
    static let allBFloat16: [VectorKernels] = {
        #if arch(x86_64)
            let features = dnnl_get_effective_cpu_isa().rawValue
            func has(_ isa: dnnl_cpu_isa_t) -> Bool { features & isa.rawValue == isa.rawValue }
            var result: [VectorKernels] = []
            if has(dnnl_cpu_isa_avx512_core_amx), flowers_amx_is_permitted() != 0 {
                result.append(VectorKernels(table: flowers_kernels_amx()))
            }
            if has(dnnl_cpu_isa_avx512_core_bf16) {
                let pairs = VectorKernels(table: flowers_kernels_avx512_bf16())
                let floats = VectorKernels(table: flowers_kernels_avx512_rounding())
                result += flowers_bf16_pairs_are_fast() != 0 ? [pairs, floats] : [floats, pairs]
            }
            return result
        #else
            return []
        #endif
    }()

    /// The fastest kernels in bfloat16; nil without AVX512-BF16.
    package static let bfloat16: VectorKernels? = allBFloat16.first

    /// Whether this processor computes the base faster in bfloat16 than in Float32. Not every one
    /// with AVX512-BF16 does: Intel's from the fourth generation of Xeon on need AMX for it.
    package static let bfloat16IsFaster = bfloat16.map { $0.valueBytes < MemoryLayout<Float>.size } ?? false

    package var name: String { String(cString: table.pointee.name) }
    /// Floats in a vector.
    package var lanes: Int { Int(table.pointee.lanes) }
    /// Bytes of an activation between two convolutions.
    package var valueBytes: Int { Int(table.pointee.value_bytes) }
    /// Whether activations have another format than the section's input and output.
    package var narrows: Bool { table.pointee.narrow != nil }
    /// Values from one pixel of `channels` channels to the next.
    package func pixelStride(_ channels: Int) -> Int {
        let multiple = Int(table.pointee.stride_multiple)
        return (channels + multiple - 1) / multiple * multiple
    }

    /// Packed weights of a product, or of a depthwise convolution, which has its bias among
    /// `values`.
    package final class Weights {
        package let values: Buffer
        package let bias: Buffer

        init(values: Int, bias: Int) {
            (self.values, self.bias) = (Buffer(count: values), Buffer(count: bias))
        }
    }

    /// Packs columns `columns` of a product with weights [column][segments][depth].
    package func packProduct(
        _ weights: UnsafePointer<Float>, bias: UnsafePointer<Float>, columns: Range<Int>, segments: Int = 1,
        depth: Int
    ) -> Weights {
        let (count, segments, depth) = (Int32(columns.count), Int32(segments), Int32(depth))
        let bytes = table.pointee.packed_bytes(count, segments, depth)
        // Kernels read the biases in whole vectors.
        let packed = Weights(values: (bytes + 3) / 4, bias: (columns.count + lanes - 1) / lanes * lanes)
        table.pointee.pack(
            weights + columns.lowerBound * Int(segments * depth), count, segments, depth,
            packed.values.pointer)
        packed.bias.pointer.update(from: bias + columns.lowerBound, count: columns.count)
        return packed
    }

    /// Packs channels `channels` of a depthwise convolution with weights [channel][taps] for
    /// `flowers_depthwise`. Their number must be a multiple of `lanes`.
    ///
    /// - Parameter taps: 9 or 25.
    package func packDepthwise(
        _ weights: UnsafePointer<Float>, bias: UnsafePointer<Float>, channels: Range<Int>, taps: Int = 9
    ) -> Weights {
        let packed = Weights(values: channels.count * (taps + 1), bias: 0)
        var target = packed.values.pointer
        for first in stride(from: channels.lowerBound, to: channels.upperBound, by: lanes) {
            for tap in 0..<taps {
                for lane in 0..<lanes { target[tap * lanes + lane] = weights[(first + lane) * taps + tap] }
            }
            for lane in 0..<lanes { target[taps * lanes + lane] = bias[first + lane] }
            target += (taps + 1) * lanes
        }
        return packed
    }
}
