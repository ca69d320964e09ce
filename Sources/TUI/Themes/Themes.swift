// Themes: the dashboard's colours by role, read from TOML files (docs/themes.md).
//
// It promises that a broken file is explained with its line, and that it neither keeps the
// dashboard from starting nor replaces the last usable version. It draws nothing.
//
// - Theme: colours and styles by role, and whether they can be read on a background
// - ThemeFile: a parsed file and its errors
// - ThemeLibrary: the themes of all folders, reloaded when a file changes
// - ThemeFailure: themes that cannot be used, and its words
// - TOMLText: where a text is not TOML, checked before the parser sees it
