#if defined(__x86_64__)
#define FEATURES "amx-tile,amx-bf16,avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,avx2,fma"
#define TILES
#define TABLE flowers_kernels_amx
#define TABLE_NAME "AMX BF16"
#include "bfloat16.inc"
#endif
