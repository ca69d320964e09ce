// libFuzzer's entry point for drivers with their own main: https://llvm.org/docs/LibFuzzer.html.
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*target)(const uint8_t *bytes, size_t count));
