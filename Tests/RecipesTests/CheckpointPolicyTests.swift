import Foundation
import Testing

@testable import Recipes

@Suite struct CheckpointPolicyTests {
    private func place(_ epoch: Int, _ step: Int = 0) -> RunPlace { RunPlace(epoch: epoch, step: step) }

    @Test func intervalsAreBatchesOrSeconds() {
        let batches = CheckpointPolicy(every: .batches(3))
        #expect((1...7).filter { !batches.afterBatch($0, secondsSinceSave: 1e9).isEmpty } == [3, 6])
        let seconds = CheckpointPolicy(every: .seconds(60))
        #expect(seconds.afterBatch(3, secondsSinceSave: 59.9).isEmpty)
        #expect(seconds.afterBatch(4, secondsSinceSave: 60) == [.save(.interval)])
        #expect(CheckpointPolicy().afterBatch(1, secondsSinceSave: 1e9).isEmpty)
    }

    @Test func everyEpochIsSavedAndTheBestAsSuch() {
        #expect(CheckpointPolicy().afterEpoch(isBest: true) == [.save(.best)])
        #expect(CheckpointPolicy(keep: 0).afterEpoch(isBest: false) == [.save(.epoch)])
    }

    @Test func newestAreKept() {
        let policy = CheckpointPolicy(keep: 2)
        var kept: [RunPlace] = []
        for epoch in 1...5 {
            for action in policy.afterSaving(place(epoch), kept: kept) {
                switch action {
                case .save: Issue.record("nothing is saved twice")
                case .keep(let place): kept.append(place)
                case .remove(let place): kept.removeAll { $0 == place }
                }
            }
            #expect(kept == [epoch - 1, epoch].filter { $0 > 0 }.map { place($0) })
        }
        // The same place is saved a second time.
        #expect(policy.afterSaving(place(5), kept: kept) == [.keep(place(5))])
        // The limit is lowered, set to zero, and raised.
        #expect(
            CheckpointPolicy(keep: 1).afterSaving(place(6), kept: kept) == [
                .keep(place(6)), .remove(place(4)), .remove(place(5)),
            ])
        #expect(
            CheckpointPolicy(keep: 0).afterSaving(place(5), kept: kept) == [
                .remove(place(4)), .remove(place(5)),
            ])
        #expect(CheckpointPolicy(keep: 9).afterSaving(place(6), kept: kept) == [.keep(place(6))])
    }

    /// The best epoch by another measure stays until a better one comes; with none to keep, it goes too.
    @Test func theBestByAnotherMeasureIsKeptAsWell() {
        let kept = [place(1), place(4), place(5)]
        let policy = CheckpointPolicy(keep: 2)
        #expect(
            policy.afterSaving(place(6), kept: kept, others: [place(1)])
                == [.keep(place(6)), .remove(place(4))])
        #expect(
            policy.afterSaving(place(6), kept: kept, others: [place(6)])
                == [.keep(place(6)), .remove(place(1)), .remove(place(4))])
        #expect(
            CheckpointPolicy(keep: 0).afterSaving(place(6), kept: kept, others: [place(1)])
                == kept.map { .remove($0) })
    }

    /// After a run is taken back to an earlier place, checkpoints beyond that place are removed.
    @Test func anotherCourseIsForgotten() {
        #expect(
            CheckpointPolicy(keep: 3).afterSaving(place(2, 7), kept: [place(1), place(2, 9), place(3)])
                == [.keep(place(2, 7)), .remove(place(2, 9)), .remove(place(3))])
    }

    @Test(arguments: [
        ("200", SaveInterval.batches(200)), ("60s", .seconds(60)), ("5m", .seconds(300)), ("1", .batches(1)),
    ])
    func intervalsAreRead(text: String, expected: SaveInterval) throws {
        #expect(SaveInterval(text) == expected)
        #expect(SaveInterval(expected.description) == expected)
        let json = try JSONEncoder().encode([expected])
        #expect(try JSONDecoder().decode([SaveInterval].self, from: json) == [expected])
    }

    @Test(arguments: ["", "s", "0", "-1", "0s", "1.5", "20000000", "5h", "s5", "99999999999999999999"])
    func otherTextIsNoInterval(text: String) {
        #expect(SaveInterval(text) == nil)
        let json = try? JSONEncoder().encode([text])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([SaveInterval].self, from: json ?? Data())
        }
    }

    @Test func placesAreNamesInOrder() {
        #expect(place(5, 40).description == "0005-0040" && RunPlace("0005-0040") == place(5, 40))
        #expect(RunPlace("12345-0001") == place(12345, 1))
        for text in [
            "", "5-40", "0005", "0005-0040-1", "-005-0040", "00005-0040", "0005-004x", "9999999999-0000",
        ] {
            #expect(RunPlace(text) == nil, "\(text)")
        }
        #expect(place(1, 9) < place(2) && place(2, 1) < place(2, 2) && !(place(2) < place(2)))
    }
}
