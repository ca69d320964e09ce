#include "lazy.h"

#include <stdlib.h>
#include <tiffio.h>

#define FUNCTIONS(DO)                                                                              \
    DO(TIFFOpenOptionsAlloc) DO(TIFFOpenOptionsFree) DO(TIFFOpenOptionsSetMaxSingleMemAlloc)       \
    DO(TIFFOpenOptionsSetErrorHandlerExtR) DO(TIFFOpenOptionsSetWarningHandlerExtR)                \
    DO(TIFFClientOpenExt) DO(TIFFClose) DO(TIFFGetField) DO(TIFFGetFieldDefaulted)                 \
    DO(TIFFReadRGBAImageOriented)

FUNCTIONS(FUNCTION)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_loaded;

static void load(void)
{
    void *library = dlopen("libtiff.so.6", RTLD_NOW | RTLD_LOCAL);
    int is_whole = library != NULL;
    if (is_whole) { FUNCTIONS(FIND) }
    is_loaded = is_whole;
}

/// Largest piece of memory that libtiff may take at once, in bytes: the pixels of the largest
/// picture that is decoded.
enum { largest_piece = 1 << 30 };

typedef struct {
    const uint8_t *bytes;
    toff_t count, place;
} Source;

static tmsize_t take(thandle_t handle, void *target, tmsize_t wanted)
{
    Source *source = handle;
    if (wanted < 0 || source->place >= source->count) return 0;
    toff_t left = source->count - source->place;
    toff_t taken = (toff_t)wanted < left ? (toff_t)wanted : left;
    memcpy(target, source->bytes + source->place, taken);
    source->place += taken;
    return (tmsize_t)taken;
}

static tmsize_t refuse(thandle_t handle, void *bytes, tmsize_t count)
{
    (void)handle, (void)bytes, (void)count;
    return -1;
}

static toff_t seek(thandle_t handle, toff_t place, int whence)
{
    Source *source = handle;
    if (whence == SEEK_CUR) place += source->place;
    if (whence == SEEK_END) place += source->count;
    return source->place = place;
}

static int leave_open(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t size(thandle_t handle) { return ((Source *)handle)->count; }

static int fail(TIFF *tiff, void *message, const char *module, const char *format, va_list values)
{
    (void)tiff, (void)module;
    // The first message names the cause.
    if (!*(char *)message) vsnprintf(message, flowers_message_length, format, values);
    return 1;
}

static int ignore(TIFF *tiff, void *message, const char *module, const char *format, va_list values)
{
    (void)tiff, (void)message, (void)module, (void)format, (void)values;
    return 1;
}

static TIFF *open_picture(Source *source, char *message)
{
    memset(message, 0, flowers_message_length);
    TIFFOpenOptions *options = p_TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    p_TIFFOpenOptionsSetMaxSingleMemAlloc(options, largest_piece);
    p_TIFFOpenOptionsSetErrorHandlerExtR(options, fail, message);
    p_TIFFOpenOptionsSetWarningHandlerExtR(options, ignore, NULL);
    // Without mapping, with the first directory only.
    TIFF *tiff = p_TIFFClientOpenExt(
        "picture", "rmO", source, take, refuse, seek, leave_open, size, NULL, NULL, options);
    p_TIFFOpenOptionsFree(options);
    if (!tiff && !*message) say(message, "its header makes no sense");
    return tiff;
}

static int read_header(TIFF *tiff, flowers_picture_header *header, char *message)
{
    uint32_t width = 0, height = 0;
    uint16_t samples = 1, bits = 1, orientation = ORIENTATION_TOPLEFT, kind = 0;
    if (!p_TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width)
        || !p_TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height)) {
        if (!*message) say(message, "it has no size");
        return 0;
    }
    p_TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    p_TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    p_TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
    p_TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &kind);
    *header = (flowers_picture_header){
        .width = width, .height = height, .channels = samples <= 4 ? samples : 4,
        .bits = bits <= 16 ? bits : 16, .orientation = orientation,
        .has_palette = kind == PHOTOMETRIC_PALETTE, .has_inks = kind == PHOTOMETRIC_SEPARATED};
    return 1;
}

int flowers_tiff_read_header(
    const uint8_t *bytes, size_t count, flowers_picture_header *header, char *message)
{
    pthread_once(&once, load);
    if (!is_loaded) return -1;
    Source source = {bytes, count, 0};
    TIFF *tiff = open_picture(&source, message);
    int is_whole = tiff && read_header(tiff, header, message);
    if (tiff) p_TIFFClose(tiff);
    return is_whole;
}

int flowers_tiff_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels,
    char *message)
{
    pthread_once(&once, load);
    if (!is_loaded) return -1;
    Source source = {bytes, count, 0};
    TIFF *tiff = open_picture(&source, message);
    flowers_picture_header header;
    int is_whole = tiff && read_header(tiff, &header, message) && header.width == width
        && header.height == height;
    // Asked for the orientation that the file has, libtiff turns nothing.
    if (is_whole)
        is_whole = p_TIFFReadRGBAImageOriented(
            tiff, width, height, (uint32_t *)pixels, header.orientation, 1);
    if (!is_whole && !*message) say(message, "its pixels cannot be read");
    if (tiff) p_TIFFClose(tiff);
    return is_whole;
}
