package import Phrases

/// A line of the key table, the source of key dispatch, the hint bar, help, the command palette,
/// the keys in the configuration file, and `docs/keybindings.md`.
package struct KeyBinding: Sendable {
    /// The binding's name in the configuration file.
    package let name: String
    package var keys: [Key]
    package let action: KeyAction
    /// One or two words for the hint bar; nil if it is not shown there.
    package let hint: Phrase?
    /// The same while a chart fills the screen.
    package var chartHint: Phrase?
    /// Whether the hint bar shows the next binding's keys with this one's, for pairs such as `[ ]`.
    package var isPair = false
    package let description: Phrase
    /// Replaces `{0}` in the description.
    var subject: Phrase?
    /// Screens on which it works; nil for all.
    package var screens: Set<Screen>?
    /// The action's requirements; the first that is not met is explained to the user.
    package var needs: [Requirement] = []
    /// Views of the data screen to which it applies; nil for all, and for other screens' bindings.
    package var views: Set<DataView>?

    package func describe(_ strings: Strings) -> String {
        subject.map { strings(description, strings[$0]) } ?? strings[description]
    }

    package func works(on screen: Screen) -> Bool { screens?.contains(screen) ?? true }
}
