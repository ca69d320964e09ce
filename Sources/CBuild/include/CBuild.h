// The commit that the program was built from.
//
// A target of its own, so that another commit compiles nothing but this.
#ifndef FLOWERS_TUI_BUILD_H
#define FLOWERS_TUI_BUILD_H

/// The commit as `git describe` names it, or `unknown`. The Makefile gives it to Package.swift.
const char *flowers_build(void);

#endif
