import Canvas
import Foundation
import Testing

/// Compares text with a file in `Snapshots`. A missing file is recorded, and the test that recorded
/// it fails.
enum Snapshot {
    static func compare(_ text: String, _ name: String, _ location: SourceLocation = #_sourceLocation) throws
    {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Snapshots")
        let file = folder.appendingPathComponent("\(name).txt")
        guard let recorded = try? String(contentsOf: file, encoding: .utf8) else {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("recorded \(name).txt; look at it and run again", sourceLocation: location)
            return
        }
        #expect(text == recorded, "\(name).txt", sourceLocation: location)
    }

    static let sizes = [
        Size(columns: 40, rows: 12), Size(columns: 80, rows: 24), Size(columns: 120, rows: 40),
        Size(columns: 200, rows: 60),
        Size(columns: 400, rows: 120),
    ]
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
