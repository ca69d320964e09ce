import Foundation
import TestSupport
import Testing

/// Guards the comparison: it fails for each reason that it names.
@Suite struct SnapshotsTests {
    private let folder: TemporaryFolder
    private let snapshots: Snapshots

    init() throws {
        folder = try TemporaryFolder()
        snapshots = Snapshots(folder: URL(fileURLWithPath: folder.path))
    }

    private func expectIssue(_ words: String, _ body: () throws -> Void) throws {
        try withKnownIssue {
            try body()
        } matching: {
            $0.comments.contains { $0.rawValue.contains(words) }
        }
    }

    private func compare(_ text: String) throws {
        let frames = [Snapshots.Frame(title: "a", text: text), .init(title: "b", text: "x\n")]
        try snapshots.compare(frames, "themes/one")
    }

    private func file() throws -> String {
        try String(contentsOfFile: folder("themes/one.txt"), encoding: .utf8)
    }

    @Test func aRecordingFailsOnceThenItsTextIsExpected() throws {
        try expectIssue("recorded themes/one.txt") { try compare("1\n2\n") }
        let recorded = try file()
        #expect(recorded == "=== a ===\n1\n2\n\n=== b ===\nx\n")
        try compare("1\n2\n")
        try expectIssue("themes/one.txt differs in line 3,") { try compare("1\n3\n") }
        try expectIssue("themes/one.txt differs in line 3,") { try compare("1\n") }
        #expect(try file() == recorded)
    }

    @Test func aFileWithoutASubjectFails() throws {
        try expectIssue("recorded") { try compare("") }
        snapshots.expectOnly(["themes/one", "two"])
        try expectIssue("themes/one.txt") { snapshots.expectOnly(["one", "two"]) }
    }
}
