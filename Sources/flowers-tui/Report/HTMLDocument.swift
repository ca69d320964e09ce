import Phrases

/// A self-contained page of HTML: no other file, no network, one script for the values under the
/// pointer.
struct HTMLDocument {
    var title: String
    var subtitle: String
    var language: Language
    /// Markup, section by section.
    var body: [String]

    private static let css = """
        * { box-sizing: border-box; } body { margin: 0 auto; max-width: 1080px; padding: 24px 20px 60px; background: var(--ground); \
        color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; } h2 { font-size: 18px; margin: 36px 0 12px; }
        p { margin: 0 0 12px; max-width: 72ch; } .faint { color: var(--faint); } .bad { color: var(--bad); }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0; }
        .figures div, .card { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; }
        .figures b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 28px 24px; align-items: start; }
        svg { width: 100%; height: auto; display: block; } .wide { overflow-x: auto; }
        .spark { width: 96px; height: 22px; } .spark .curve { stroke-width: 1.6; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        td { overflow-wrap: anywhere; } td:first-child { overflow-wrap: break-word; min-width: 6em; } th { font-weight: 600; } .number { text-align: right; white-space: nowrap; }
        .photos { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 16px; }
        .card figure { margin: 0 0 8px; display: flex; gap: 4px; } .card img { width: 50%; aspect-ratio: 1; object-fit: contain; \
        background: var(--ground); } .card .name { overflow-wrap: anywhere; font-size: 13px; }
        .tip { position: fixed; z-index: 1; visibility: hidden; pointer-events: none; max-width: min(340px, 90vw); padding: 6px 10px; \
        background: var(--ink); color: var(--ground); border-radius: 4px; font-size: 13px; line-height: 1.4; \
        font-variant-numeric: tabular-nums; overflow-wrap: anywhere; } .tip.shown { visibility: visible; }
        .tip i { display: inline-block; width: 10px; height: 10px; margin-right: 6px; border-radius: 5px; background: var(--own); }
        .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 0 40px; }
        """

    func html() -> String {
        """
        <!DOCTYPE html>
        <html xmlns="http://www.w3.org/1999/xhtml" lang="\(language.rawValue)">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <title>\(escaped(title))</title>
        <style>
        \(ReportStyle.css)
        \(ReportStyle.graphics)
        \(Self.css)
        </style>
        </head>
        <body>
        <h1>\(escaped(title))</h1>
        <p class="faint">\(escaped(subtitle))</p>
        \(body.joined(separator: "\n"))
        \(ReportScript.element)
        </body>
        </html>

        """
    }
}
