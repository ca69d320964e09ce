#ifndef FLOWERS_TUI_KERNELS_H
#define FLOWERS_TUI_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// C = clip(A · B + bias) (+ C): pixels times channels, Float32, row-major.
///
/// A row of A may lie in pieces (`segments`), as the nine taps of the stem's convolution do. Every output is summed
/// over the depth in ascending order with fused multiply–adds, so that it depends neither on the instruction set nor
/// on how many rows are computed at once.
typedef struct {
    /// B, packed by `pack`, and one bias for each column.
    const float *weights;
    const float *bias;
    /// Columns of C; a multiple of 8.
    int32_t columns;
    /// Segments of a row that are used, and how deep each of them is used; both may be cut for pixels at an edge.
    int32_t segments;
    int32_t depth;
    /// Depth of a whole segment, and of all segments, in `weights`.
    int32_t segment_depth;
    int32_t packed_depth;
    /// Floats from one row of A to the next, and from one segment of a row to the next.
    ptrdiff_t row_stride;
    ptrdiff_t segment_stride;
    /// Floats from one row of C to the next, unless `offsets` gives them.
    ptrdiff_t output_stride;
    /// Whether the result is clipped to 0…6, and whether C's old value is added to it.
    int32_t clips;
    int32_t adds;
} flowers_product;

/// One row of a depthwise 3×3 convolution with ReLU6: `width` outputs of `channels` channels.
typedef struct {
    /// Packed by vector of lanes: its nine taps, then its bias.
    const float *weights;
    /// A multiple of the lanes.
    int32_t channels;
    int32_t width;
    /// Pixels from one output's taps to the next one's.
    int32_t stride;
    /// Floats from one pixel to the next.
    ptrdiff_t input_stride;
    ptrdiff_t output_stride;
} flowers_depthwise;

/// How a picture of size × size × 3 is resampled: output (x, y) comes from (ax + by + c, dx + ey + f), reflected at
/// the edges and, if `mirrors`, counted from the right.
typedef struct {
    float a, b, c, d, e, f;
    int32_t size;
    int32_t mirrors;
    /// Applied to the result.
    float scale, offset;
} flowers_resampling;

/// The kernels for one instruction set.
typedef struct {
    const char *name;
    /// Floats in a vector.
    int32_t lanes;
    /// Floats that `pack` writes are `columns` × `depth`, all segments' together.
    void (*pack)(const float *plain, int32_t columns, int32_t depth, float *packed);
    /// `offsets`: floats from `c` to each row of C, or NULL.
    void (*multiply)(const flowers_product *, const float *a, float *c, const int32_t *offsets, int32_t rows);
    void (*convolve)(
        const flowers_depthwise *, const float *top, const float *middle, const float *bottom, float *output);
    /// From 16-bit and from 32-bit values. Both may read 5 values beyond the picture.
    void (*resample_16)(const flowers_resampling *, const uint16_t *input, float *output);
    void (*resample)(const flowers_resampling *, const float *input, float *output);
    /// Fused multiply–adds in registers, `rounds` × 24 vectors of them; returns a value that depends on all.
    float (*multiply_add)(int64_t rounds);
} flowers_kernels;

/// Calling a kernel needs a processor with AVX2 and FMA, or AVX-512 F, VL, DQ and BW.
const flowers_kernels *flowers_kernels_avx2(void);
const flowers_kernels *flowers_kernels_avx512(void);

#endif
