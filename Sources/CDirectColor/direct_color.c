// Direct colours without terminfo's interpreter.
//
// ncurses creates the sequence for every colour with tparm, which interprets the terminfo entry's
// format. That takes about a microsecond per colour, three quarters of the time for a screen full
// of pictures. ncurses has no hook for it, but its libraries call the function through the dynamic
// linker, which finds ours first. Unknown formats are passed on to ncurses. If its libraries are
// linked statically, or call another function, ncurses works as usual.
#define _GNU_SOURCE
#include "CDirectColor.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#define DIRECT(layer, first, second)                                                                       \
    "\033[%?%p1%{8}%<%t" layer "%p1%d%e" layer "8" first "%p1%{65536}%/%d" second                           \
    "%p1%{256}%/%{255}%&%d" second "%p1%{255}%&%d%;m"

// The known formats, each with the start of its sequences and the separator between the components.
static const struct {
    const char *format;
    const char *start;
    char separator;
} known[] = {
    {DIRECT("3", ":2::", ":"), "\033[38:2::", ':'}, {DIRECT("4", ":2::", ":"), "\033[48:2::", ':'},
    {DIRECT("3", ":2:", ":"), "\033[38:2:", ':'},   {DIRECT("4", ":2:", ":"), "\033[48:2:", ':'},
    {DIRECT("3", ";2;", ";"), "\033[38;2;", ';'},   {DIRECT("4", ";2;", ";"), "\033[48;2;", ';'},
};

// Writes a number of 0 to 255 at `end` and returns the new end.
static char *decimal(char *end, int value) {
    if (value >= 100) *end++ = (char)('0' + value / 100);
    if (value >= 10) *end++ = (char)('0' + value / 10 % 10);
    *end++ = (char)('0' + value % 10);
    return end;
}

const char *flowers_direct_color(const char *format, int color) {
    static char sequence[sizeof "\033[38:2::255:255:255m"];
    if (color < 8 || color > 0xffffff || format == NULL) return NULL;
    for (size_t index = 0; index < sizeof known / sizeof *known; index++) {
        if (strcmp(format, known[index].format) != 0) continue;
        size_t length = strlen(known[index].start);
        memcpy(sequence, known[index].start, length);
        char *end = decimal(sequence + length, color >> 16);
        *end++ = known[index].separator;
        end = decimal(end, color >> 8 & 255);
        *end++ = known[index].separator;
        end = decimal(end, color & 255);
        *end++ = 'm';
        *end = 0;
        return sequence;
    }
    return NULL;
}

/// Replaces the function of ncurses 6.4 and later, whose first argument is the number of arguments
/// that follow the format. Weak, so that a statically linked ncurses takes precedence.
__attribute__((weak, visibility("default"))) char *_nc_tiparm(int count, const char *format, ...) {
    // A number is passed as an int, a text as a pointer; either is read as a full argument slot.
    intptr_t values[9] = {0};
    va_list arguments;
    va_start(arguments, format);
    for (int index = 0; index < count && index < 9; index++) values[index] = va_arg(arguments, intptr_t);
    va_end(arguments);
    if (count == 1) {
        const char *sequence = flowers_direct_color(format, (int)values[0]);
        if (sequence != NULL) return (char *)sequence;
    }
    static char *(*original)(int, const char *, ...);
    if (original == NULL) original = (char *(*)(int, const char *, ...))dlsym(RTLD_NEXT, "_nc_tiparm");
    if (original == NULL) return "";
    return original(
        count, format, values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7], values[8]);
}
