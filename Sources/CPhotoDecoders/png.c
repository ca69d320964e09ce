#include "CPhotoDecoders.h"

#include <png.h>
#include <string.h>

typedef struct {
    const uint8_t *next;
    size_t left;
    char *message;
} Source;

static void fail(png_structp png, png_const_charp text)
{
    Source *source = png_get_error_ptr(png);
    strncpy(source->message, text, flowers_message_length - 1);
    png_longjmp(png, 1);
}

// Warnings are about chunks that have no part in the pixels.
static void ignore(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void take(png_structp png, png_bytep target, size_t count)
{
    Source *source = png_get_io_ptr(png);
    if (source->left < count) png_error(png, "it is cut short");
    memcpy(target, source->next, count);
    source->next += count;
    source->left -= count;
}

static void read_rows(
    png_structp png, png_infop info, uint32_t width, uint32_t height, uint8_t *pixels)
{
    png_read_info(png, info);
    if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height)
        png_error(png, "its header makes no sense");
    int kind = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
    if (kind & PNG_COLOR_MASK_ALPHA || png_get_valid(png, info, PNG_INFO_tRNS))
        png_set_strip_alpha(png);
    if (depth > 8) png_set_strip_16(png);
    png_set_packing(png);
    int passes = png_set_interlace_handling(png);
    if (kind == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (!(kind & PNG_COLOR_MASK_COLOR)) {
        if (depth < 8) png_set_expand_gray_1_2_4_to_8(png);
        png_set_gray_to_rgb(png);
    }
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != (size_t)width * 3) png_error(png, "its rows make no sense");
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < height; y++) png_read_row(png, pixels + (size_t)y * width * 3, NULL);
    png_read_end(png, info);
}

int flowers_png_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels,
    char *message)
{
    Source source = {bytes, count, message};
    memset(message, 0, flowers_message_length);
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, fail, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        strcpy(message, "there is no memory to read it");
        png_destroy_read_struct(&png, NULL, NULL);
        return 0;
    }
    // Everything that is used after a longjmp is set before setjmp.
    int is_whole = !setjmp(png_jmpbuf(png));
    if (is_whole) {
        png_set_read_fn(png, &source, take);
        read_rows(png, info, width, height, pixels);
    }
    png_destroy_read_struct(&png, &info, NULL);
    return is_whole;
}
