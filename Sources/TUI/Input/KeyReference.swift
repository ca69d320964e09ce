/// The key table as a page of the documentation.
public enum KeyReference {
    public static var markdown: String {
        var lines = [
            "# Keys", "",
            "Made from the program's key table by `make generate`. In the dashboard `?` shows the same, with search, and `:`",
            "does any of it by name.", "", "| keys | what they do | where |", "|---|---|---|",
        ]
        for binding in KeyTable.bindings {
            let keys = binding.keys.map { key in
                let label = key.label.replacing("|", with: "\\|")
                return "`\(label)`"
            }
            let places = binding.screens.map { screens in
                Screen.allCases.filter(screens.contains).map(\.name).joined(separator: ", ")
            }
            lines.append("| \(keys.joined(separator: " ")) | \(binding.description) | \(places ?? "everywhere") |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
