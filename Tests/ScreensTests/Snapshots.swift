import Canvas
import Foundation
import Testing

/// Recorded text, in a file for each subject. To record a file anew, delete it and run its test.
struct Snapshots {
    let folder: URL

    /// The snapshots beside this file.
    static let recorded = Snapshots(
        folder: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Snapshots"))

    /// One frame of a snapshot: a heading, and the text below it.
    struct Frame {
        var title: String
        var text: String
    }

    /// Compares frames with a file. A missing file is recorded, and the test that recorded it fails.
    func compare(_ frames: [Frame], _ name: String, _ location: SourceLocation = #_sourceLocation) throws {
        let file = folder.appendingPathComponent("\(name).txt")
        let text = frames.map { "=== \($0.title) ===\n\($0.text)" }.joined(separator: "\n")
        guard let recorded = try? String(contentsOf: file, encoding: .utf8) else {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("recorded \(name).txt; look at it and run again", sourceLocation: location)
            return
        }
        guard text != recorded else { return }
        let lines = [text, recorded].map { $0.split(separator: "\n", omittingEmptySubsequences: false) }
        let number = zip(lines[0], lines[1]).prefix { $0 == $1 }.count
        Issue.record(
            """
            \(name).txt differs in line \(number + 1), here and in the file:
            \(lines.map { $0.indices.contains(number) ? String($0[number]) : "(the end)" }.joined(separator: "\n"))
            """, sourceLocation: location)
    }

    /// Expects the folder to hold no other files: those of a subject that is gone are to be deleted.
    func expectOnly(_ names: [String], _ location: SourceLocation = #_sourceLocation) {
        let known = Set(names.map { "\($0).txt" })
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        let stale = files.filter { $0.hasSuffix(".txt") && !known.contains($0) }.sorted()
        guard !stale.isEmpty else { return }
        Issue.record("without a subject: \(stale.joined(separator: ", "))", sourceLocation: location)
    }
}

extension CellBuffer {
    /// The styles of a buffer: a legend, then the runs of one style in each row with their lengths.
    var styleText: String {
        var names: [Style: String] = [:]
        var legend: [String] = []
        func name(_ style: Style) -> String {
            if let known = names[style] { return known }
            let name = "s\(names.count)"
            names[style] = name
            legend.append(
                "\(name) = \(style.foreground) on \(style.background), attributes \(style.attributes.rawValue)"
            )
            return name
        }
        let rows = (0..<size.rows).map { row -> String in
            var runs: [(name: String, count: Int)] = []
            for column in 0..<size.columns {
                let name = name(self[column, row].style)
                if runs.last?.name == name { runs[runs.count - 1].count += 1 } else { runs.append((name, 1)) }
            }
            return runs.map { "\($0.name)×\($0.count)" }.joined(separator: " ")
        }
        return (legend + [""] + rows).joined(separator: "\n") + "\n"
    }
}
