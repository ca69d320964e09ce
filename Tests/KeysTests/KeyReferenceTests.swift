import Foundation
import Testing

@testable import Keys

@Suite struct KeyReferenceTests {
    /// `docs/keybindings.md` is up to date; `make generate` rewrites it.
    @Test func thePageOfTheDocumentationIsTheTable() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/keybindings.md")
        #expect(try String(contentsOf: page, encoding: .utf8) == KeyReference.markdown)
    }

    /// The bindings that the page shows as examples can be copied.
    @Test func itsExamplesAreValid() throws {
        let text = KeyReference.markdown
        #expect(text.contains("`pause = \"p\"`") && text.contains("`up = [\"up\", \"K\"]`"))
        _ = try KeyMap(keys: ["pause": ["p"], "up": ["up", "K"]])
    }
}
