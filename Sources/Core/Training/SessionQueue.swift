/// Events that wait for a front end, in bounded memory: should nobody fetch them for long, as when a terminal is stopped,
/// what shows only the moment is dropped but for the newest, and then every second batch.
struct SessionQueue {
    private var events: [SessionEvent] = []
    /// Events that may wait before some are dropped.
    private var room = Self.limit

    static let limit = 8192

    mutating func append(_ event: SessionEvent) {
        events.append(event)
        if events.count > room { thin() }
    }

    /// All that wait, oldest first.
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
            if let kind = Kind(event), !seen.insert(kind).inserted { continue }
            kept.append(event)
        }
        var batches = 0
        events = kept.reversed().filter { event in
            guard case .training(.batchEnded) = event else { return true }
            batches += 1
            return batches.isMultiple(of: 2)
        }
        // What tells of the run's course stays, however much it is.
        room = max(Self.limit, events.count * 2)
    }

    /// What shows only the moment.
    private enum Kind {
        case preparation, predictions, layers, settings, sweep

        init?(_ event: SessionEvent) {
            switch event {
            case .preparing: self = .preparation
            case .predictions: self = .predictions
            case .layers: self = .layers
            case .settings: self = .settings
            case .sweep: self = .sweep
            case .ready, .training, .statusChanged, .failed: return nil
            }
        }
    }
}
