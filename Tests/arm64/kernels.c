// Prints what our vector kernels compute for made-up inputs, bit by bit. Compiled for two processors, it shows whether
// they compute the same (Tests/arm64.sh).
#include "CKernels.h"

// The inputs themselves must be the same.
#pragma STDC FP_CONTRACT OFF

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state = 1;

/// A value in [−1, 1), from a linear congruential generator.
static float value(void) {
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) / 8388608.0f - 1.0f;
}

static float *values(size_t count) {
    float *result = malloc((count + 16) * sizeof *result);
    for (size_t i = 0; i < count + 16; i++) result[i] = value();
    return result;
}

static void show(const char *name, int a, int b, const float *numbers, size_t count) {
    uint64_t sum = 14695981039346656037u;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, numbers + i, 4);
        sum = (sum ^ bits) * 1099511628211u;
    }
    printf("%s %d %d: %016llx, first %a\n", name, a, b, (unsigned long long)sum, numbers[0]);
}

int main(void) {
#if defined(__aarch64__)
    const flowers_kernels *kernels = flowers_kernels_neon();
#else
    const flowers_kernels *kernels = flowers_kernels_avx2();
#endif
    fprintf(stderr, "%s, %d floats in a vector\n", kernels->name, kernels->lanes);

    // Products: every width of a last panel, every number of rows of a tile, clipped and added to.
    for (int columns = 8; columns <= 40; columns += 8) {
        for (int rows = 1; rows <= 15; rows++) {
            const int depth = 19;
            float *plain = values((size_t)columns * depth), *bias = values(columns), *a = values((size_t)rows * depth);
            float *packed = values((size_t)columns * depth), *c = values((size_t)rows * columns);
            kernels->pack(plain, columns, 1, depth, packed);
            flowers_product product = {
                .weights = packed, .bias = bias, .columns = columns, .segments = 1, .depth = depth,
                .segment_depth = depth, .packed_depth = depth, .row_stride = depth, .segment_stride = 0,
                .output_stride = columns, .clips = rows % 2, .adds = rows % 3 == 0,
            };
            kernels->multiply(&product, a, c, NULL, rows);
            show("product", columns, rows, c, (size_t)rows * columns);
            free(plain), free(bias), free(a), free(packed), free(c);
        }
    }

    // Depthwise convolutions, with both strides.
    for (int stride = 1; stride <= 2; stride++) {
        for (int width = 1; width <= 9; width++) {
            const int channels = 24, taps = (width - 1) * stride + 3;
            float *weights = values((size_t)channels * 10), *output = values((size_t)width * channels), *rows[3];
            for (int i = 0; i < 3; i++) rows[i] = values((size_t)taps * channels);
            flowers_depthwise depthwise = {
                .weights = weights, .channels = channels, .width = width, .stride = stride,
                .input_stride = channels, .output_stride = channels,
            };
            kernels->convolve(&depthwise, rows[0], rows[1], rows[2], output);
            show("depthwise", stride, width, output, (size_t)width * channels);
            free(weights), free(output);
            for (int i = 0; i < 3; i++) free(rows[i]);
        }
    }

    // Resampling: rotated, zoomed, mirrored, beyond the edges.
    for (int turn = 0; turn < 8; turn++) {
        const int size = 33;
        const size_t count = (size_t)size * size * 3;
        float *input = values(count), *output = values(count);
        uint16_t *integers = malloc((count + 16) * sizeof *integers);
        for (size_t i = 0; i < count + 16; i++) integers[i] = (uint16_t)((value() + 1) * 32767);
        flowers_resampling resampling = {
            .a = 0.8f + 0.05f * turn, .b = 0.3f * value(), .c = 9 * value(), .d = 0.3f * value(), .e = 0.9f,
            .f = 9 * value(), .size = size, .mirrors = turn % 2, .scale = 1 / 127.5f, .offset = -1,
        };
        kernels->resample(&resampling, input, output);
        show("resample", turn, 32, output, count);
        kernels->resample_16(&resampling, integers, output);
        show("resample", turn, 16, output, count);
        free(input), free(output), free(integers);
    }
    return 0;
}
