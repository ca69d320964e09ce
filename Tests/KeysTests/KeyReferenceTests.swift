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
}
