import Phrases

/// The key table as a Markdown page of the documentation.
package enum KeyReference {
    package static var markdown: String {
        let strings = Strings(.english)
        var lines = [
            "# Keys", "",
            "Generated from the program's key table by `make generate`. In the dashboard `?` shows these keys, with search, and `:`",
            "does any of them by name, from any screen. The names are those of the table `[keys]` in the configuration file, which gives a",
            "binding other keys: `pause = \"p\"`, or several: `up = [\"up\", \"K\"]`.", "",
            "| keys | what they do | where | name |", "|---|---|---|---|",
        ]
        for binding in KeyTable.standard {
            // Bindings without a key are reached by name.
            let labels = binding.keys.isEmpty ? [":"] : binding.keys.map(\.label)
            let keys = labels.map { label in
                let label = label.replacing("|", with: "\\|")
                return "`\(label)`"
            }
            let places = binding.screens.map { screens in
                Screen.allCases.filter(screens.contains).map { strings[$0.title] }.joined(separator: ", ")
            }
            lines.append(
                "| \(keys.joined(separator: " ")) | \(binding.describe(strings)) | \(places ?? "everywhere") | `\(binding.name)` |"
            )
        }
        lines += [
            "", "# Mouse", "",
            "| where | what it does |", "|---|---|",
            "| a hint or a tab | what its key does |",
            "| a chart | click: crosshair; drag: zoom to the range; wheel: zoom; double click: open |",
            "| a photo | click: choose; click again: open |",
            "| a list | click: choose; click again: open; wheel: scroll |",
            "| a dialog | fields and buttons; a click outside closes it |",
            "",
            "Hold Shift to select text as usual. `--no-mouse` leaves the mouse to the terminal.",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
