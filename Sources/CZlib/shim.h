// zlib, for CRC-32 and to measure the unpacked size of a compressed dataset before HDF5 may unpack
// it. inflateInit is a macro, which Swift does not import.
#pragma once
#include <zlib.h>

static inline int flowers_inflate_init(z_stream *stream) { return inflateInit(stream); }
