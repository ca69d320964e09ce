import Basics
import Canvas
import Foundation
import TOMLKit

/// A parsed theme file that reports errors with the line on which they occur.
struct ThemeFile {
    /// The file's name in messages.
    let path: String
    private let lines: [Substring]
    private let table: TOMLTable

    /// - Throws: `ThemeFailure` such as `mine.toml:3: …` if the text is not TOML.
    init(toml: String, path: String) throws {
        self.path = path
        lines = toml.split(separator: "\n", omittingEmptySubsequences: false)
        if let fault = TOMLText.fault(in: toml) {
            throw ThemeFailure.fault(path, line: fault.line, .notTOML(reason: "\(fault)"))
        }
        do {
            table = try TOMLTable(string: toml)
        } catch let error as TOMLParseError {
            // For something missing at the end, the parser reports a line past the last.
            let line = max(1, min(error.source.begin.line, lines.count))
            throw ThemeFailure.fault(path, line: line, .notTOML(reason: error.description))
        }
    }

    /// Returns the theme's contents.
    ///
    /// - Throws: `ThemeFailure` with the line of the faulty entry, or of the table that lacks one.
    func theme() throws -> (name: String, colors: [Theme.Role: Color], isASCII: Bool) {
        for key in table.keys.sorted() where !["name", "symbols", "colors"].contains(key) {
            throw problem(at: key, in: nil, .unknownSetting(key))
        }
        guard table["name"] != nil else { throw ThemeFailure.fault(path, line: 1, .noName) }
        guard let name = table["name"]?.string, !name.isEmpty else {
            throw problem(at: "name", in: nil, .nameIsNoText)
        }
        guard table["colors"] != nil else {
            throw ThemeFailure.fault(path, line: lastLine, .noColors)
        }
        guard let entries = table["colors"]?.table else {
            throw problem(at: "colors", in: nil, .colorsAreNoTable)
        }
        var isASCII = false
        if let symbols = table["symbols"] {
            guard let text = symbols.string, ["unicode", "ascii"].contains(text) else {
                throw problem(at: "symbols", in: nil, .unknownSymbols)
            }
            isASCII = text == "ascii"
        }
        return (name, try colors(entries), isASCII)
    }

    private func colors(_ entries: TOMLTable) throws -> [Theme.Role: Color] {
        // Check keys in the order of their lines, to report the first error. With more keys than
        // colours some are wrong, so a bounded number of them is enough to find one.
        let keys = entries.keys.sorted().prefix(2 * Theme.Role.allCases.count).sorted {
            (line(of: $0, in: "colors") ?? 0, $0) < (line(of: $1, in: "colors") ?? 0, $1)
        }
        var colors: [Theme.Role: Color] = [:]
        for key in keys {
            guard let role = Theme.Role(rawValue: key) else {
                throw problem(at: key, in: "colors", .unknownColor(key))
            }
            guard let value = entries[key], let color = Self.color(value) else {
                throw problem(at: key, in: "colors", .unusableColor(key))
            }
            colors[role] = color
        }
        if let missing = Theme.Role.allCases.first(where: { !$0.isOptional && colors[$0] == nil }) {
            throw ThemeFailure.fault(
                path, line: header(of: "colors") ?? 1, .missingColor(missing.rawValue))
        }
        return colors
    }

    private static func color(_ value: any TOMLValueConvertible) -> Color? {
        if let index = value.int { return UInt8(exactly: index).map(Color.palette) }
        guard let text = value.string else { return nil }
        if text == "default" { return .standard }
        guard text.count == 7, text.hasPrefix("#"), text.dropFirst().allSatisfy(\.isHexDigit),
            let rgb = UInt32(text.dropFirst(), radix: 16)
        else { return nil }
        return .rgb(UInt8(rgb >> 16), UInt8(rgb >> 8 & 255), UInt8(rgb & 255))
    }

    /// The name that a file declares, even if the rest of it is broken.
    static func claimedName(_ toml: String) -> String? {
        for line in toml.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            if parts.count == 2, parts[0] == "name" {
                return parts[1].split(separator: "#").first.map {
                    $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t\r\"'"))
                }
            }
        }
        return nil
    }

    // MARK: Lines

    private func problem(at key: String, in table: String?, _ fault: ThemeFailure.Fault) -> ThemeFailure {
        .fault(path, line: line(of: key, in: table) ?? 1, fault)
    }

    private var lastLine: Int { max(1, lines.last?.isEmpty == true ? lines.count - 1 : lines.count) }

    private func header(of table: String) -> Int? {
        lines.firstIndex { Self.header($0) == table }.map { $0 + 1 }
    }

    private static func header(_ line: Substring) -> String? {
        let text = line.drop { $0.isWhitespace }
        guard text.hasPrefix("["), let end = text.firstIndex(of: "]") else { return nil }
        return text[..<end].dropFirst().trimmingCharacters(in: .whitespaces)
    }

    /// Returns the line, from 1, that sets a key. In a file that is valid TOML a search suffices.
    private func line(of key: String, in table: String?) -> Int? {
        var current: String?
        for (index, line) in lines.enumerated() {
            if let header = Self.header(line) {
                current = header
                if table == nil, header == key { return index + 1 }
                continue
            }
            let left = (line.split(separator: "=", maxSplits: 1).first ?? "").trimmingCharacters(
                in: .whitespacesAndNewlines)
            let name = left.trimmingCharacters(in: CharacterSet(charactersIn: "\"'"))
            if current == table, name == key || table == nil && name.hasPrefix(key + ".") { return index + 1 }
            // Written as `colors.text = …`, or in one line as `colors = { … }`.
            if let table, current == nil, name == "\(table).\(key)" || name == table { return index + 1 }
        }
        return nil
    }
}
