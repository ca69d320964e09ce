// OpenBLAS: the dense head's matrix products.
#pragma once
#include <cblas.h>
