// The kernels on AMX's tiles with the tiles emulated in C, for processors that have AVX512-BF16 only.
#ifndef FLOWERS_TUI_EMULATED_TILES_H
#define FLOWERS_TUI_EMULATED_TILES_H

#include "CKernels.h"

#if defined(__x86_64__)
const flowers_kernels *flowers_kernels_emulated_amx(void);
#endif

#endif
