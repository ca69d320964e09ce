// Terminal: the dashboard on a real terminal. The only layer that calls ncurses.
//
// It promises that the terminal is restored however the program ends, that only one thread talks to
// it, and that the loop never waits for the trainer longer than a frame. It decides nothing about
// the run: keys and events go to the dashboard's state, and what that returns is performed here.
//
// - DashboardLoop: the main loop, and how the dashboard is opened and left
// - TerminalDriver, CellPainter, ColorPairTable, TerminalGlyph: cells through ncurses
// - TerminalEntry: the choice of colours by terminfo
// - TerminalPictures, PictureLayer, TerminalProbe, TerminalWindow: the graphics
//   protocols that the terminal supports, and pictures in its frames
// - TerminalSummary: the terminal as the machine's check-up describes it
// - TerminalFailure: terminals that cannot be used, and its words
// - TerminalNotices: the bell, notifications and the window's title
// - TerminalModes: mouse and paste reports
// - TerminalLocale, TerminalBackground: the terminal's characters, and the colour behind them
// - HeldErrors: what C libraries write while the screen is up
// - CrashGuard: fatal signals, and signals that ask the program to end
// - Errands, DataErrands: work on other threads
// - Clock, ResourceSampler: the time of day, and this process's use of the machine
