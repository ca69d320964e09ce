// Vector kernels for AVX2, AVX-512 and NEON, all compiled from kernels.inc, and those in bfloat16,
// compiled from bfloat16.inc and rounding.inc.
//
// Names:
//
// flowers_kernels_<isa>   returns the kernels of one instruction set: avx2, avx512, neon; in bfloat16
//                         avx512_bf16, amx, and avx512_rounding on the units of Float32
// <verb>[_<bits>]         one kernel; `_16` marks uint16_t input, no suffix Float32
// <verb>_back             a kernel of the backward pass; gradients take a `d` prefix
// flowers_<noun>          the parameters of a verb: `multiply` takes a product, `convolve` a
//                         depthwise, `resample` a resampling
//
// Shapes are written outermost dimension first, with the last one contiguous. Strides, offsets and
// sizes count elements, not bytes. A pointer needs the alignment of its element type only; the
// vector loads and stores are unaligned. Outputs must not overlap inputs unless a kernel's contract
// allows it. The kernels check
// nothing, own nothing and keep no state, so any thread may call them.
#ifndef FLOWERS_TUI_KERNELS_H
#define FLOWERS_TUI_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Parameters of a matrix product with sums in Float32: C = A · B + bias, plus the old C if `adds`,
/// then clipped to 0…6 if `clips`.
///
/// A is [rows][depth], B [depth][columns], C [rows][columns]: pixels, input channels, output
/// channels. A row of A may consist of several segments that do not adjoin, as the three rows of
/// taps of a 3×3 convolution. Every output starts from the bias and is summed over ascending depth
/// with fused multiply–adds, so it depends neither on the instruction set nor on how many rows are
/// computed at once.
///
/// In bfloat16, A and B are values of that format, to which `pack` rounds B; C, with `adds` also the
/// old one, is Float32, or with `narrows` rounded to that format. The bias is Float32. Nothing of C
/// depends on how many rows are computed at once. The order of the sums differs between the kernels:
/// `vdpbf16ps` adds the second value of each pair of the depth before the first, and treats subnormal
/// numbers as zeros; tiles sum every second value of 32 on their own. Kernels of 16-bit values read A
/// in steps of 32 up to the next multiple of 32, and on tiles 16 rows at a time: behind A's rows there
/// must be 32 readable values, behind the last row 15 more rows, and all of them finite. With `narrows`
/// they fill up each row of C to a multiple of 32 columns with zeros.
typedef struct {
    /// B as written by `pack` of the same kernels.
    const void *weights;
    /// One value per column, in bfloat16 followed by zeros up to a multiple of `lanes`.
    const float *bias;
    /// Columns of B and C; a multiple of 8.
    int32_t columns;
    /// Segments of a row that are summed, and floats of each that are used. For pixels at an edge,
    /// where the last taps lie in the padding, both may be less than what `weights` holds.
    int32_t segments;
    int32_t depth;
    /// Floats per column that `weights` holds for one segment, and for all segments.
    int32_t segment_depth;
    int32_t packed_depth;
    /// Values from one row of A to the next, and from one segment of a row to the next.
    ptrdiff_t row_stride;
    ptrdiff_t segment_stride;
    /// Values from one row of C to the next; ignored when `multiply` is given `offsets`.
    ptrdiff_t output_stride;
    /// Flags: clip the result to 0…6; add the old value of C.
    int32_t clips;
    int32_t adds;
    /// Flag, without effect on kernels in Float32: C holds activations, rounded to bfloat16, not
    /// floats.
    int32_t narrows;
    /// NULL, or the output of a ReLU6 laid out as C: where it is not strictly between 0 and 6 the
    /// result is 0, as the gradient that passes back through it. Not together with `clips`; in bfloat16
    /// only with `narrows`, and activations like C.
    const void *gate;
} flowers_product;

/// Parameters of a sum of outer products in Float32, C += Aᵀ · B: the gradient of a product's
/// weights, where A is the gradient of its result and B its input.
///
/// A is [depth][rows], B [depth][columns], C [rows][columns]: pixels, output channels, input
/// channels. Every element adds its products to what C holds over ascending depth with fused
/// multiply–adds, so neither the instruction set nor a division of the depth, the rows or the
/// columns into several calls changes it.
///
/// In bfloat16, A and B are activations, and C is Float32. `vdpbf16ps` takes the pixels of a part in
/// pairs, tiles take 32 together, whose even and odd ones they sum on their own; zeros stand in for what
/// is missing at a part's end. So it is a division into other parts that may change the result.
typedef struct {
    int32_t rows;
    /// A multiple of 8.
    int32_t columns;
    /// Values from one pixel to the next in A and B, and floats from one row of C to the next.
    ptrdiff_t a_stride;
    ptrdiff_t b_stride;
    ptrdiff_t c_stride;
} flowers_outer_product;

/// Parameters of one output row of a depthwise 3×3 or 5×5 convolution with ReLU6:
///
///     output[x][c] = min(max(bias[c] + Σᵢⱼ taps[i][j][c] · rowᵢ[x · stride + j][c], 0), 6)
typedef struct {
    /// [channels / lanes][10 or 26][lanes]: for each vector of channels its taps, row by row, and
    /// its bias.
    const float *weights;
    /// A multiple of `lanes`.
    int32_t channels;
    /// Output pixels in the row.
    int32_t width;
    /// Horizontal stride in pixels, 1 or 2.
    int32_t stride;
    /// Floats of the input, and values of the output, from one pixel to the next, at least `channels`.
    ptrdiff_t input_stride;
    ptrdiff_t output_stride;
} flowers_depthwise;

/// Parameters of a depthwise 3×3 or 5×5 convolution of one image with ReLU6, in both directions.
/// Images and their gradients are activations, in bfloat16 rounded; sums and weights are Float32.
typedef struct {
    /// As in `flowers_depthwise`.
    const float *weights;
    /// A multiple of `lanes`.
    int32_t channels;
    /// Values from one pixel to the next in the input and in the output, at least `channels`.
    ptrdiff_t input_stride;
    ptrdiff_t output_stride;
    /// Side of the kernel, 3 or 5, and stride, 1 or 2.
    int32_t side;
    int32_t stride;
    /// Sides of the square input and output, and rows of zeros before the input.
    int32_t size;
    int32_t output_size;
    int32_t before;
    /// Flag for the way back: the input is the output of a ReLU6, which the gradient passes.
    int32_t gates;
} flowers_depthwise_image;

/// Parameters of a bilinear resampling of an image of [size][size][3].
///
/// Output pixel (x, y) samples the input at (a·x + b·y + c, d·x + e·y + f). Positions outside the
/// image are reflected at its edges, as by TensorFlow's ImageProjectiveTransformV3 with REFLECT.
typedef struct {
    float a, b, c, d, e, f;
    int32_t size;
    /// Flag: x counts from the right edge, which samples the image flipped horizontally.
    int32_t mirrors;
    /// The output is the sample · `scale` + `offset`.
    float scale, offset;
} flowers_resampling;

/// The kernels of one instruction set. Those in bfloat16 compute the base only: the resampling and
/// `multiply_add` are NULL.
typedef struct {
    /// Display name, such as "AVX2"; a constant string.
    const char *name;
    /// Floats in a vector: 8 or 16.
    int32_t lanes;
    /// Bytes of an activation: of a product's A, and of its C with `narrows`; and what the values from
    /// one pixel of them to the next must be a multiple of.
    int32_t value_bytes;
    int32_t stride_multiple;
    /// Packs the weights of a product, `plain` [columns][segments][depth], into `packed_bytes` bytes.
    /// In Float32 these are `columns` × `segments` × `depth` floats: panels of 2 · `lanes` columns (the
    /// last may be narrower), each as [segments][depth][panel's columns].
    void (*pack)(const float *plain, int32_t columns, int32_t segments, int32_t depth, void *packed);
    size_t (*packed_bytes)(int32_t columns, int32_t segments, int32_t depth);
    /// Packs rows of the weights [depth][columns] of a product of one segment, from the row `first` on:
    /// `plain` [rows][columns]. `first` is a multiple of 32, and so is `rows` except at the end of the
    /// depth.
    void (*pack_rows)(
        const float *plain, int32_t first, int32_t rows, int32_t columns, int32_t depth, void *packed);
    /// Computes `rows` rows of C, at least one. `a` is the first row of A, row_stride apart from
    /// the next; `offsets` holds for each row the values from `c` to it, or is NULL for rows
    /// output_stride apart.
    void (*multiply)(const flowers_product *, const void *a, void *c, const int32_t *offsets, int32_t rows);
    /// Computes one output row, [width][channels] with output_stride. `top`, `middle` and `bottom`
    /// are the three input rows, each from the leftmost tap of the first output on, padding
    /// included: [(width − 1) · stride + 3][channels] with input_stride. The output are activations,
    /// in bfloat16 rounded; all else is Float32.
    void (*convolve)(
        const flowers_depthwise *, const float *top, const float *middle, const float *bottom, void *output);
    /// Computes one output row of a 5×5 convolution from five rows, as `convolve` from three. Each
    /// sum runs over the rows and in each row over its columns, on every instruction set.
    void (*convolve_5x5)(const flowers_depthwise *, const float *const *rows, void *output);
    /// Adds the outer products of all pixels to `c`, and the rows of A to `sums` [rows].
    ///
    /// The pixels come in `parts`, one after the other; `a`, `b` and `depths` hold for each its A and
    /// B and its number of pixels. Up to 15 values past the end of a row of A are read, in bfloat16 of B
    /// too, and must be readable. `scratch` holds `multiply_back_scratch` floats.
    void (*multiply_back)(
        const flowers_outer_product *, int32_t parts, const void *const *a, const void *const *b,
        const int32_t *depths, float *c, float *sums, float *scratch);
    size_t (*multiply_back_scratch)(const flowers_outer_product *);
    /// Computes `y` [output_size][output_size][channels] from `x` [size][size][channels], with the sums
    /// of `convolve` and `convolve_5x5`. `scratch` holds `image_scratch` floats.
    void (*convolve_image)(const flowers_depthwise_image *, const void *x, void *y, float *scratch);
    /// Computes the gradients of `convolve_image` from `dy`, that of the result before ReLU6, and `x`.
    ///
    /// `dw` [side · side + 1][channels] receives the sums over pixels for each tap and, last, for
    /// the bias, added to what it holds in the order of the pixels. `dx` receives the input's
    /// gradient in the layout of `x`; it may be `x` itself, or NULL if it is not needed.
    void (*convolve_back)(
        const flowers_depthwise_image *, const void *x, const void *dy, void *dx, float *dw, float *scratch);
    size_t (*image_scratch)(const flowers_depthwise_image *);
    /// NULL, or to be called on a thread before its calls of `multiply` and `multiply_back`, and after them.
    void (*begin)(void);
    void (*end)(void);
    /// Convert between floats and activations: [rows][columns] with `stride` values from one row of
    /// activations to the next. NULL in Float32.
    void (*narrow)(const float *source, int32_t rows, int32_t columns, void *target, ptrdiff_t stride);
    void (*widen)(const void *source, int32_t rows, int32_t columns, ptrdiff_t stride, float *target);
    /// Resample `input` to `output`, both [size][size][3], from 16-bit integers and from floats.
    /// Both read up to 5 values past the end of `input`, which must be readable and, as floats,
    /// finite.
    void (*resample_16)(const flowers_resampling *, const uint16_t *input, float *output);
    void (*resample)(const flowers_resampling *, const float *input, float *output);
    /// Executes `rounds` × 24 fused multiply–adds of whole vectors in registers, to measure the
    /// peak rate. Returns a value that depends on all of them, so that the compiler cannot drop
    /// any.
    float (*multiply_add)(int64_t rounds);
} flowers_kernels;

/// Return the kernels for AVX2 and FMA, and for AVX-512 F, VL, DQ and BW; in bfloat16 also AVX512-BF16,
/// and AMX-TILE and AMX-BF16 beside it. Only a processor with these instructions may call them; asking
/// for the table needs none of them.
#if defined(__x86_64__)
const flowers_kernels *flowers_kernels_avx2(void);
const flowers_kernels *flowers_kernels_avx512(void);
const flowers_kernels *flowers_kernels_avx512_bf16(void);
const flowers_kernels *flowers_kernels_amx(void);
const flowers_kernels *flowers_kernels_avx512_rounding(void);
/// Asks Linux for the use of AMX's tiles by this process; returns whether it grants it.
int flowers_amx_is_permitted(void);
/// Whether `vdpbf16ps` outdoes the multiply–adds of Float32 on this processor.
int flowers_bf16_pairs_are_fast(void);
#elif defined(__aarch64__)
const flowers_kernels *flowers_kernels_neon(void);
#endif

#endif
