import Basics
import Canvas
import Foundation
import TOMLKit
import TestSupport
import Testing

@testable import Themes

@Suite struct ThemeTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("themes").path

    @Test func everyShippedThemeLoads() throws {
        let library = try ThemeLibrary(folders: [Self.folder])
        #expect(library.problems == [])
        #expect(
            library.themes.map(\.name) == [
                "dark", "contrast", "deuteranopia", "light", "midnight", "monochrome", "sepia", "terminal",
                "ascii",
            ])
    }

    @Test func anUnknownThemeListsTheKnown() throws {
        let library = try ThemeLibrary(folders: [Self.folder])
        #expect(
            throws: ThemeFailure.noTheme(
                "nope",
                known: [
                    "dark", "contrast", "deuteranopia", "light", "midnight", "monochrome", "sepia",
                    "terminal", "ascii",
                ])
        ) {
            try library.theme(named: "nope")
        }
    }

    /// A complete theme, with one role per line from line 4 on, in the order of the roles.
    private func whole(_ change: (Theme.Role) -> String? = { "\($0.rawValue) = 1" }) -> String {
        "# mine\nname = \"mine\"\n[colors]\n" + Theme.Role.allCases.compactMap(change).joined(separator: "\n")
            + "\n"
    }

    @Test(arguments: [
        ("name = ", "mine.toml:1: this is not valid TOML"),
        ("name = \"x\"\n\n[colors\n", "mine.toml:3: this is not valid TOML"),
        ("a = 1", "mine.toml:1: there is no setting a"),
        ("\n[colors]\n", "mine.toml:1: the theme has no name"),
        ("name = 3\n[colors]", "mine.toml:1: the name is not a text"),
        ("name = \"x\"\n", "mine.toml:1: the theme has no table [colors]"),
        ("name = \"x\"\n\ncolors = 3\n", "mine.toml:3: colors is not a table"),
        ("name = \"x\"\nsymbols = \"emoji\"\n[colors]", "mine.toml:2: symbols is neither"),
        (
            "name = \"x\"\n[colors]\nfoo = 1",
            "mine.toml:3: there is no colour foo; there are background, text"
        ),
        (
            "name = \"x\"\n# two\n [colors]\ntext = 1",
            "mine.toml:3: the table [colors] lacks the colour background"
        ),
        ("name = \"x\"\ncolors.text = \"red\"", "mine.toml:2: the colour text is neither"),
    ]) func aBrokenThemeIsExplainedWithItsLine(toml: String, part: String) {
        let error = #expect(throws: ThemeFailure.self) { try Theme(toml: toml, file: "mine.toml") }
        #expect(error?.message.hasPrefix(part) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        "\"#12345\"", "\"#1234567\"", "\"#+12345\"", "\"blue\"", "256", "-1", "1.5", "true", "[1]",
    ])
    func aColourThatIsNoneIsNamed(value: String) {
        let toml = whole { $0 == .good ? "good = \(value)" : "\($0.rawValue) = 1" }
        #expect(
            throws: ThemeFailure.fault("mine.toml", line: 10, .unusableColor("good"))
        ) {
            try Theme(toml: toml, file: "mine.toml")
        }
    }

    @Test func theShadeMayBeLeftOut() throws {
        let named = try Theme(toml: whole { "\($0.rawValue) = \($0 == .shade ? "17" : "1")" }, file: "")
        #expect(named.colors[.shade] == .palette(17))
        let palette = try Theme(toml: whole { $0 == .shade ? nil : "\($0.rawValue) = 3" }, file: "")
        #expect(palette.colors[.shade] == .palette(3))
        let absolute = try Theme(
            toml: whole {
                $0 == .shade ? nil : "\($0.rawValue) = \"\($0 == .border ? "#646464" : "#000000")\""
            }, file: "")
        #expect(absolute.colors[.shade] == .rgb(20, 20, 20))
    }

    /// A broken file prevents neither the dashboard nor other themes from loading.
    @Test func brokenFilesAreProblems() throws {
        let folder = try TemporaryFolder()
        func save(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder(name)))
        }
        try save("good.toml", whole())
        try save("broken.toml", "name = \"theirs\"\n[colors]\ntext = \"red\"\n")
        var library = try ThemeLibrary(folders: [folder.path])
        #expect(library.themes.map(\.name) == ["dark", "mine"])
        let failure = ThemeFailure.fault(
            "\((folder.path as NSString).lastPathComponent)/broken.toml", line: 3, .unusableColor("text"))
        #expect(library.problems == [failure])
        // By the theme's name and by the file's.
        #expect(throws: failure) { try library.theme(named: "theirs") }
        #expect(throws: failure) { try library.theme(named: "broken") }
        let unchanged = library.reloadIfChanged()
        #expect(!unchanged)
        // A theme that is being edited stays as it was until it is valid again.
        try save("good.toml", "name = \"mine\"\n")
        _ = library.reloadIfChanged()
        #expect(library.problems.count == 2)
        #expect(try library.theme(named: "mine").colors[.text] == .palette(1))
        try save("good.toml", whole { "\($0.rawValue) = 2" })
        _ = library.reloadIfChanged()
        #expect(library.problems == [failure])
        #expect(try library.theme(named: "mine").colors[.text] == .palette(2))
        try FileManager.default.removeItem(atPath: folder("good.toml"))
        _ = library.reloadIfChanged()
        #expect(library.themes.map(\.name) == ["dark"])
    }

    /// A file with very many wrong entries is refused, an oversized one is reported, and a pipe is
    /// ignored.
    @Test func largeFilesAreProblems() throws {
        let folder = try TemporaryFolder()
        let many = "name = \"many\"\n[colors]\n" + (0..<5_000).map { "a\($0) = 1\n" }.joined()
        #expect(throws: ThemeFailure.self) { try Theme(toml: many, file: "many.toml") }
        let large = "name = \"large\" # " + String(repeating: "x", count: ThemeLibrary.longestFile)
        try Data(large.utf8).write(to: URL(fileURLWithPath: folder("large.toml")))
        #expect(mkfifo(folder("pipe.toml"), 0o600) == 0)
        let library = try ThemeLibrary(folders: [folder.path])
        #expect(library.themes.map(\.name) == ["dark"])
        let name = (folder.path as NSString).lastPathComponent
        #expect(library.problems == [.tooLarge("\(name)/large.toml", mostKiB: 64)])
    }

    /// toml++ would end the process on each of these inputs.
    @Test(arguments: [
        ("[\n", 1, "no name"), ("[[\n", 1, "no name"), ("a = 1\n[ \u{e9}]", 2, "no name"),
        ("[=]", 1, "no name"), ("\u{feff}[\t.a]", 1, "no name"),
        ("a = [\n1]\n[\n", 3, "no name"), ("a = \"\"\"\n[x\"\"\"\n[#]", 3, "no name"),
        ("a = '\\'\n[\\]", 2, "no name"),
        ("a = 1979-05-27Tx07:31:de", 1, "a value"), ("a = [\n1979-05-27 x:]", 2, "a value"),
        ("a = 1979-05-27t-:\n", 1, "a value"),
        ("learning_rate = [}]'''", 1, "a value"),
    ]) func whatEndsTheParserIsExplained(toml: String, line: Int, part: String) {
        let sentence = userError { try Theme(toml: toml, file: "t.toml") } ?? ""
        #expect(
            sentence.hasPrefix("t.toml:\(line): this is not valid TOML: ") && sentence.contains(part),
            "\(sentence)")
    }

    @Test(arguments: [
        ("a", "="), ("a = ", "a value"), ("a = 1 b = 2", "nothing more"), ("a = tru", "a value"),
        ("a = 01", "a value"), ("a = 1.", "a value"),
        ("a = .5", "a value"), ("a = 1__0", "a value"), ("a = _1", "a value"), ("a = 1e", "a value"),
        ("a = inf", "a value"),
        ("a = 0x1f", "a value"), ("a = 07:32:00", "a value"), ("a = [1 2]", "a list"), ("a = [,]", "a value"),
        ("a = {b = 1", "a table"),
        ("a = {,}", "a name"), ("= 1", "a name"), ("a. = 1", "a name"), ("[a", "]"), ("[[a]", "]"),
        ("a = \"b", "no end"),
        ("a = \"b\nc\"", "no end"), ("a = '''b''", "no end"), ("\u{0}", "a name"),
        ("a = 1 \r b = 2", "nothing more"),
        ("a = " + String(repeating: "[", count: 50_000), "deep"),
    ]) func whatIsNoTOMLIsExplained(toml: String, part: String) {
        #expect(TOMLText.fault(in: toml)?.description.contains(part) == true)
    }

    @Test(arguments: [
        "", "# [", "[a]\nb = [\n[1], {c = 2}, # x\n]\r\n", "[[ a . 'b' . \"c\\\"\" ]] # x",
        "a = \"\"\"\n[\"\"\"\"\"", "a = '''\n[\n'''",
        "a.b-c_1 = [ ]", "a = -1_000.5e-3", "a = +0", "a=true\nb=false", "a = {}",
        "a = { b = 1, c.d = ['x'] }", "a = \"1979-05-27Tx\"",
        "1979-05-27 = 1",
    ]) func usualTOMLIsLeftToTheParser(toml: String) throws {
        #expect(TOMLText.fault(in: toml) == nil)
        _ = try TOMLTable(string: toml)
    }

    private func userError(_ body: () throws -> Theme) -> String? {
        do { _ = try body() } catch let error as any Failure { return error.message } catch {}
        return nil
    }

    @Test func deepTOMLIsNoTheme() {
        for deep in [
            "a = " + String(repeating: "[", count: 50_000), String(repeating: "a.", count: 20_000) + "a = 1",
            "[" + String(repeating: "a.", count: 20_000) + "a]",
        ] {
            #expect(throws: ThemeFailure.self) { try Theme(toml: deep, file: "deep.toml") }
        }
    }

    // MARK: Guarantees of the shipped themes

    @Test func oneThemeUsesOnlyTheTerminalsSixteenColours() throws {
        for name in ["terminal", "ascii", "monochrome"] {
            let colors = try ThemeLibrary(folders: [Self.folder]).theme(named: name).colors
            #expect(
                colors.values.allSatisfy {
                    if case .palette(let index) = $0 { index < 16 } else { $0 == .standard }
                }, "\(name)")
        }
    }

    /// WCAG 2's ratios: 4.5 for text, 3 for large text and for colours that a symbol accompanies, 7
    /// for the high-contrast theme.
    @Test func contrastsAreHighEnough() throws {
        var checked = 0
        for theme in try ThemeLibrary(folders: [Self.folder]).themes {
            guard let ground = theme.colors[.background].flatMap(ColorScience.linear) else { continue }
            checked += 1
            for role in Theme.Role.allCases where ![.background, .border, .batch, .shade].contains(role) {
                guard let color = theme.colors[role].flatMap(ColorScience.linear) else { continue }
                let least = theme.name == "contrast" ? 7 : role == .text ? 4.5 : 3
                #expect(ColorScience.contrast(color, ground) >= least, "\(theme.name): \(role.rawValue)")
                guard let shade = theme.colors[.shade].flatMap(ColorScience.linear) else { continue }
                #expect(
                    ColorScience.contrast(color, shade) >= min(least, 4.5) - 0.8,
                    "\(theme.name): \(role.rawValue) on the shade")
            }
        }
        #expect(checked == 5)
    }

    @Test func deuteranopesTellTheRolesApart() throws {
        let colors = try ThemeLibrary(folders: [Self.folder]).theme(named: "deuteranopia").colors
        let roles: [Theme.Role] = [.train, .validation, .good, .bad, .warning]
        for (index, first) in roles.enumerated() {
            for second in roles.dropFirst(index + 1) {
                let seen = [first, second].map {
                    ColorScience.lab(ColorScience.deuteranopia(ColorScience.linear(colors[$0]!)!))
                }
                #expect(
                    ColorScience.distance(seen[0], seen[1]) >= 15, "\(first.rawValue) and \(second.rawValue)")
            }
        }
    }

    /// Known values, so that the measures themselves can be trusted.
    @Test func theMeasuresAreRight() {
        let (white, black) = (ColorScience.linear(.rgb(255, 255, 255))!, ColorScience.linear(.rgb(0, 0, 0))!)
        #expect(abs(ColorScience.contrast(white, black) - 21) < 1e-9)
        #expect(abs(ColorScience.contrast(ColorScience.linear(.rgb(0x76, 0x76, 0x76))!, white) - 4.54) < 0.01)
        #expect(abs(ColorScience.lab(ColorScience.linear(.rgb(255, 0, 0))!).x - 53.24) < 0.1)
        // A red and a green of similar brightness are far apart, but not with deuteranopia.
        let (red, green) = (ColorScience.linear(.rgb(200, 80, 0))!, ColorScience.linear(.rgb(125, 125, 0))!)
        #expect(ColorScience.distance(ColorScience.lab(red), ColorScience.lab(green)) > 50)
        let seen = [red, green].map { ColorScience.lab(ColorScience.deuteranopia($0)) }
        #expect(ColorScience.distance(seen[0], seen[1]) < 15)
    }
}
