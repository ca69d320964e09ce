// libpng; Swift uses its simplified API, which reports errors as values instead of longjmp.
#pragma once
#include <png.h>
