#if defined(__x86_64__)
#define LANES 16
#define ROWS 14
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")))
#define TABLE flowers_kernels_avx512_rounding
#define TABLE_NAME "AVX-512, rounded to BF16"
#include "rounding.inc"
#endif
