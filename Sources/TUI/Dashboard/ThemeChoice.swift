/// The themes to choose from, and the chosen one.
package struct ThemeChoice: Sendable {
    package private(set) var names: [String]
    package private(set) var chosen: String

    init(names: [String], chosen: String) { (self.names, self.chosen) = (names, chosen) }

    mutating func chooseNext() {
        guard !names.isEmpty else { return }
        chosen = names[((names.firstIndex(of: chosen) ?? 0) + 1) % names.count]
    }

    package mutating func choose(_ name: String) { chosen = name }

    /// Takes a new list. If it lacks the chosen theme, its first one is chosen.
    mutating func take(_ names: [String]) {
        self.names = names
        if !names.contains(chosen), let first = names.first { chosen = first }
    }
}
