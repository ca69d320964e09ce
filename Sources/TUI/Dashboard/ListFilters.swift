import Keys

/// The filters of the screens' lists.
package struct ListFilters: Sendable {
    private var fields: [Screen: TextField] = [:]
    /// Whether the user is typing in the screen's filter.
    package var isTyping = false

    subscript(screen: Screen) -> TextField? {
        get { fields[screen] }
        set { fields[screen] = newValue }
    }
}
