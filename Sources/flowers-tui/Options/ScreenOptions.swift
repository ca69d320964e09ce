import ArgumentParser
import Basics
import Keys
import Phrases
import Terminal

/// Appearance and keys of the dashboard.
struct ScreenOptions: ParsableArguments {
    @Option(
        help: "Theme: dark, light, contrast, …, or one of your own; t in the dashboard switches between them."
    )
    var theme: String?
    @Option(help: "Language: en or zh-Hans (default: the locale's).")
    var lang: Language?
    @Option(
        name: .customLong("key"),
        help: ArgumentHelp(
            "Another key for a binding, such as pause=p; may be given more than once.", valueName: "name=key")
    )
    var keys: [String] = []
    @Option(help: "Colours: auto, truecolor, 256, 16 or none.")
    var colors: ColorChoice = .auto
    @Flag(
        inversion: .prefixedNo,
        help: "Clicks and the wheel for the dashboard; selecting text then needs Shift.")
    var mouse = true
    @Option(help: "Photos: auto (the best that the terminal says it has), cells, sixel or kitty.")
    var pictures: PictureChoice = .auto

    @Flag(inversion: .prefixedNo, help: "Ring the bell when the run ends, diverges or reaches a plateau.")
    var bell = true
    @Flag(
        inversion: .prefixedNo,
        help: "Send a desktop notification then, on terminals that are known to show one.")
    var notify = true
    @Flag(
        inversion: .prefixedNo,
        help: "Show the run's progress in the window's title, on terminals that can restore theirs.")
    var title = true

    @OptionGroup var ghosts: GhostOption

    /// Labels of the chosen keys, by the names of their bindings.
    private var chosenKeys: [String: [String]] {
        get throws {
            var result: [String: [String]] = [:]
            for text in keys {
                guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
                    throw ValidationError(
                        "--key takes a binding's name and its key, such as pause=p, not \(text).")
                }
                let label = String(text[text.index(after: sign)...])
                result[String(text[..<sign]), default: []] += label.isEmpty ? [] : [label]
            }
            return result
        }
    }

    func validate() throws {
        do { _ = try KeyMap(keys: chosenKeys) } catch let error as any Failure {
            throw ValidationError(error.message)
        }
    }

    /// - Throws: `UserError` for a key with two meanings; a `Failure` for a ghost that cannot be
    ///   read.
    func dashboard(home: String) throws -> DashboardOptions {
        var result = DashboardOptions(home: home)
        (result.theme, result.language, result.keys) = (theme, lang, try KeyMap(keys: chosenKeys))
        (result.colors, result.mouse, result.pictures) = (colors, mouse, pictures)
        (result.ghosts, result.ghostWarnings) = try ghosts.load(home: home)
        result.notices = NoticeChoice(bell: bell, notifications: notify, title: title)
        return result
    }
}

extension ColorChoice: ExpressibleByArgument {}
