import ArgumentParser
import Canvas

extension Size {
    /// Parses an option's value in columns and rows, such as `120x40`.
    ///
    /// - Throws: `ValidationError` that names the option.
    init(_ text: String, option: String) throws {
        let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let columns = parts[0], let rows = parts[1], (1...1000).contains(columns),
            (1...1000).contains(rows)
        else {
            throw ValidationError(
                "\(option) must be columns and rows from 1 to 1000, such as 120x40, not \(text).")
        }
        self.init(columns: columns, rows: rows)
    }
}
