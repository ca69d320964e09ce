import Foundation

/// Escapes text for elements and quoted attributes of HTML and SVG. Characters that markup cannot
/// contain are shown by their codes.
func escaped(_ text: some StringProtocol) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        case "\n", "\t": result += " "
        case _
        where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            || scalar.value >= 0xfffe && scalar.value <= 0xffff:
            result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        // Marks that change the text direction could make one name look like another.
        case _ where (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value):
            result += "\\u" + String(scalar.value, radix: 16)
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// Shortens a text to about `count` characters, counting wide ones twice.
func shortened(_ text: String, to count: Int) -> String {
    var (result, width) = ("", 0)
    for character in text {
        width += character.unicodeScalars.first!.value >= 0x1100 ? 2 : 1
        if width > count { return result + "…" }
        result.append(character)
    }
    return result
}

/// Formats a coordinate with at most one decimal, clamped to what a graphic can hold.
func place(_ value: Double) -> String {
    let tenths = value.isNaN ? 0 : (min(max(value, -1e6), 1e6) * 10).rounded() / 10
    return tenths == tenths.rounded() ? "\(Int(tenths))" : String(format: "%.1f", tenths)
}

func percent(_ share: Double?) -> String { share.map { String(format: "%.1f %%", $0 * 100) } ?? "–" }

/// Returns an SVG element. Numbers are formatted as coordinates, texts are escaped, empty
/// attributes are left out.
///
/// - Parameter content: markup.
func element(_ name: String, _ attributes: KeyValuePairs<String, Any>, _ content: String = "") -> String {
    var result = "<\(name)"
    for (key, value) in attributes {
        let text = (value as? Double).map(place) ?? "\(value)"
        if !text.isEmpty { result += " \(key)=\"\(escaped(text))\"" }
    }
    return result + (content.isEmpty ? "/>\n" : ">\(content)</\(name)>\n")
}

/// Returns an SVG text.
///
/// - Parameters:
///   - style: CSS classes.
///   - anchor: the part of the text that lies at `x`: `start`, `middle` or `end`.
///   - tip: the tooltip.
func label(
    _ text: String, _ x: Double, _ y: Double, style: String = "", anchor: String = "", size: String = "",
    tip: String = ""
) -> String {
    element(
        "text", ["class": style, "text-anchor": anchor, "font-size": size, "x": x, "y": y],
        tooltip(tip) + escaped(text))
}

/// Returns a tooltip; nothing for an empty text.
func tooltip(_ text: String) -> String { text.isEmpty ? "" : "<title>\(escaped(text))</title>" }
