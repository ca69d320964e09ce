/// Colours of pages and graphics by role, in light and dark.
enum ReportStyle {
    static let css = """
        :root, svg { --ground: #ffffff; --panel: #f6f7f9; --ink: #1b2128; --faint: #5b6672; --line: #d9dee4; --first: #0a5fb4; \
        --second: #b4470a; --third: #14795a; --fourth: #7b3fb5; --fifth: #b3256b; --sixth: #6b6a00; --seventh: #00707a; \
        --eighth: #5c5148; --shade: #eef2f7; --heat: #0a5fb4; --on-heat: #ffffff; --bad: #a8200d; }
        @media (prefers-color-scheme: dark) { :root, svg { --ground: #12161b; --panel: #1a2027; --ink: #e4e9ee; --faint: #9aa6b2; \
        --line: #333c46; --first: #6cb2f7; --second: #f29d62; --third: #5fc9a3; --fourth: #c39af0; --fifth: #f48fb8; \
        --sixth: #c9c75a; --seventh: #4fc8d4; --eighth: #b9ab9d; --shade: #1d252e; --heat: #4d9be6; \
        --on-heat: #0b0e12; --bad: #ff8f7d; } }
        """
    /// Styles of graphics, inside a page or alone.
    static let graphics =
        base
        + VectorChart.Color.allCases.map { color in
            "\n.\(color.rawValue) { --own: var(--\(color.rawValue)); }"
        }.joined()

    private static let base = """
        svg { font-family: system-ui, sans-serif; font-size: 12px; }
        svg text { fill: var(--ink); } svg .faint { fill: var(--faint); } svg .title { font-weight: 600; font-size: 14px; }
        svg .axis { stroke: var(--line); } svg .mark { stroke: var(--faint); stroke-dasharray: 2 3; } svg .ink { stroke: var(--ink); }
        svg .shade { fill: var(--shade); } svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
        svg .curve { stroke: var(--own); } svg .dashed { stroke-dasharray: 7 4; } svg .dotted { stroke-dasharray: 2 3; }
        svg .halo { paint-order: stroke; stroke: var(--ground); stroke-width: 4px; stroke-linejoin: round; }
        svg .area { fill: var(--first); stroke: none; opacity: 0.22; } svg .cell { fill: var(--heat); }
        svg .on { fill: var(--on-heat); } svg .bar { fill: var(--first); opacity: 0.75; stroke: none; }
        svg .end { stroke-width: 0; fill: var(--own); } svg .ground { fill: var(--ground); }
        """

    /// Returns a graphic as a standalone SVG file, with styles and a background.
    static func alone(_ graphic: VectorGraphic) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(place(graphic.width)) \(place(graphic.height))" \
        width="\(place(graphic.width))" height="\(place(graphic.height))" role="img">
        <title>\(escaped(graphic.title))</title>
        <style>\(css)
        \(graphics)</style>
        <rect class="ground" width="100%" height="100%"/>
        \(graphic.body)
        </svg>

        """
    }

    /// Returns a graphic for use inside a page, as wide as its container allows.
    static func inline(_ graphic: VectorGraphic) -> String {
        """
        <svg viewBox="0 0 \(place(graphic.width)) \(place(graphic.height))" role="img"\
        \(graphic.hover.isEmpty ? "" : " data-hover=\"\(escaped(graphic.hover))\"") \
        style="max-width: \(place(graphic.width))px"><title>\(escaped(graphic.title))</title>
        \(graphic.body)
        </svg>
        """
    }
}

/// A vector graphic and its size in pixels.
struct VectorGraphic {
    var title: String
    var width: Double
    var height: Double
    /// SVG elements.
    var body: String
    /// The points of a chart as JSON, for `ReportScript`; empty for none.
    var hover = ""
}
