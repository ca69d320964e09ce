#ifndef FLOWERS_TUI_DIRECT_COLOR_H
#define FLOWERS_TUI_DIRECT_COLOR_H

/// Returns the sequence for a colour 0xRRGGBB in a terminfo entry with the format `format` (`setaf`
/// or `setab`), or NULL for an unknown format and for colours below 8, which are palette entries.
///
/// Knows the formats of ncurses' direct-colour entries (`xterm-direct`, `kitty-direct`,
/// `konsole-direct`, …), in which `:2::`, `:2:` or `;2;` precedes red, green and blue. The string
/// is static and valid until the next call. Call it from one thread only.
const char *flowers_direct_color(const char *format, int color);

#endif
