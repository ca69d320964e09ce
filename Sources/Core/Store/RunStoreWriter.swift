import Foundation
import Recipes
package import Runs

extension RunStore: RunIndex {
    package func writer(_ folder: RunFolder) -> any RunIndexWriter { RunStoreWriter(self, folder) }
}

/// Writes a run to the store on a queue of its own, several events per transaction, so that the
/// trainer waits neither for the disk nor for another process' writes.
///
/// Events that the store does not take are kept and tried again with the next ones.
final class RunStoreWriter: RunIndexWriter, @unchecked Sendable {
    // Unchecked: `lock` guards the mutable state; the rest is immutable.
    private let store: RunStore
    private let folder: RunFolder
    private let queue = DispatchQueue(label: "event store", qos: .utility)
    private let lock = NSLock()
    private var pending: [RunStore.StoredEvent] = []
    private var next = 0
    private var isScheduled = false
    private var problem: (any Error)?

    /// Most batches that wait; further ones are missing from the store, but not from the log.
    private static let capacity = 65_536
    private static let delay = DispatchTimeInterval.milliseconds(250)

    init(_ store: RunStore, _ folder: RunFolder) { (self.store, self.folder) = (store, folder) }

    func begin(_ recipe: Recipe, data: String, weights: String, history: [LoggedEvent]) throws {
        try queue.sync {
            try store.begin(folder, recipe, data: data, weights: weights)
            try store.synchronize(folder.id, with: history)
        }
        lock.withLock { next = history.count }
    }

    func append(_ event: TrainerEvent) throws {
        let failure: (any Error)? = lock.withLock {
            var isBatch = false
            if case .batchEnded = event { isBatch = true }
            if !isBatch || pending.count < Self.capacity {
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

    func end(_ reason: RunEndReason) throws {
        let failure: (any Error)? = queue.sync {
            write()
            do { try store.end(folder.id, reason) } catch { lock.withLock { problem = problem ?? error } }
            return lock.withLock {
                defer { problem = nil }
                return problem
            }
        }
        if let failure { throw failure }
    }

    private func write() {
        let events = lock.withLock {
            defer { pending = [] }
            isScheduled = false
            return pending
        }
        if events.isEmpty { return }
        do {
            try store.append(events, to: folder.id)
        } catch {
            lock.withLock {
                problem = error
                pending = events + pending
            }
        }
    }
}
