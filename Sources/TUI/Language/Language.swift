import Foundation

/// A language of the dashboard. Each has one catalogue, which holds every `Phrase`.
public enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case simplifiedChinese = "zh-Hans"

    /// The language that the environment asks for (`LC_ALL`, then `LC_MESSAGES`, then `LANG`); English where there is
    /// no catalogue for it.
    public init(environment: [String: String]) {
        let locale =
            ["LC_ALL", "LC_MESSAGES", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let name = locale.lowercased().replacing("-", with: "_")
        // Traditional Chinese has no catalogue of its own; the simplified one would be the wrong script.
        let isTraditional = ["zh_tw", "zh_hk", "zh_mo", "zh_hant"].contains(where: name.hasPrefix)
        self = name.hasPrefix("zh") && !isTraditional ? .simplifiedChinese : .english
    }

    var catalogue: [Phrase: String] {
        switch self {
        case .english: Catalogue.english
        case .simplifiedChinese: Catalogue.simplifiedChinese
        }
    }
}

/// The catalogues, one file each.
enum Catalogue {}

/// The dashboard's words in one language.
public struct Strings: Sendable {
    let language: Language
    private let catalogue: [Phrase: String]

    public init(_ language: Language = .english) {
        self.language = language
        catalogue = language.catalogue
    }

    subscript(_ phrase: Phrase) -> String { catalogue[phrase] ?? phrase.rawValue }

    /// The phrase with `{0}`, `{1}` … replaced by `values`.
    func callAsFunction(_ phrase: Phrase, _ values: any CustomStringConvertible...) -> String {
        self(phrase, of: values)
    }

    func callAsFunction(_ phrase: Phrase, of values: [any CustomStringConvertible]) -> String {
        var text = self[phrase]
        for (index, value) in values.enumerated() {
            text = text.replacing("{\(index)}", with: value.description)
        }
        return text
    }
}
