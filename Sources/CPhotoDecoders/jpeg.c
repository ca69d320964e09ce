#include "CPhotoDecoders.h"

#include <setjmp.h>
#include <stdio.h>
// After stdio.h, which it needs.
#include <jpeglib.h>

#include <jerror.h>
#include <string.h>

typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf jump;
    char *message;
} Errors;

static void keep_message(j_common_ptr jpeg)
{
    Errors *errors = (Errors *)jpeg->err;
    char text[JMSG_LENGTH_MAX];
    errors->manager.format_message(jpeg, text);
    memset(errors->message, 0, flowers_message_length);
    strncpy(errors->message, text, flowers_message_length - 1);
}

static void fail(j_common_ptr jpeg)
{
    keep_message(jpeg);
    longjmp(((Errors *)jpeg->err)->jump, 1);
}

// Stray bytes between markers leave a whole picture; pixels that end too early do not.
static void note(j_common_ptr jpeg, int level)
{
    if (level >= 0) return;
    if (jpeg->err->msg_code == JWRN_JPEG_EOF || jpeg->err->msg_code == JWRN_HIT_MARKER) fail(jpeg);
    keep_message(jpeg);
}

static void start(struct jpeg_decompress_struct *jpeg, Errors *errors, char *message)
{
    memset(message, 0, flowers_message_length);
    memset(jpeg, 0, sizeof *jpeg);
    jpeg->err = jpeg_std_error(&errors->manager);
    errors->manager.error_exit = fail;
    errors->manager.emit_message = note;
    errors->manager.output_message = keep_message;
    errors->message = message;
}

static void read_header(
    struct jpeg_decompress_struct *jpeg, const uint8_t *bytes, size_t count,
    flowers_jpeg_header *header)
{
    jpeg_create_decompress(jpeg);
    jpeg_mem_src(jpeg, bytes, count);
    jpeg_read_header(jpeg, TRUE);
    header->width = jpeg->image_width;
    header->height = jpeg->image_height;
    header->components = jpeg->num_components;
    header->is_cmyk = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
    header->has_adobe_marker = jpeg->saw_Adobe_marker;
}

int flowers_jpeg_read_header(
    const uint8_t *bytes, size_t count, flowers_jpeg_header *header, char *message)
{
    struct jpeg_decompress_struct jpeg;
    Errors errors;
    start(&jpeg, &errors, message);
    int is_whole = !setjmp(errors.jump);
    if (is_whole) read_header(&jpeg, bytes, count, header);
    jpeg_destroy_decompress(&jpeg);
    return is_whole;
}

static void read_rows(struct jpeg_decompress_struct *jpeg, uint8_t *pixels, size_t row_bytes)
{
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = pixels + jpeg->output_scanline * row_bytes;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
}

int flowers_jpeg_decode(
    const uint8_t *bytes, size_t count, const flowers_jpeg_header *header, uint8_t *pixels,
    char *message)
{
    struct jpeg_decompress_struct jpeg;
    Errors errors;
    start(&jpeg, &errors, message);
    int is_whole = !setjmp(errors.jump);
    if (is_whole) {
        flowers_jpeg_header found;
        read_header(&jpeg, bytes, count, &found);
        jpeg.out_color_space = found.is_cmyk ? JCS_CMYK : JCS_RGB;
        jpeg.dct_method = JDCT_IFAST;
        jpeg.do_fancy_upsampling = TRUE;
        jpeg_start_decompress(&jpeg);
        if (found.width != header->width || found.height != header->height
            || jpeg.output_components != (header->is_cmyk ? 4 : 3))
            ERREXIT(&jpeg, JERR_BAD_LENGTH);
        read_rows(&jpeg, pixels, (size_t)found.width * jpeg.output_components);
    }
    jpeg_destroy_decompress(&jpeg);
    return is_whole;
}
