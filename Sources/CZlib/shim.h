// zlib, of which only the CRC-32 is used.
#pragma once
#include <zlib.h>
