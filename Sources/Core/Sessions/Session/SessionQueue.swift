import Recipes
import Runs
import Training

/// Events waiting for a front end, in bounded memory. If nobody takes them for long, as when a
/// terminal is stopped, the queue drops all but the newest of each transient kind of event, then
/// every second batch.
struct SessionQueue {
    private var events: [SessionEvent] = []
    /// Number of events at which the queue is thinned out next.
    private var room = Self.limit

    static let limit = 8192

    mutating func append(_ event: SessionEvent) {
        events.append(event)
        if events.count > room { thin() }
    }

    /// Removes and returns all waiting events, oldest first.
    mutating func take() -> [SessionEvent] {
        defer {
            events.removeAll(keepingCapacity: events.count <= Self.limit)
            room = Self.limit
        }
        return events
    }

    private mutating func thin() {
        var seen = Set<Kind>()
        var kept: [SessionEvent] = []
        for event in events.reversed() {
            if let kind = Kind(event), !seen.insert(kind).inserted {
                // The end of an epoch stays, without its predictions.
                if case .epochEnded(let outcome) = event {
                    kept.append(.training(.epochEnded(outcome.metrics)))
                }
            } else {
                kept.append(event)
            }
        }
        var batches = 0
        events = kept.reversed().filter { event in
            guard case .training(.batchEnded) = event else { return true }
            batches += 1
            return batches.isMultiple(of: 2)
        }
        // Events that record the run's course all stay, however many they are.
        room = max(Self.limit, events.count * 2)
    }

    /// Kinds of events of which only the newest matters.
    private enum Kind {
        case preparation, predictions, layers, ranks, settings, sweep

        init?(_ event: SessionEvent) {
            switch event {
            case .preparing: self = .preparation
            case .predictions, .epochEnded: self = .predictions
            case .layers: self = .layers
            case .ranks: self = .ranks
            case .settings: self = .settings
            case .sweep: self = .sweep
            case .ready, .training, .statusChanged, .failed: return nil
            }
        }
    }
}
