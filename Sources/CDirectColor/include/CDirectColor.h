#ifndef FLOWERS_TUI_DIRECT_COLOR_H
#define FLOWERS_TUI_DIRECT_COLOR_H

/// The sequence that `format`, a `setaf` or `setab` of terminfo, makes of a colour.
///
/// Knows what ncurses' direct entries (`xterm-direct`, `kitty-direct`, `konsole-direct`, …) have: palette entries below
/// 8, else red, green and blue in three bytes, parted by `:2::`, `:2:` or `;2;`. Valid until the next call; one thread.
///
/// Returns NULL for any other format, and for colours below 8.
const char *flowers_direct_color(const char *format, int color);

#endif
