import Core
import Foundation
import Testing

@testable import TUI

@Suite struct ThemeTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("themes").path

    @Test func everyShippedThemeLoads() throws {
        let library = try ThemeLibrary(folders: [Self.folder])
        #expect(library.themes.map(\.name) == [
                "dark", "contrast", "deuteranopia", "light", "midnight", "monochrome", "sepia", "terminal", "ascii",
            ])
    }

    @Test func anUnknownThemeListsTheKnown() throws {
        let library = try ThemeLibrary(folders: [Self.folder])
        #expect(throws: UserError("There is no theme nope; there are dark, contrast, deuteranopia, light, midnight, monochrome, sepia, terminal, ascii.")) {
            try library.theme(named: "nope")
        }
    }

    @Test(arguments: [
        ("name = ", "not valid TOML"), ("a = 1", "no name"), ("name = \"x\"", "[colors]"),
        ("name = \"x\"\n[colors]\nfoo = 1", "unknown colour foo"), ("name = \"x\"\n[colors]\ntext = 1", "lacks"),
    ]) func aBrokenThemeIsExplained(toml: String, part: String) {
        let error = #expect(throws: UserError.self) { try Theme(toml: toml, file: "mine.toml") }
        #expect(error?.message.contains(part) == true)
        #expect(error?.message.contains("mine.toml") == true)
    }
}
