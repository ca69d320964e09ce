import Basics
import Foundation

/// The available themes: the built-in one and those in the theme folders.
package struct ThemeLibrary: Sendable {
    package private(set) var themes: [Theme] = []
    /// One failure per unusable file.
    package private(set) var problems: [ThemeFailure] = []
    private let folders: [String]
    /// Modification times of the theme files, in nanoseconds, by path.
    private var stamps: [String: Int]
    /// The last usable version of each file, by path.
    private var loaded: [String: Theme] = [:]
    /// Problems by theme name, both as the broken file declares it and as its file name suggests.
    private var broken: [String: ThemeFailure] = [:]
    private let standard: Theme
    /// Largest size of a theme file, in bytes.
    static let longestFile = 64 << 10
    /// Largest number of themes in a folder.
    static let mostFiles = 500

    /// - Parameter folders: searched for `*.toml`; a theme replaces earlier ones of the same name.
    /// - Throws: `ThemeFailure` if the built-in theme is broken. Broken files only add to `problems`.
    package init(folders: [String] = ThemeLibrary.folders()) throws {
        self.folders = folders
        stamps = Self.stamps(folders)
        standard = try Theme(toml: Self.builtIn, file: "built in")
        load()
    }

    private mutating func load() {
        var next: [String: Theme] = [:]
        (problems, broken, themes) = ([], [:], [standard])
        for folder in folders {
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
            for name in names.filter({ $0.hasSuffix(".toml") }).prefix(Self.mostFiles) {
                let path = "\(folder)/\(name)"
                if next[path] != nil { continue }
                var text = ""
                var theme: Theme?
                let shown = "\(PathParts.name(folder))/\(name)"
                do {
                    text = String(
                        decoding: try BoundedFile.read(path, limit: Self.longestFile), as: UTF8.self)
                    theme = try Theme(toml: text, file: shown)
                } catch BoundedFile.Failure.tooLarge {
                    problems.append(.tooLarge(shown, mostKiB: Self.longestFile >> 10))
                    continue
                } catch let failure as ThemeFailure {
                    problems.append(failure)
                    for name in [ThemeFile.claimedName(text), String(name.dropLast(5))] {
                        broken[name ?? ""] = failure
                    }
                    // A file that breaks while it is edited keeps its last usable version.
                    theme = loaded[path]
                } catch {
                    // It cannot be read.
                    continue
                }
                guard let theme else { continue }
                next[path] = theme
                themes.removeAll { $0.name == theme.name }
                themes.append(theme)
            }
        }
        loaded = next
        // ASCII themes come last: stepping to the next theme should not change all symbols.
        themes = themes.filter { !$0.isASCII } + themes.filter(\.isASCII)
    }

    /// Reloads the themes if a file was saved, added or removed.
    ///
    /// A file that has become broken is reported in `problems` and keeps its last usable version.
    ///
    /// - Returns: whether anything had changed.
    package mutating func reloadIfChanged() -> Bool {
        let now = Self.stamps(folders)
        if now == stamps { return false }
        stamps = now
        load()
        return true
    }

    private static func stamps(_ folders: [String]) -> [String: Int] {
        var result: [String: Int] = [:]
        for folder in folders {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            where name.hasSuffix(".toml") {
                var status = stat()
                guard stat("\(folder)/\(name)", &status) == 0 else { continue }
                result["\(folder)/\(name)"] = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
            }
        }
        return result
    }

    /// Returns a theme.
    ///
    /// - Throws: `ThemeFailure` that explains what is wrong with the theme's file, or lists the themes
    ///   if there is none of this name.
    package func theme(named name: String) throws -> Theme {
        if let theme = themes.first(where: { $0.name == name }) { return theme }
        if let problem = broken[name] { throw problem }
        throw ThemeFailure.noTheme(name, known: themes.map(\.name))
    }

    /// The theme folders, in ascending priority: the package's, if the binary lies in its build
    /// folder; `share/flowers-tui/themes` beside the binary's `bin`; the user's; and
    /// `$FLOWERS_TUI_THEMES`.
    package static func folders(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        executable: String = ProcessInfo.processInfo.arguments.first ?? ""
    ) -> [String] {
        let binary =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? executable
        let url = URL(fileURLWithPath: binary).deletingLastPathComponent()
        var folders: [String] = []
        // `.build/<triple>/release/flowers-tui` lies four levels below the package.
        for level in 0...3 {
            let base = (0..<level).reduce(url) { parent, _ in parent.deletingLastPathComponent() }
            folders.append(base.appendingPathComponent("themes").path)
        }
        folders.append(
            url.deletingLastPathComponent().appendingPathComponent("share/flowers-tui/themes").path)
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
        batch = "#5f7f9f"
        mark = "#af87ff"
        selection = "#ffffff"
        """
}
