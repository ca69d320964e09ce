// Decoding of pictures: of PNG and JPEG through the interfaces of libpng and libjpeg that report errors with
// longjmp, which must not cross Swift's frames.
//
// libpng's simplified interface converts pixels by their gAMA, sRGB and iCCP chunks; TurboJPEG
// refuses sampling factors and Adobe markers that libjpeg, and so TensorFlow, reads. The libraries of
// other formats are loaded when they are first needed (lazy.h).
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Length of the libraries' messages, with the final NUL.
enum { flowers_message_length = 200 };

/// Decodes a PNG to 8-bit RGB as `tf.io.decode_png(channels=3)` does (TensorFlow,
/// core/lib/png/png_io.cc): alpha and transparency are dropped, of 16 bits the upper 8 kept, and
/// gamma and colour profiles ignored.
///
/// - `bytes`: the whole file, `count` bytes.
/// - `width`, `height`: the sides that its header announces.
/// - `pixels`: receives `height`·`width`·3 bytes, rows from the top.
/// - `message`: receives libpng's message about an error.
///
/// Returns 1 if the whole file could be decoded, else 0.
int flowers_png_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels,
    char *message);

typedef struct {
    uint32_t width, height;
    /// Components of the file: 1 for grey, 3 or 4.
    int components;
    /// Whether there are four components, which are decoded to CMYK.
    int is_cmyk;
    /// Whether an Adobe marker says that CMYK is stored inverted.
    int has_adobe_marker;
} flowers_jpeg_header;

/// Reads the header of a JPEG.
///
/// - `bytes`: the file, or at least its beginning.
///
/// Returns 1 if there is one, else 0 with libjpeg's message.
int flowers_jpeg_read_header(
    const uint8_t *bytes, size_t count, flowers_jpeg_header *header, char *message);

/// Decodes a JPEG as TensorFlow does (core/lib/jpeg/jpeg_mem.cc): the fast integer inverse DCT,
/// fancy upsampling, to RGB or, from four components, to CMYK.
///
/// - `bytes`: the whole file, `count` bytes.
/// - `header`: from `flowers_jpeg_read_header`.
/// - `pixels`: receives `height`·`width`·3 bytes, or 4 for CMYK.
/// - `message`: receives libjpeg's last message; empty if there was none.
///
/// Returns 1 if the picture is whole, even if there were warnings; 0 if it is damaged or cut short.
int flowers_jpeg_decode(
    const uint8_t *bytes, size_t count, const flowers_jpeg_header *header, uint8_t *pixels,
    char *message);

/// The header of a picture whose library is loaded when it is first needed.
typedef struct {
    uint32_t width, height;
    /// Channels of the file, 1 to 4.
    int channels;
    /// Bits per channel.
    int bits;
    /// The orientation by its number in EXIF; 1 is upright. That of a HEIC or AVIF is part of its
    /// pixels.
    int orientation;
    int has_palette, has_animation;
    /// Whether its channels are inks.
    int has_inks;
} flowers_picture_header;

/// Read the header of a WebP, of a HEIC or AVIF, and of a TIFF, which may need the whole file.
///
/// Return 1 if there is one; 0 with a message if not; -1 if the library is not installed.
int flowers_webp_read_header(
    const uint8_t *bytes, size_t count, flowers_picture_header *header, char *message);
int flowers_heif_read_header(
    const uint8_t *bytes, size_t count, flowers_picture_header *header, char *message);
int flowers_tiff_read_header(
    const uint8_t *bytes, size_t count, flowers_picture_header *header, char *message);

/// Decode the same to 8-bit RGB, rows from the top, as they are stored; alpha is dropped. Of an
/// animation or a file of several pictures, a TIFF gives the first and a HEIC the primary one.
///
/// - `width`, `height`: from the header.
/// - `pixels`: receives `height`·`width`·3 bytes; for a TIFF `height`·`width`·4, RGB and alpha.
int flowers_webp_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels,
    char *message);
int flowers_heif_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels,
    char *message);
int flowers_tiff_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels,
    char *message);
