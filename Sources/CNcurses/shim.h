// ncursesw 6.4. The wide-character interface appears only under NCURSES_WIDECHAR,
// and must be asked for here because a module map cannot pass a define to users.
#pragma once
#define NCURSES_WIDECHAR 1
#include <locale.h>
#include <ncurses.h>
#include <term.h>

// `setcchar` takes pair numbers above 255 only through its opaque pointer.
static inline int flowers_setcchar(cchar_t *cell, const wchar_t *text, attr_t attributes, int pair) {
    return setcchar(cell, text, attributes, 0, &pair);
}
