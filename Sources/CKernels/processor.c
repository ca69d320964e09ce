#include "CKernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

int flowers_amx_is_permitted(void) {
#if defined(__linux__)
    // ARCH_REQ_XCOMP_PERM for XFEATURE_XTILEDATA, the tiles' contents, which Linux saves for a process
    // only once it has asked. Threads that exist already are included.
    return syscall(SYS_arch_prctl, 0x1023, 18) == 0;
#else
    return 0;
#endif
}

int flowers_bf16_pairs_are_fast(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(0, &a, &b, &c, &d)) return 0;
    // GenuineIntel. From the fourth generation of Xeon on, which has AMX for this, VDPBF16PS takes a
    // core two cycles (measured; a multiply-add half a cycle). Cooper Lake is model 85.
    if (b != signature_INTEL_ebx) return 1;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    return ((a >> 4 & 15) | (a >> 12 & 0xf0)) == 85;
}
#endif
