// oneDNN's C API, versions 2.6 and later and 3, behind one set of names.
//
// Version 2 describes an operation in a struct and keeps a tensor's layout in another that callers copy.
// Version 3 has neither: it creates primitive descriptors directly, and layouts are objects to destroy.
// Everything that differs is wrapped here; every other `dnnl_` name means the same in both versions and is
// used as it is.
#pragma once
#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>

// The oldest version that has what we call, and the newest that the tests have passed with.
// scripts/check-onednn.sh reads the four numbers, to say so before the build and to warn of a newer minor version.
#define FLOWERS_ONEDNN_OLDEST_MAJOR 2
#define FLOWERS_ONEDNN_OLDEST_MINOR 6
#define FLOWERS_ONEDNN_TRIED_MAJOR 3
#define FLOWERS_ONEDNN_TRIED_MINOR 7

#define FLOWERS_ONEDNN_TEXT(x) #x
#define FLOWERS_ONEDNN_VERSION(major, minor) "oneDNN " FLOWERS_ONEDNN_TEXT(major) "." FLOWERS_ONEDNN_TEXT(minor)
_Static_assert(
    DNNL_VERSION_MAJOR > FLOWERS_ONEDNN_OLDEST_MAJOR
        || (DNNL_VERSION_MAJOR == FLOWERS_ONEDNN_OLDEST_MAJOR && DNNL_VERSION_MINOR >= FLOWERS_ONEDNN_OLDEST_MINOR),
    "flowers-tui needs " FLOWERS_ONEDNN_VERSION(FLOWERS_ONEDNN_OLDEST_MAJOR, FLOWERS_ONEDNN_OLDEST_MINOR)
    " or later, and this is " FLOWERS_ONEDNN_VERSION(DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR));
_Static_assert(
    DNNL_VERSION_MAJOR <= FLOWERS_ONEDNN_TRIED_MAJOR,
    "flowers-tui supports versions up to " FLOWERS_ONEDNN_VERSION(FLOWERS_ONEDNN_TRIED_MAJOR, FLOWERS_ONEDNN_TRIED_MINOR)
    ", and this is " FLOWERS_ONEDNN_VERSION(DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR));

// Debian builds oneDNN on GNU OpenMP, whose thread count is per calling thread. Its header comes with the
// compiler only, hence the declaration.
extern void omp_set_num_threads(int count);

/// Shape, element type and memory layout of a tensor; owned by whoever created it.
typedef struct flowers_layout *flowers_layout_t;

#if DNNL_VERSION_MAJOR >= 3
#define FLOWERS_LAYOUT(layout) ((dnnl_memory_desc_t)(layout))
typedef const_dnnl_memory_desc_t flowers_native_layout;
#else
#define FLOWERS_LAYOUT(layout) ((dnnl_memory_desc_t *)(layout))
typedef const dnnl_memory_desc_t *flowers_native_layout;
#endif

/// Copies a layout that a oneDNN object owns.
static inline dnnl_status_t flowers_layout_copy(flowers_layout_t *result, flowers_native_layout source) {
    if (source == NULL) return dnnl_invalid_arguments;
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_memory_desc_clone((dnnl_memory_desc_t *)result, source);
#else
    dnnl_memory_desc_t *copy = malloc(sizeof *copy);
    if (copy == NULL) return dnnl_out_of_memory;
    *copy = *source;
    *result = (flowers_layout_t)copy;
    return dnnl_success;
#endif
}

/// Layout of a tensor of `rank` dimensions; `dnnl_format_tag_any` leaves the order to the primitive.
static inline dnnl_status_t flowers_layout_create(
    flowers_layout_t *result, int rank, const dnnl_dim_t *dimensions, dnnl_data_type_t type, dnnl_format_tag_t order) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_memory_desc_create_with_tag((dnnl_memory_desc_t *)result, rank, dimensions, type, order);
#else
    dnnl_memory_desc_t layout;
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(&layout, rank, dimensions, type, order);
    return status == dnnl_success ? flowers_layout_copy(result, &layout) : status;
#endif
}

static inline void flowers_layout_destroy(flowers_layout_t layout) {
#if DNNL_VERSION_MAJOR >= 3
    dnnl_memory_desc_destroy(FLOWERS_LAYOUT(layout));
#else
    free(layout);
#endif
}

/// Size in bytes, padding included.
static inline size_t flowers_layout_bytes(flowers_layout_t layout) {
    return dnnl_memory_desc_get_size(FLOWERS_LAYOUT(layout));
}

static inline int flowers_layouts_equal(flowers_layout_t a, flowers_layout_t b) {
    return dnnl_memory_desc_equal(FLOWERS_LAYOUT(a), FLOWERS_LAYOUT(b));
}

/// Layout that a primitive chose, by `dnnl_query_exec_arg_md` and an argument such as `DNNL_ARG_WEIGHTS`, or by
/// `dnnl_query_scratchpad_md` and 0.
static inline dnnl_status_t flowers_layout_query(
    flowers_layout_t *result, dnnl_primitive_desc_t primitive, dnnl_query_t query, int index) {
    return flowers_layout_copy(result, dnnl_primitive_desc_query_md(primitive, query, index));
}

/// Binds `layout` to storage of at least its size.
static inline dnnl_status_t flowers_memory_create(
    dnnl_memory_t *result, flowers_layout_t layout, dnnl_engine_t engine, void *storage) {
    return dnnl_memory_create(result, FLOWERS_LAYOUT(layout), engine, storage);
}

/// Appends y ← min(max(y, low), high).
static inline dnnl_status_t flowers_append_clip(dnnl_post_ops_t operations, float low, float high) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_clip, low, high);
#else
    return dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_clip, low, high);
#endif
}

/// Appends y ← y + what the destination held before.
static inline dnnl_status_t flowers_append_accumulation(dnnl_post_ops_t operations) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_sum(operations, 1, 0, dnnl_data_type_undef);
#else
    return dnnl_post_ops_append_sum(operations, 1);
#endif
}

/// Appends y ← y + a second source of the given layout.
static inline dnnl_status_t flowers_append_addition(dnnl_post_ops_t operations, flowers_layout_t layout) {
    return dnnl_post_ops_append_binary(operations, dnnl_binary_add, FLOWERS_LAYOUT(layout));
}

/// Copies a tensor from one layout to another of the same shape.
static inline dnnl_status_t flowers_reorder_create(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, flowers_layout_t source, flowers_layout_t target,
    dnnl_primitive_attr_t attributes) {
    return dnnl_reorder_primitive_desc_create(
        result, FLOWERS_LAYOUT(source), engine, FLOWERS_LAYOUT(target), engine, attributes);
}

/// Operands of a 2-D convolution, or the gradients of them; strides and padding are height, then width.
typedef struct {
    flowers_layout_t input, weights, bias, output;
    dnnl_dim_t strides[2], padding_before[2], padding_after[2];
} flowers_convolution;

/// output = weights ∗ input + bias.
static inline dnnl_status_t flowers_convolution_forward(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, const flowers_convolution *c, dnnl_prop_kind_t kind,
    dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_convolution_forward_primitive_desc_create(
        result, engine, kind, dnnl_convolution_direct, FLOWERS_LAYOUT(c->input), FLOWERS_LAYOUT(c->weights),
        FLOWERS_LAYOUT(c->bias), FLOWERS_LAYOUT(c->output), c->strides, NULL, c->padding_before, c->padding_after,
        attributes);
#else
    dnnl_convolution_desc_t description;
    dnnl_status_t status = dnnl_convolution_forward_desc_init(
        &description, kind, dnnl_convolution_direct, FLOWERS_LAYOUT(c->input), FLOWERS_LAYOUT(c->weights),
        FLOWERS_LAYOUT(c->bias), FLOWERS_LAYOUT(c->output), c->strides, c->padding_before, c->padding_after);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(result, &description, attributes, engine, NULL);
#endif
}

/// Gradient of the input. `forward` is the same convolution without post-operations.
static inline dnnl_status_t flowers_convolution_backward_data(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, const flowers_convolution *c, dnnl_primitive_desc_t forward,
    dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_convolution_backward_data_primitive_desc_create(
        result, engine, dnnl_convolution_direct, FLOWERS_LAYOUT(c->input), FLOWERS_LAYOUT(c->weights),
        FLOWERS_LAYOUT(c->output), c->strides, NULL, c->padding_before, c->padding_after, forward, attributes);
#else
    dnnl_convolution_desc_t description;
    dnnl_status_t status = dnnl_convolution_backward_data_desc_init(
        &description, dnnl_convolution_direct, FLOWERS_LAYOUT(c->input), FLOWERS_LAYOUT(c->weights),
        FLOWERS_LAYOUT(c->output), c->strides, c->padding_before, c->padding_after);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(result, &description, attributes, engine, forward);
#endif
}

/// Gradients of weights and bias, summed over the images. `forward` as above.
static inline dnnl_status_t flowers_convolution_backward_weights(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, const flowers_convolution *c, dnnl_primitive_desc_t forward,
    dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_convolution_backward_weights_primitive_desc_create(
        result, engine, dnnl_convolution_direct, FLOWERS_LAYOUT(c->input), FLOWERS_LAYOUT(c->weights),
        FLOWERS_LAYOUT(c->bias), FLOWERS_LAYOUT(c->output), c->strides, NULL, c->padding_before, c->padding_after,
        forward, attributes);
#else
    dnnl_convolution_desc_t description;
    dnnl_status_t status = dnnl_convolution_backward_weights_desc_init(
        &description, dnnl_convolution_direct, FLOWERS_LAYOUT(c->input), FLOWERS_LAYOUT(c->weights),
        FLOWERS_LAYOUT(c->bias), FLOWERS_LAYOUT(c->output), c->strides, c->padding_before, c->padding_after);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(result, &description, attributes, engine, forward);
#endif
}
