#if defined(__x86_64__)
#define LANES 8
#define ROWS 6
#define TARGET __attribute__((target("avx2,fma")))
#define TABLE flowers_kernels_avx2
#define TABLE_NAME "AVX2"
#include "kernels.inc"
#endif
