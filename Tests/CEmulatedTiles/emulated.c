#if defined(__x86_64__)
#define FEATURES "avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,avx2,fma"
#define TILES
#define EMULATES_TILES
#define TABLE flowers_kernels_emulated_amx
#define TABLE_NAME "AMX, emulated"
#include "../../Sources/CKernels/bfloat16.inc"
#endif
