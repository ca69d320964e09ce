// ncursesw 6.4 and 6.5. The wide-character interface appears only under NCURSES_WIDECHAR,
// and must be asked for here because a module map cannot pass a define to users.
#pragma once
#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <locale.h>
#include <ncurses.h>
#include <term.h>

// `setcchar` takes pair numbers above 255 only through its opaque pointer.
static inline int flowers_setcchar(cchar_t *cell, const wchar_t *text, attr_t attributes, int pair) {
    return setcchar(cell, text, attributes, 0, &pair);
}

// Debian's 6.5 hides the fields of WINDOW and its 6.4 shows them, so Swift imports pointers to it as different types,
// and this one as a name for either.
typedef WINDOW *flowers_window;

// Swift refuses C's mutable globals; the dashboard's one thread reads them through these.
static inline flowers_window flowers_stdscr(void) { return stdscr; }
static inline flowers_window flowers_curscr(void) { return curscr; }
static inline int flowers_colors(void) { return COLORS; }
static inline int flowers_color_pairs(void) { return COLOR_PAIRS; }

// Attributes and keys are macros with casts that Swift does not import.
static inline attr_t flowers_bold(void) { return A_BOLD; }
static inline attr_t flowers_dim(void) { return A_DIM; }
static inline attr_t flowers_underline(void) { return A_UNDERLINE; }
static inline attr_t flowers_reverse(void) { return A_REVERSE; }
static inline attr_t flowers_italic(void) { return A_ITALIC; }

// `stdin` and `stdout` are mutable globals as well.
static inline SCREEN *flowers_newterm(const char *type) { return newterm(type, stdout, stdin); }

// ncurses' answers about an entry of terminfo are macros over such calls; -1 for an entry that is not there.
static inline int flowers_terminal_colors(const char *name, int *places_cursor) {
    int status = 0;
    if (setupterm(name, 1, &status) != OK) return -1;
    const char *cursor = tigetstr("cup");
    *places_cursor = cursor != 0 && cursor != (const char *)-1;
    int colors = tigetnum("colors");
    del_curterm(cur_term);
    return colors < 0 ? 0 : colors;
}

// `tparm` takes what a format needs, which Swift does not import.
static inline const char *flowers_parameterized(const char *format, int value) { return tparm(format, (long)value); }

// One character into a cell: `setcchar` wants a string.
static inline void flowers_setcell(cchar_t *cell, wchar_t character, attr_t attributes, int pair) {
    wchar_t text[2] = {character, 0};
    setcchar(cell, text, attributes, 0, &pair);
}

// glibc shows it to X/Open sources only. -1 for what the locale does not know.
extern int wcwidth(wchar_t character);
static inline int flowers_width(wchar_t character) { return wcwidth(character); }
