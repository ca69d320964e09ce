// Direct colours without terminfo's interpreter.
//
// ncurses makes the sequence of every colour with tparm, which interprets the entry's format at about a microsecond a
// colour: three quarters of what a screen full of pictures costs. ncurses has no hook for it, but its libraries call the
// function through the dynamic linker, which finds ours first. Formats that are not known here go on to ncurses, and
// where its libraries are linked statically or call something else, ncurses does all as before.
#define _GNU_SOURCE
#include "CDirectColor.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#define DIRECT(layer, first, second)                                                                       \
    "\033[%?%p1%{8}%<%t" layer "%p1%d%e" layer "8" first "%p1%{65536}%/%d" second                           \
    "%p1%{256}%/%{255}%&%d" second "%p1%{255}%&%d%;m"

static const struct {
    const char *format;
    const char *start;
    char separator;
} known[] = {
    {DIRECT("3", ":2::", ":"), "\033[38:2::", ':'}, {DIRECT("4", ":2::", ":"), "\033[48:2::", ':'},
    {DIRECT("3", ":2:", ":"), "\033[38:2:", ':'},   {DIRECT("4", ":2:", ":"), "\033[48:2:", ':'},
    {DIRECT("3", ";2;", ";"), "\033[38;2;", ';'},   {DIRECT("4", ";2;", ";"), "\033[48;2;", ';'},
};

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

/// ncurses' own from 6.4 on, with the number of arguments first. Weak, so that a static ncurses goes before it.
__attribute__((weak, visibility("default"))) char *_nc_tiparm(int count, const char *format, ...) {
    // A number is an int and a text a pointer; both are read as what an argument's place holds.
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
