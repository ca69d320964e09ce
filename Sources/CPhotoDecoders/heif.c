#include "lazy.h"

#include <libheif/heif.h>

#define FUNCTIONS(DO)                                                                              \
    DO(heif_context_alloc) DO(heif_context_free) DO(heif_context_read_from_memory_without_copy)    \
    DO(heif_context_get_primary_image_handle) DO(heif_context_set_maximum_image_size_limit)        \
    DO(heif_context_set_max_decoding_threads) DO(heif_image_handle_release)                        \
    DO(heif_image_handle_get_width) DO(heif_image_handle_get_height)                               \
    DO(heif_image_handle_has_alpha_channel) DO(heif_image_handle_get_luma_bits_per_pixel)          \
    DO(heif_decode_image) DO(heif_image_release) DO(heif_image_get_plane_readonly)                 \
    DO(heif_image_get_width) DO(heif_image_get_height)

FUNCTIONS(FUNCTION)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_loaded;

static void load(void)
{
    void *library = dlopen("libheif.so.1", RTLD_NOW | RTLD_LOCAL);
    int is_whole = library != NULL;
    if (is_whole) { FUNCTIONS(FIND) }
    is_loaded = is_whole;
}

typedef struct {
    struct heif_context *context;
    struct heif_image_handle *handle;
} Picture;

static void close_picture(Picture *picture)
{
    if (picture->handle) p_heif_image_handle_release(picture->handle);
    if (picture->context) p_heif_context_free(picture->context);
}

/// The message belongs to the context, so it is copied before that is freed.
static int is_fine(struct heif_error error, char *message)
{
    if (error.code == heif_error_Ok) return 1;
    say(message, "%s", error.message ? error.message : "libheif cannot read it");
    return 0;
}

static int open_picture(const uint8_t *bytes, size_t count, Picture *picture, char *message)
{
    picture->context = p_heif_context_alloc();
    if (!picture->context) {
        say(message, "there is no memory to read it");
        return 0;
    }
    p_heif_context_set_maximum_image_size_limit(picture->context, 65535);
    // The program decodes photos on threads of its own.
    p_heif_context_set_max_decoding_threads(picture->context, 0);
    return is_fine(
               p_heif_context_read_from_memory_without_copy(picture->context, bytes, count, NULL),
               message)
        && is_fine(
            p_heif_context_get_primary_image_handle(picture->context, &picture->handle), message);
}

int flowers_heif_read_header(
    const uint8_t *bytes, size_t count, flowers_picture_header *header, char *message)
{
    memset(message, 0, flowers_message_length);
    pthread_once(&once, load);
    if (!is_loaded) return -1;
    Picture picture = {NULL, NULL};
    int is_whole = open_picture(bytes, count, &picture, message);
    if (is_whole) {
        int width = p_heif_image_handle_get_width(picture.handle);
        int height = p_heif_image_handle_get_height(picture.handle);
        int bits = p_heif_image_handle_get_luma_bits_per_pixel(picture.handle);
        *header = (flowers_picture_header){
            .width = width > 0 ? width : 0, .height = height > 0 ? height : 0,
            .channels = p_heif_image_handle_has_alpha_channel(picture.handle) ? 4 : 3,
            .bits = bits > 0 && bits <= 16 ? bits : 8, .orientation = 1};
    }
    close_picture(&picture);
    return is_whole;
}

int flowers_heif_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels,
    char *message)
{
    memset(message, 0, flowers_message_length);
    pthread_once(&once, load);
    if (!is_loaded) return -1;
    Picture picture = {NULL, NULL};
    struct heif_image *image = NULL;
    int is_whole = open_picture(bytes, count, &picture, message)
        && is_fine(
            p_heif_decode_image(
                picture.handle, &image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, NULL),
            message);
    if (is_whole) {
        int stride = 0;
        const uint8_t *plane = p_heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
        is_whole = plane && (uint32_t)p_heif_image_get_width(image, heif_channel_interleaved) == width
            && (uint32_t)p_heif_image_get_height(image, heif_channel_interleaved) == height
            && stride >= 0 && (size_t)stride >= (size_t)width * 3;
        if (is_whole)
            for (uint32_t y = 0; y < height; y++)
                memcpy(pixels + (size_t)y * width * 3, plane + (size_t)y * stride, (size_t)width * 3);
        else
            say(message, "its pixels are of another size");
    }
    if (image) p_heif_image_release(image);
    close_picture(&picture);
    return is_whole;
}
