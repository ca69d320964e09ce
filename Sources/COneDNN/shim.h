// oneDNN 2.6 (C API). Debian builds it on GNU OpenMP, whose thread count is per
// calling thread; its header comes with the compiler only, hence the declaration.
#pragma once
#include <oneapi/dnnl/dnnl.h>

extern void omp_set_num_threads(int count);
