import Canvas
import Testing

@testable import Themes

/// Every theme can be read on the background that it is for.
@Suite struct ContrastTests {
    private let library: ThemeLibrary
    private let black = Color.rgb(0, 0, 0)
    private let white = Color.rgb(255, 255, 255)

    init() throws { library = try ThemeLibrary(folders: [ThemeTests.folder]) }

    /// A theme without a background of its own is for a dark one.
    @Test func everyThemeIsReadableOnItsBackground() {
        for theme in library.themes {
            #expect(theme.contrast(on: black) >= Theme.leastContrast, "\(theme.name)")
            guard case .rgb = theme.colors[.background] ?? .standard else { continue }
            #expect(theme.contrast(on: white) >= Theme.leastContrast, "\(theme.name)")
        }
    }

    /// Palette colours, at xterm's values, on black.
    @Test func paletteColoursAreReadableToo() {
        for theme in library.themes {
            let background = theme.colors[.background] == .standard ? black : theme.colors[.background]!
            for role in Theme.written {
                guard case .palette(let index) = theme.colors[role] ?? .standard else { continue }
                let (r, g, b) = Palette.color(index)
                let contrast = Theme.contrast(.rgb(r, g, b), background)
                // Standard red and blue are dark in xterm's palette; most terminals brighten them.
                #expect(
                    contrast >= (index == 1 || index == 4 ? 2 : Theme.leastContrast), "\(theme.name) \(role)")
            }
        }
    }

    @Test func aLightTerminalGetsALightTheme() throws {
        let dark = try library.theme(named: "dark")
        #expect(library.readable(dark, on: white).name == "light")
        #expect(library.readable(dark, on: .rgb(253, 246, 227)).name == "light")
        #expect(
            library.readable(dark, on: black).name == "dark" && library.readable(dark, on: nil).name == "dark"
        )
        // One with its own background, or with the terminal's colours, stays.
        for name in ["contrast", "midnight", "sepia", "terminal", "monochrome", "light"] {
            let theme = try library.theme(named: name)
            #expect(library.readable(theme, on: white).name == name)
        }
    }

    @Test func contrastIsWCAGs() {
        #expect(abs(Theme.contrast(black, white) - 21) < 1e-9)
        #expect(abs(Theme.contrast(.rgb(119, 119, 119), white) - 4.478) < 1e-3)
        #expect(Theme.isLight(white) && !Theme.isLight(black) && !Theme.isLight(.rgb(90, 90, 90)))
        #expect(Theme.contrast(.palette(3), white) == 21)
    }
}
