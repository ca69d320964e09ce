package import Phrases

/// Searching the bindings by words, for help and the command palette.
extension KeyMap {
    /// Returns the bindings that have every word of `query`, the closest matches first: a key's own
    /// label, then whole words, beginnings of words, and parts. If no binding has them all, those
    /// that contain the query's letters in order.
    package func search(_ query: String, _ strings: Strings) -> [KeyBinding] {
        let words = query.split(separator: " ").map(String.init)
        if words.isEmpty { return bindings }
        let byWord = ranked { KeyWords($0, strings).score(words) }
        if !byWord.isEmpty { return byWord }
        return ranked { Self.fuzzy(query, KeyWords($0, strings).text) }
    }

    /// Returns the bindings with a score, the lowest first; equals keep the order of the table.
    private func ranked(_ score: (KeyBinding) -> Int?) -> [KeyBinding] {
        let found = bindings.enumerated().compactMap { index, binding in
            score(binding).map { (score: $0, index: index, binding: binding) }
        }
        return found.sorted { ($0.score, $0.index) < ($1.score, $1.index) }.map(\.binding)
    }

    /// Scores the best match of the letters of `query`, in order, in `text`: the lower, the closer
    /// together. Nil if there is no match.
    static func fuzzy(_ query: String, _ text: String) -> Int? {
        let (wanted, letters) = (Array(query.lowercased().filter { $0 != " " }), Array(text.lowercased()))
        guard let first = wanted.first else { return 0 }
        var best: Int?
        for start in letters.indices where letters[start] == first {
            var (next, end) = (1, start)
            for index in (start + 1)..<max(start + 1, letters.count)
            where next < wanted.count && letters[index] == wanted[next] {
                (next, end) = (next + 1, index)
            }
            guard next == wanted.count else { break }
            let startsWord = start == 0 || letters[start - 1] == " "
            let score = (end - start) * 2 + (startsWord ? 0 : 1)
            best = min(best ?? score, score)
        }
        return best
    }
}

/// The words by which a binding is found.
private struct KeyWords {
    private let labels: [String]
    /// Words of the name, the hint and the subject, in lower case, and those of the description.
    private let names: [Substring]
    private let description: [Substring]
    /// All of them, for a search by letters.
    let text: String

    init(_ binding: KeyBinding, _ strings: Strings) {
        let hint = binding.hint.map { strings[$0] } ?? ""
        let subject = binding.subject.map { strings[$0] } ?? ""
        let sentence = binding.describe(strings)
        func words(_ text: String) -> [Substring] {
            text.lowercased().split { !$0.isLetter && !$0.isNumber }
        }
        labels = binding.keys.map(\.label)
        (names, description) = (words("\(binding.name) \(hint) \(subject)"), words(sentence))
        text = "\(labels.joined(separator: " ")) \(hint) \(sentence)"
    }

    /// The sum over the words; nil if one of them is missing.
    func score(_ words: [String]) -> Int? {
        var sum = 0
        for word in words {
            guard let score = score(word) else { return nil }
            sum += score
        }
        return sum
    }

    private func score(_ word: String) -> Int? {
        // Upper and lower case are different keys.
        if labels.contains(word) { return 0 }
        let word = word.lowercased()
        if names.contains(where: { $0 == word }) { return 1 }
        if description.contains(where: { $0 == word }) { return 2 }
        if names.contains(where: { $0.hasPrefix(word) }) { return 4 }
        if description.contains(where: { $0.hasPrefix(word) }) { return 5 }
        return (names + description).contains { $0.contains(word) } ? 8 : nil
    }
}
