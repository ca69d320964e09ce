import Foundation

/// An event of a run's log with the time at which it was recorded: a line of the JSON stream with
/// the key `time` besides.
package struct LoggedEvent: Sendable, Equatable {
    package var event: TrainerEvent
    /// Seconds since 1970; nil in logs of older versions.
    package var time: Double?

    package init(_ event: TrainerEvent, time: Double? = nil) { (self.event, self.time) = (event, time) }

    package func jsonLine() throws -> String {
        String(decoding: try TrainerEvent.encoder().encode(self), as: UTF8.self)
    }

    /// - Throws: `DecodingError` if the line is not an event or contains impossible numbers.
    package init(jsonLine line: some StringProtocol) throws {
        event = try TrainerEvent(jsonLine: line)
        time = (try? JSONDecoder().decode(Time.self, from: Data(line.utf8)))?.time
            .flatMap { Plausibility.times.contains($0) ? $0 : nil }
    }

    private struct Time: Decodable { var time: Double? }
}

extension LoggedEvent: Encodable {
    private enum Key: String, CodingKey { case time }

    package func encode(to encoder: any Encoder) throws {
        try event.encode(to: encoder)
        // A command tells its time itself.
        if case .commandApplied(let applied) = event, applied.time != nil { return }
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(time.map { ($0 * 1000).rounded() / 1000 }, forKey: .time)
    }
}

extension Sequence<LoggedEvent> {
    /// Seconds for which the run has been trained, pauses included, in all the processes that have
    /// trained it. Where a log has no times, the sum of its epochs' durations.
    package var trainedSeconds: Double {
        var (total, start, last, measured) = (0.0, Double?.none, Double?.none, 0.0)
        func part() -> Double {
            guard let start, let last else { return measured }
            return Swift.max(0, last - start)
        }
        for entry in self {
            if case .runStarted = entry.event {
                total += part()
                (start, last, measured) = (entry.time, entry.time, 0)
            }
            if case .epochEnded(let epoch) = entry.event {
                measured += epoch.trainSeconds + epoch.validationSeconds
            }
            last = entry.time ?? last
        }
        return total + part()
    }
}
