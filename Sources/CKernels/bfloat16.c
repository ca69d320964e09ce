#if defined(__x86_64__)
#define FEATURES "avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,avx2,fma"
#define TABLE flowers_kernels_avx512_bf16
#define TABLE_NAME "AVX-512 BF16"
#include "bfloat16.inc"
#endif
