import Canvas
import Foundation
import Plots
import Testing

/// What the library FlowersPlots offers, used as its example does, without `@testable`.
@Suite struct LibraryTests {
    @Test func aChartIsDrawnInAFewLines() {
        var screen = CellBuffer(size: Size(columns: 40, rows: 10))
        let loss = LineChart.Series("loss", x: [0, 1, 2, 3], y: [1.2, 0.7, 0.5, 0.4])
        LineChart([loss], x: 0...3).draw(into: &screen, in: Rect(column: 0, row: 0, columns: 40, rows: 10))
        let text = screen.ansi(colors: .none)
        #expect(text.contains("0.4") && text.unicodeScalars.contains { (0x2801...0x28ff).contains($0.value) })
    }

    /// The set stays small: at most 60 public declarations.
    @Test func fewDeclarationsArePublic() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/Plots").standardizedFileURL
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var count = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                if line.firstMatch(of: /^\s*(@\w+ )*public (?!import)/) != nil { count += 1 }
            }
        }
        #expect((30...60).contains(count), "\(count)")
    }
}
