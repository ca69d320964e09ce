// Keys: the user's input, and the meaning of each key.
//
// It promises that any division of the terminal's bytes gives the same input events, and that a
// paste never becomes key presses. The key table is data: an action, its words and its requirements.
// This layer never carries out an action and never asks whether its requirements are met; that is
// the dashboard's state.
//
// - InputParser, TerminalReport: bytes as keys, mouse events, pastes and a terminal's answers
// - Key, MouseEvent: the events
// - KeyTable, KeyBinding, Requirement: the bindings, and the requirements of their actions
// - KeyAction, Screen, ChartKind: the actions, and the screens, views and charts that they name
// - KeyMap, KeySearch: the bindings in force, with the user's own keys, and finding them by words
// - KeyMapFailure: keys that cannot be used, and its words
// - KeyReference: the table as a page of the documentation
// - TextField: a line that is typed
