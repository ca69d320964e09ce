#include "lazy.h"

#include <webp/decode.h>

#define FUNCTIONS(DO) DO(WebPGetFeaturesInternal) DO(WebPDecodeRGBInto)

FUNCTIONS(FUNCTION)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_loaded;

static void load(void)
{
    void *library = dlopen("libwebp.so.7", RTLD_NOW | RTLD_LOCAL);
    int is_whole = library != NULL;
    if (is_whole) { FUNCTIONS(FIND) }
    is_loaded = is_whole;
}

int flowers_webp_read_header(
    const uint8_t *bytes, size_t count, flowers_picture_header *header, char *message)
{
    memset(message, 0, flowers_message_length);
    pthread_once(&once, load);
    if (!is_loaded) return -1;
    WebPBitstreamFeatures features;
    int code = p_WebPGetFeaturesInternal(bytes, count, &features, WEBP_DECODER_ABI_VERSION);
    if (code != VP8_STATUS_OK) {
        say(message, code == VP8_STATUS_NOT_ENOUGH_DATA ? "it is cut short" : "its header makes no sense");
        return 0;
    }
    *header = (flowers_picture_header){
        .width = features.width, .height = features.height, .channels = features.has_alpha ? 4 : 3,
        .bits = 8, .orientation = 1, .has_animation = features.has_animation};
    return 1;
}

int flowers_webp_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels,
    char *message)
{
    memset(message, 0, flowers_message_length);
    pthread_once(&once, load);
    if (!is_loaded) return -1;
    size_t row = (size_t)width * 3;
    if (p_WebPDecodeRGBInto(bytes, count, pixels, row * height, row)) return 1;
    say(message, "its pixels are damaged or cut short");
    return 0;
}
