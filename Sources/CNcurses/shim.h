// ncursesw 6.4 or 6.5. Its wide-character interface requires NCURSES_WIDECHAR, which is defined here
// because a module map cannot pass a definition to its users.
#pragma once
#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdbool.h>
#include <string.h>
#include <term.h>

// `setcchar` accepts colour pairs above 255 only through its opaque pointer.
static inline int flowers_setcchar(cchar_t *cell, const wchar_t *text, attr_t attributes, int pair) {
    return setcchar(cell, text, attributes, 0, &pair);
}

// Debian 13 hides the fields of WINDOW and Debian 12 shows them, so Swift imports pointers to it
// as different types, and this one as a name for either.
typedef WINDOW *flowers_window;

// Swift rejects C's mutable globals; the dashboard's only drawing thread reads them through these.
static inline flowers_window flowers_stdscr(void) { return stdscr; }
static inline flowers_window flowers_curscr(void) { return curscr; }
static inline int flowers_colors(void) { return COLORS; }
static inline int flowers_color_pairs(void) { return COLOR_PAIRS; }

// These attributes are macros with casts, which Swift does not import.
static inline attr_t flowers_bold(void) { return A_BOLD; }
static inline attr_t flowers_dim(void) { return A_DIM; }
static inline attr_t flowers_underline(void) { return A_UNDERLINE; }
static inline attr_t flowers_reverse(void) { return A_REVERSE; }
static inline attr_t flowers_italic(void) { return A_ITALIC; }

// The encoding of the locale's characters; its names are macros.
static inline bool flowers_is_utf8(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }
static inline bool flowers_is_ascii(void) { return strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") == 0; }

// `stdin` and `stdout` are mutable globals as well.
static inline SCREEN *flowers_newterm(const char *type) { return newterm(type, stdout, stdin); }

// Looks up a terminfo entry. Returns its number of colours, 0 if it has none, and -1 if there is no
// such entry; sets `places_cursor` to whether the entry can move the cursor (`cup`).
static inline int flowers_terminal_colors(const char *name, int *places_cursor) {
    int status = 0;
    if (setupterm(name, 1, &status) != OK) return -1;
    const char *cursor = tigetstr("cup");
    *places_cursor = cursor != 0 && cursor != (const char *)-1;
    int colors = tigetnum("colors");
    del_curterm(cur_term);
    return colors < 0 ? 0 : colors;
}

// `tparm` is variadic, so Swift does not import it.
static inline const char *flowers_parameterized(const char *format, int value) { return tparm(format, (long)value); }

// Puts one character into a cell; `setcchar` expects a string.
static inline void flowers_setcell(cchar_t *cell, wchar_t character, attr_t attributes, int pair) {
    wchar_t text[2] = {character, 0};
    setcchar(cell, text, attributes, 0, &pair);
}

// glibc declares `wcwidth` for X/Open sources only. It returns -1 for characters unknown in the
// locale.
extern int wcwidth(wchar_t character);
static inline int flowers_width(wchar_t character) { return wcwidth(character); }
