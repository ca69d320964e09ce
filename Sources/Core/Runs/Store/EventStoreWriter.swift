import Foundation
package import Recipes

/// Copies a run's events into the store on its own thread, several per transaction, so that the
/// trainer waits neither for the disk nor for another process' writes.
package final class EventStoreWriter: @unchecked Sendable {
    // Unchecked: `lock` guards the mutable state; the rest is immutable.
    private let store: RunStore
    private let run: String
    private let queue = DispatchQueue(label: "event store", qos: .utility)
    private let lock = NSLock()
    private var pending: [RunStore.StoredEvent] = []
    private var next: Int
    private var isScheduled = false
    private var problem: (any Error)?

    /// Most events that wait; further ones are missing from the store, but not from the log.
    private static let capacity = 65_536
    private static let delay = DispatchTimeInterval.milliseconds(250)

    /// - Parameter next: number of the first event to come.
    package init(_ store: RunStore, run: String, next: Int) {
        (self.store, self.run, self.next) = (store, run, next)
    }

    /// Queues an event. Never waits.
    ///
    /// - Throws: the error that kept earlier events out of the store, once.
    package func append(_ event: TrainerEvent) throws {
        let failure: (any Error)? = lock.withLock {
            if pending.count < Self.capacity {
                pending.append(.init(number: next, time: Date().timeIntervalSince1970, event: event))
            }
            next += 1
            if !isScheduled {
                isScheduled = true
                queue.asyncAfter(deadline: .now() + Self.delay) { [self] in write() }
            }
            defer { problem = nil }
            return problem
        }
        if let failure { throw failure }
    }

    /// Waits until all queued events are in the store.
    ///
    /// - Throws: the error that keeps them out.
    package func flush() throws {
        queue.sync { write() }
        let failure: (any Error)? = lock.withLock {
            defer { problem = nil }
            return problem
        }
        if let failure { throw failure }
    }

    private func write() {
        let events = lock.withLock {
            defer { pending.removeAll(keepingCapacity: true) }
            isScheduled = false
            return pending
        }
        if events.isEmpty { return }
        do { try store.append(events, to: run) } catch { lock.withLock { problem = error } }
    }
}
