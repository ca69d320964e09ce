#if defined(__aarch64__)
// Two registers of four floats make a vector, so that everything is divided and summed as with
// AVX2. Tests/arm64.sh compares both.
#define LANES 8
#define ROWS 6
#define TARGET
#define TABLE flowers_kernels_neon
#define TABLE_NAME "NEON"
#include "kernels.inc"
#endif
