#include "CBuild.h"

#ifndef FLOWERS_TUI_BUILD
#define FLOWERS_TUI_BUILD "unknown"
#endif

const char *flowers_build(void) { return FLOWERS_TUI_BUILD; }
