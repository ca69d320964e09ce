import Plots
import Recipes
import Testing

@testable import Dashboard

/// Memory and drawing stay bounded for runs of very many batches.
@Suite struct LongRunTests {
    @Test func fullTableJoinsItsRows() {
        var table = RowTable(axes: 1, columns: 2, limit: 8)
        for number in 1...100 {
            _ = table.append([Double(number)], [Double(number), number.isMultiple(of: 2) ? .nan : 1])
        }
        #expect(table.joined == 16 && table.places[0] == [16, 32, 48, 64, 80, 96])
        #expect(table.columns[0].values == [8.5, 24.5, 40.5, 56.5, 72.5, 88.5])
        #expect(table.columns[1].values == Array(repeating: 1, count: 6))
        var empty = RowTable(axes: 1, columns: 1, limit: 4)
        for number in 1...8 { _ = empty.append([Double(number)], [.nan]) }
        #expect(empty.columns[0].values.allSatisfy { $0.isNaN })
        // A short table keeps each row as it is.
        var few = RowTable(axes: 1, columns: 1, limit: 8)
        for value in [1, .infinity, .nan, 2] { _ = few.append([0], [value]) }
        #expect(few.columns[0].values[1] == .infinity && few.columns[0].values[2].isNaN)
    }

    /// When old lines go, a filtered list loses only those of them that it showed.
    @Test func trimmingTheLogKeepsTheChosenLineOfAFilteredList() throws {
        func entry(_ text: String) -> LogState.Entry {
            LogState.Entry(clock: "12:00", text: text, isWarning: false, position: nil)
        }
        var log = LogState()
        for number in 0..<LogState.limit {
            log.append(entry(number % 10 == 0 ? "tulip \(number)" : "rose \(number)"), filter: "tulip")
        }
        log.cursor = 100
        func chosen() throws -> String { log.entries[log.shown("tulip")[try #require(log.cursor)]].text }
        #expect(try chosen() == "tulip 1000")
        for number in 0..<25 { log.append(entry("rose again \(number)"), filter: "tulip") }
        #expect(log.entries.count == LogState.limit && log.cursor == 97)
        #expect(try chosen() == "tulip 1000")
    }

    @Test func historyOfAMillionBatchesIsBounded() {
        var history = RunHistory(smoothing: 0.9)
        for number in 0..<1_000_000 {
            history.append(
                .init(
                    epoch: number / 100, step: number % 100 + 1, steps: 100, loss: 1, accuracy: 0.5,
                    batchLoss: Double(number % 2),
                    learningRate: 1e-3, imagesPerSecond: 32))
        }
        #expect(history.count <= RowTable.standardLimit && history.count >= RowTable.standardLimit / 2)
        #expect(history.steps.last! > 999_900 && history.positions.last! > 9_999)
        #expect(abs(history.seconds.last! - history.steps.last!) < 1e-3)
        #expect(history.loss.values.allSatisfy { $0 == 0.5 } && abs(history.rate.values.last! - 1e-3) < 1e-12)
        #expect(
            history.smoothLoss.count == history.count && abs(history.smoothLoss.values.last! - 0.5) < 1e-6)
    }
}
