/// A table of text with a column `epoch`, as Keras' CSVLogger and many scripts write it: separated by
/// commas, semicolons or tabs, with the columns' names in the first line.
struct EpochTable {
    /// The other columns, as far as they hold numbers.
    private(set) var series: [Series]
    /// The first line that does not fit the columns, counted from 1; what follows it is not read.
    private(set) var wrongLine: Int?

    /// Returns nil for any other text.
    init?(_ text: String) {
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        guard let head = lines.first,
            let separator = [",", ";", "\t"].first(where: {
                Self.epochColumn(Self.fields(head, $0)) != nil
            })
        else { return nil }
        let names = Self.fields(head, separator)
        let epoch = Self.epochColumn(names)!
        series = names.map { Series(group: "", tag: $0) }
        for (number, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            let fields = Self.fields(line, separator)
            guard fields.count == names.count, let step = Double(fields[epoch]),
                (0...1e9).contains(step)
            else {
                wrongLine = number + 1
                break
            }
            for (column, field) in fields.enumerated() where column != epoch {
                if let value = Double(field) { series[column].add(value, step: Int(step)) }
            }
        }
        series.removeAll(where: \.values.isEmpty)
    }

    private static func epochColumn(_ names: [String]) -> Int? {
        names.firstIndex { $0.lowercased() == "epoch" }
    }

    /// The fields of a line (RFC 4180), without blanks around them.
    private static func fields(_ line: Substring, _ separator: Character) -> [String] {
        var (fields, isQuoted): ([String], Bool) = ([""], false)
        for letter in line {
            if letter == "\"" {
                isQuoted.toggle()
            } else if letter == separator, !isQuoted {
                fields.append("")
            } else {
                fields[fields.count - 1].append(letter)
            }
        }
        return fields.map { field in
            String(field.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }
}
