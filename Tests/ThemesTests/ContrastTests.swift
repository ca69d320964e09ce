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

    // MARK: Every colour that means something

    /// A theme's colour as linear RGB: its own, or that of xterm's palette. Nil for the terminal's.
    private func seen(_ color: Color?) -> SIMD3<Double>? {
        guard case .palette(let index) = color else { return color.flatMap(ColorScience.linear) }
        let (r, g, b) = Palette.color(index)
        return ColorScience.linear(.rgb(r, g, b))
    }

    /// The backgrounds on which a theme is drawn: its own, or some terminals'.
    private func grounds(_ theme: Theme) -> [Color] {
        theme.colors[.background] == .standard
            ? [black, .rgb(0x1e, 0x1e, 0x1e), .rgb(0x28, 0x2c, 0x34), .rgb(0x00, 0x2b, 0x36)]
            : [theme.colors[.background]!]
    }

    /// WCAG 2's ratios: 4.5 for text, 3 for large text and parts of a display, and 7 for the
    /// high-contrast theme. Behind what fine-tuning draws lies the shade.
    @Test func everyColourThatMeansSomethingIsSeen() throws {
        var checked: Set<String> = []
        for plain in library.themes {
            for ground in grounds(plain) {
                let theme = plain.on(ground)
                let shade = seen(theme.colors[.shade])
                let roles = Theme.Role.allCases.filter { ![.background, .border, .shade].contains($0) }
                let colors =
                    roles.map { ($0.rawValue, theme.colors[$0]) }
                    + (0..<8).map { ("run \($0)", theme.ghost($0)) }
                for (name, color) in colors {
                    guard let color, let own = seen(color) else { continue }
                    checked.insert(theme.name)
                    // Standard red and blue are dark in xterm's palette; most terminals brighten them.
                    let isDark = color == .palette(1) || color == .palette(4)
                    let isFigure = name == "batch" || name.hasPrefix("run")
                    let least =
                        isDark || color == .palette(8)
                        ? 1.4 : theme.name == "contrast" && !isFigure ? 7 : name == "text" ? 4.5 : 3
                    // On a terminal that is not black, only what the theme was made for.
                    let behind = ground == black || theme.colors[.background] != .standard
                    #expect(
                        ColorScience.contrast(own, seen(ground)!) >= (behind ? least : min(least, 2.1)),
                        "\(theme.name) on \(ground): \(name)")
                    guard behind, case .rgb = color, let shade else { continue }
                    #expect(ColorScience.contrast(own, shade) >= 3, "\(theme.name): \(name) on the shade")
                }
            }
        }
        #expect(checked.count == library.themes.count - 1, "all but the one without colours: \(checked)")
    }

    @Test func fineTuningIsVisiblyShaded() throws {
        var checked = 0
        for plain in library.themes {
            guard case .rgb = plain.colors[.border] else { continue }
            for ground in grounds(plain) {
                let shade = plain.on(ground).colors[.shade]!
                #expect(Theme.contrast(shade, ground) >= Theme.leastShade, "\(plain.name) on \(ground)")
                // Still with 256 colours.
                guard case .rgb(let r, let g, let b) = shade, case .rgb(let x, let y, let z) = ground else {
                    Issue.record("\(plain.name) has no shade")
                    continue
                }
                #expect(Palette.nearest(r, g, b) != Palette.nearest(x, y, z), "\(plain.name) on \(ground)")
                checked += 1
            }
        }
        #expect(checked == 9)
    }

    /// Right and wrong, the run's own curves, and those of other runs.
    @Test func coloursThatAreComparedDiffer() throws {
        for theme in library.themes {
            func expectDifferent(_ colors: [Color], _ least: Double) {
                for (index, first) in colors.enumerated() {
                    for second in colors.dropFirst(index + 1) {
                        guard let one = seen(first), let other = seen(second) else { continue }
                        #expect(
                            ColorScience.distance(ColorScience.lab(one), ColorScience.lab(other)) >= least,
                            "\(theme.name): \(first) and \(second)")
                    }
                }
            }
            let colors = theme.colors
            expectDifferent([colors[.good]!, colors[.bad]!], 40)
            expectDifferent([colors[.train]!, colors[.validation]!, colors[.batch]!], 20)
            // Of the palette's sixteen colours, some are near each other.
            let least = if case .palette = colors[.train] { 15.0 } else { 20.0 }
            expectDifferent((0..<8).map(theme.ghost) + [colors[.train]!, colors[.validation]!], least)
        }
    }

    /// In a heat map, 2 % differs from nothing and 18 % from 2 %, and the words in it can be read.
    @Test func heatMapsAreGraded() {
        for theme in library.themes {
            for role in [Theme.Role.good, .bad] {
                guard let least = theme.heat(role, 0.02), let some = theme.heat(role, 0.18),
                    let all = theme.heat(role, 1)
                else { continue }
                #expect(Theme.contrast(least, theme.ground) >= 1.2, "\(theme.name) \(role)")
                #expect(Theme.contrast(some, least) >= 1.15, "\(theme.name) \(role)")
                #expect(Theme.contrast(all, some) >= 1.3, "\(theme.name) \(role)")
                for share in stride(from: 0.0, through: 1, by: 0.05) {
                    let color = theme.heat(role, share)!
                    let ink = theme.ink(on: color)
                    let written = ink == .standard ? Color.rgb(204, 204, 204) : ink
                    #expect(Theme.contrast(written, color) >= 4.5, "\(theme.name) \(role) \(share)")
                }
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
