import Foundation
import Synchronization

/// A fixed number of threads that live as long as the pool; `run` gives them all the same task.
///
/// Each worker limits OpenMP, and so oneDNN, to one thread and blocks the signals that the main
/// thread handles. Only one thread at a time may use a pool.
final class WorkerPool: @unchecked Sendable {
    // Unchecked: `condition` guards everything that changes.
    let count: Int
    private let condition = NSCondition()
    private var task: ((Int) -> Void)?
    private var generation = 0
    private var running = 0
    private var closed = false

    /// Cores available to this process.
    static var coreCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

    private let isBackground: Bool

    /// - Parameter isBackground: gives the threads the lowest priority.
    init(count: Int, isBackground: Bool = false) {
        self.count = max(1, count)
        self.isBackground = isBackground
        for index in 0..<self.count {
            let thread = Thread { [self] in work(index) }
            thread.name = "worker \(index)"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    /// Ends the threads. The pool cannot be used afterwards.
    func close() {
        condition.lock()
        closed = true
        condition.broadcast()
        condition.unlock()
    }

    /// Runs `body(worker)` on every worker and returns when all are done.
    func run(_ body: @escaping (Int) -> Void) {
        condition.lock()
        task = body
        running = count
        generation += 1
        condition.broadcast()
        while running > 0 { condition.wait() }
        task = nil
        condition.unlock()
    }

    /// Runs `body(item, worker)` for all items, each on whichever worker is free.
    func forEach(_ items: Int, _ body: @escaping (_ item: Int, _ worker: Int) -> Void) {
        let next = AtomicCounter()
        run { worker in
            while true {
                let item = next.increment()
                if item >= items { return }
                body(item, worker)
            }
        }
    }

    private func work(_ index: Int) {
        OneDNN.useOneThread()
        if isBackground { WorkerThread.letOthersGoFirst() }
        WorkerThread.leaveSignals()
        var seen = 0
        while true {
            condition.lock()
            while generation == seen && !closed { condition.wait() }
            if closed {
                condition.unlock()
                return
            }
            seen = generation
            let task = task
            condition.unlock()
            task?(index)
            condition.lock()
            running -= 1
            if running == 0 { condition.broadcast() }
            condition.unlock()
        }
    }
}

/// A counter that returns 0, 1, 2, … and that any thread may increment.
final class AtomicCounter: Sendable {
    private let value = Atomic<Int>(0)
    func increment() -> Int { value.add(1, ordering: .relaxed).oldValue }
}

/// A flag that any thread may set and read.
final class AtomicFlag: Sendable {
    private let lock = NSLock()
    nonisolated(unsafe) private var raised = false  // guarded by `lock`
    var isSet: Bool { lock.withLock { raised } }
    func set() { lock.withLock { raised = true } }
}
