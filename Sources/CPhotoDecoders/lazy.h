// Libraries that are loaded when the first picture of their format is decoded: linked, they would
// slow down every start of the program, and it could not run where one of them is missing.
#pragma once

#include "CPhotoDecoders.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/// Declares `name` as a pointer to the library's function of that name, with its type.
#define FUNCTION(name) static __typeof__(name) *p_##name;
/// Finds the function in `library`, a handle; `is_whole` becomes 0 where it is missing.
#define FIND(name) is_whole = is_whole && (p_##name = (__typeof__(p_##name))dlsym(library, #name));

/// Writes a message of `flowers_message_length`.
static inline void say(char *message, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(message, flowers_message_length, format, values);
    va_end(values);
}
