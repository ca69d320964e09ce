import Basics
import Phrases

/// The key bindings in force: the standard table with the user's changes.
package struct KeyMap: Sendable {
    package let bindings: [KeyBinding]

    package init() { bindings = KeyTable.standard }

    /// - Parameter keys: labels of the keys for each named binding, replacing the standard ones; a
    ///   binding with an empty list is reached only through the command palette.
    /// - Throws: `KeyMapFailure` for an unknown binding or key, and for a key with two meanings on one
    ///   screen.
    package init(keys: [String: [String]]) throws {
        for name in keys.keys.sorted() where !KeyTable.standard.contains(where: { $0.name == name }) {
            throw KeyMapFailure.noBinding(name)
        }
        bindings = try KeyTable.standard.map { binding in
            guard let labels = keys[binding.name] else { return binding }
            var changed = binding
            changed.keys = try labels.map { label in
                guard let key = Key(label: label) else {
                    throw KeyMapFailure.noKey(label, binding: binding.name)
                }
                return key
            }
            return changed
        }
        for screen in Screen.allCases {
            var owners: [Key: String] = [:]
            for binding in bindings where binding.works(on: screen) {
                for key in binding.keys {
                    if let other = owners[key] {
                        throw KeyMapFailure.twoMeanings(key.label, other, binding.name)
                    }
                    owners[key] = binding.name
                }
            }
        }
    }

    /// Names, standard keys and descriptions of all bindings, for the configuration file.
    package static var standardKeys: [(name: String, keys: [String], description: String)] {
        let strings = Strings(.english)
        return KeyTable.standard.map { ($0.name, $0.keys.map(\.label), $0.describe(strings)) }
    }

    /// Returns the binding of a key, or of the ASCII key behind it (`Key.narrow`).
    package func binding(for key: Key, on screen: Screen) -> KeyBinding? {
        bindings.first { $0.keys.contains(key) && $0.works(on: screen) }
            ?? bindings.first { $0.keys.contains(key) }
            ?? (key.narrow == key ? nil : binding(for: key.narrow, on: screen))
    }

    /// The label of the first key for `action`; if there is none, `:` and the binding's name.
    package func label(_ action: KeyAction) -> String {
        let binding = bindings.first { $0.action == action }
        return binding?.keys.first?.label ?? ":" + (binding?.name ?? "")
    }
}
