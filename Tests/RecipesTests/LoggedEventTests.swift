import Foundation
import Testing

@testable import Recipes

@Suite struct LoggedEventTests {
    private static func started(_ time: Double?) -> LoggedEvent {
        LoggedEvent(
            .runStarted(
                .init(run: "1", data: "d", weights: "w", trainImages: 1, validationImages: 1, classes: [])),
            time: time)
    }

    private static func epoch(_ number: Int, _ time: Double?) -> LoggedEvent {
        LoggedEvent(
            .epochEnded(
                .init(
                    epoch: number, stage: .head, trainLoss: 1, trainAccuracy: 1, validationLoss: 1,
                    validationAccuracy: 1, trainSeconds: 20, validationSeconds: 4, imagesPerSecond: 1)),
            time: time)
    }

    @Test func aLineIsTheEventsWithItsTime() throws {
        let entry = Self.started(1_700_000_000.1234)
        let line = try entry.jsonLine()
        #expect(line.contains("\"time\":1700000000.123"))
        #expect(try TrainerEvent(jsonLine: line) == entry.event)
        #expect(try LoggedEvent(jsonLine: line).time == 1_700_000_000.123)
        // Lines of older versions, and times that cannot be.
        #expect(try LoggedEvent(jsonLine: entry.event.jsonLine()).time == nil)
        #expect(try LoggedEvent(jsonLine: LoggedEvent(entry.event, time: -5).jsonLine()).time == nil)
    }

    @Test func aCommandKeepsItsOwnTime() throws {
        let applied = TrainerEvent.commandApplied(
            .init(command: .save, epoch: 0, step: 1, learningRate: 1, time: 12))
        let line = try LoggedEvent(applied, time: 13).jsonLine()
        #expect(try LoggedEvent(jsonLine: line) == LoggedEvent(applied, time: 12))
    }

    @Test func theClockAddsUpTheProcesses() {
        let log = [
            Self.started(100), Self.epoch(0, 130), Self.started(1000), Self.epoch(1, 1050),
        ]
        #expect(log.trainedSeconds == 80)
        #expect([LoggedEvent]().trainedSeconds == 0)
        // An older part has no times; a clock that was set back counts for nothing.
        #expect(
            [Self.started(nil), Self.epoch(0, nil), Self.started(7), Self.epoch(1, 9)].trainedSeconds == 26)
        #expect([Self.started(7), Self.epoch(1, 3)].trainedSeconds == 0)
    }
}
