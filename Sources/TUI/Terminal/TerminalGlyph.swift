/// Converts a cell's text to what an ncurses cell can hold.
enum TerminalGlyph {
    /// Returns the scalars for a cell that is `columns` wide, and the columns that the terminal
    /// will use for them.
    ///
    /// Terminals and this program may disagree on the width of a character. A character that the
    /// terminal would draw wider becomes `?`; the caller pads a narrower one with a blank; scalars
    /// that may change a character's width, such as joiners and U+FE0F, are dropped.
    ///
    /// - Parameter width: the system's width of a scalar in columns; negative if unknown.
    static func scalars(_ text: String, columns: Int, width: (UInt32) -> Int) -> (
        scalars: [UInt32], columns: Int
    ) {
        guard let first = text.unicodeScalars.first else { return ([0x20], 1) }
        let taken = width(first.value)
        if taken > columns || taken == 0 { return ([0x3f], 1) }
        // A cell holds five scalars; combining marks follow their base.
        let marks = text.unicodeScalars.dropFirst().filter {
            $0.properties.generalCategory == .nonspacingMark && !$0.properties.isVariationSelector
                && width($0.value) == 0
        }
        return ([first.value] + marks.prefix(4).map(\.value), max(1, taken))
    }
}
