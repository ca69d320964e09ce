import Foundation

/// A language of the dashboard, with a catalogue that holds every `Phrase`.
package enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case simplifiedChinese = "zh-Hans"

    /// The language requested by the environment (`LC_ALL`, then `LC_MESSAGES`, then `LANG`), or
    /// English if there is no catalogue for it.
    package init(environment: [String: String]) {
        let locale =
            ["LC_ALL", "LC_MESSAGES", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let name = locale.lowercased().replacing("-", with: "_")
        // Traditional Chinese has no catalogue, and the simplified one would be the wrong script.
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

extension BinaryInteger {
    /// The number and a noun, for sentences that are in English only: `1 photo`, `2 photos`.
    ///
    /// - Parameter plural: the noun for any other number; by default with an `s`.
    package func of(_ noun: String, _ plural: String? = nil) -> String {
        "\(self) " + (self == 1 ? noun : plural ?? noun + "s")
    }
}

/// The catalogues, one file per language.
enum Catalogue {}

/// The dashboard's texts in one language.
package struct Strings: Sendable {
    package let language: Language
    private let catalogue: [Phrase: String]

    package init(_ language: Language = .english) {
        self.language = language
        catalogue = language.catalogue
    }

    package subscript(_ phrase: Phrase) -> String { catalogue[phrase] ?? phrase.rawValue }

    /// Returns the phrase with `{0}`, `{1}` … replaced by `values`, and `{0|entry|entries}` by the first
    /// word if that value is 1, else by the second.
    package func callAsFunction(_ phrase: Phrase, _ values: any CustomStringConvertible...) -> String {
        self(phrase, of: values)
    }

    package func callAsFunction(_ phrase: Phrase, of values: [any CustomStringConvertible]) -> String {
        var (result, rest) = ("", self[phrase][...])
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            let parts = rest[open..<close].dropFirst().split(
                separator: "|", omittingEmptySubsequences: false)
            if let index = parts.first.flatMap({ Int($0) }), values.indices.contains(index) {
                let value = values[index].description
                result += parts.count == 3 ? String(parts[value == "1" ? 1 : 2]) : value
            } else {
                result += rest[open...close]
            }
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}
