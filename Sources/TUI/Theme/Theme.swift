import Core
import Foundation
import Plots
import TOMLKit

/// The colours of the dashboard by role, read from a TOML file:
///
///     name = "dark"
///     symbols = "ascii"     # optional: seven-bit characters only
///     [colors]
///     text = "default"      # the terminal's own
///     train = "#5fafff"     # 24 bits
///     good = 2              # palette entry
public struct Theme: Sendable, Equatable {
    public enum Role: String, CaseIterable, Sendable {
        case background, text, dim, border, title, accent, good, bad, warning, train, validation, batch, mark
        case selection
    }

    public var name: String
    var colors: [Role: Color]
    /// Whether everything is drawn in seven-bit characters.
    var isASCII = false

    /// - Throws: `UserError` that names the file and the entry.
    public init(toml: String, file: String) throws {
        let table: TOMLTable
        do {
            table = try TOMLTable(string: toml)
        } catch {
            throw UserError("The theme \(file) is not valid TOML: \(error).")
        }
        guard let name = table["name"]?.string else { throw UserError("The theme \(file) has no name = \"…\".") }
        guard let entries = table["colors"]?.table else { throw UserError("The theme \(file) has no table [colors].") }
        for key in entries.keys where Role(rawValue: key) == nil {
            throw UserError(
                "The theme \(file) has an unknown colour \(key); there are "
                    + Role.allCases.map(\.rawValue).joined(separator: ", ") + ".")
        }
        if let symbols = table["symbols"] {
            guard let text = symbols.string, ["unicode", "ascii"].contains(text) else {
                throw UserError("The theme \(file) has symbols that are neither \"unicode\" nor \"ascii\".")
            }
            isASCII = text == "ascii"
        }
        self.name = name
        colors = [:]
        for role in Role.allCases {
            guard let value = entries[role.rawValue] else {
                throw UserError("The theme \(file) lacks the colour \(role.rawValue).")
            }
            guard let color = Self.color(value) else {
                throw UserError(
                    "The theme \(file) has a colour \(role.rawValue) that is neither \"default\", \"#rrggbb\" nor 0 to 255.")
            }
            colors[role] = color
        }
    }

    private static func color(_ value: any TOMLValueConvertible) -> Color? {
        if let index = value.int { return UInt8(exactly: index).map(Color.palette) }
        guard let text = value.string else { return nil }
        if text == "default" { return .standard }
        guard text.count == 7, text.hasPrefix("#"), let rgb = UInt32(text.dropFirst(), radix: 16) else { return nil }
        return .rgb(UInt8(rgb >> 16), UInt8(rgb >> 8 & 255), UInt8(rgb & 255))
    }

    func style(_ role: Role, _ attributes: Attributes = []) -> Style {
        Style(foreground: colors[role] ?? .standard, background: colors[.background] ?? .standard, attributes: attributes)
    }
}

/// The themes that can be chosen: the built-in one and the files of the theme folders.
public struct ThemeLibrary: Sendable {
    public private(set) var themes: [Theme]
    private let folders: [String]
    /// Theme files with the times of their last changes, in nanoseconds.
    private var stamps: [String: Int]

    /// - Parameter folders: searched for `*.toml`; a later theme replaces an earlier one of its name.
    /// - Throws: `UserError` for a file that is not a theme.
    public init(folders: [String] = ThemeLibrary.folders()) throws {
        self.folders = folders
        stamps = Self.stamps(folders)
        themes = [try Theme(toml: Self.builtIn, file: "built in")]
        for folder in folders {
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
            for name in names where name.hasSuffix(".toml") {
                let path = "\(folder)/\(name)"
                guard let data = FileManager.default.contents(atPath: path) else { continue }
                let theme = try Theme(toml: String(decoding: data, as: UTF8.self), file: path)
                themes.removeAll { $0.name == theme.name }
                themes.append(theme)
            }
        }
        // Nobody who tries the next theme expects all lines to change.
        themes = themes.filter { !$0.isASCII } + themes.filter(\.isASCII)
    }

    /// Reads the themes anew when a file was saved, added or removed since.
    ///
    /// - Returns: whether there was such a change.
    /// - Throws: `UserError` for a file that is not a theme; the themes stay as they were.
    public mutating func reloadIfChanged() throws -> Bool {
        let now = Self.stamps(folders)
        if now == stamps { return false }
        // Once for each change, also of a broken file.
        stamps = now
        themes = try ThemeLibrary(folders: folders).themes
        return true
    }

    private static func stamps(_ folders: [String]) -> [String: Int] {
        var result: [String: Int] = [:]
        for folder in folders {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(".toml") {
                var status = stat()
                guard stat("\(folder)/\(name)", &status) == 0 else { continue }
                result["\(folder)/\(name)"] = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
            }
        }
        return result
    }

    /// - Throws: `UserError` that lists the themes when there is none of this name.
    public func theme(named name: String) throws -> Theme {
        guard let theme = themes.first(where: { $0.name == name }) else {
            throw UserError("There is no theme \(name); there are \(themes.map(\.name).joined(separator: ", ")).")
        }
        return theme
    }

    /// `$FLOWERS_TUI_THEMES`, the package's folder above the binary, `share/flowers-tui/themes` beside its `bin`, and
    /// the user's own.
    public static func folders(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        executable: String = ProcessInfo.processInfo.arguments.first ?? ""
    ) -> [String] {
        let binary = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? executable
        let url = URL(fileURLWithPath: binary).deletingLastPathComponent()
        var folders: [String] = []
        // .build/<triple>/release/flowers-tui lies four levels below the package.
        for level in 0...3 {
            let base = (0..<level).reduce(url) { parent, _ in parent.deletingLastPathComponent() }
            folders.append(base.appendingPathComponent("themes").path)
        }
        folders.append(url.deletingLastPathComponent().appendingPathComponent("share/flowers-tui/themes").path)
        folders.append(Home.path(environment: environment) + "/themes")
        if let own = environment["FLOWERS_TUI_THEMES"] { folders.append(own) }
        return folders
    }

    static let builtIn = """
        name = "dark"
        [colors]
        background = "default"
        text = "default"
        dim = "#8a8a8a"
        border = "#5f5f5f"
        title = "#afd7ff"
        accent = "#ffd75f"
        good = "#5fd75f"
        bad = "#ff5f5f"
        warning = "#ffaf00"
        train = "#5fafff"
        validation = "#ffaf5f"
        batch = "#3a5f87"
        mark = "#af87ff"
        selection = "#ffffff"
        """
}
