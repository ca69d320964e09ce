/// A cell's text as ncurses can hold it.
enum TerminalGlyph {
    /// The scalars to put into a cell of `columns`, and how many columns the terminal will give them.
    ///
    /// Terminals and this program do not always agree on how wide a character is. What the terminal would draw wider
    /// becomes `?`; what it would draw narrower is followed by a blank; what may change a character's width, such as
    /// joiners and U+FE0F, is left out.
    ///
    /// - Parameter width: columns of a scalar as the system has it; negative for one that it does not know.
    static func scalars(_ text: String, columns: Int, width: (UInt32) -> Int) -> (
        scalars: [UInt32], columns: Int
    ) {
        guard let first = text.unicodeScalars.first else { return ([0x20], 1) }
        let taken = width(first.value)
        if taken > columns || taken == 0 { return ([0x3f], 1) }
        // A cell holds five scalars; accents follow their letter.
        let marks = text.unicodeScalars.dropFirst().filter {
            $0.properties.generalCategory == .nonspacingMark && !$0.properties.isVariationSelector
                && width($0.value) == 0
        }
        return ([first.value] + marks.prefix(4).map(\.value), max(1, taken))
    }
}
