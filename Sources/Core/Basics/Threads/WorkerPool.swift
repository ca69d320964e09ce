import Foundation

/// A fixed number of threads that live as long as the pool; `run` gives them all the same task.
///
/// Each worker limits OpenMP, and so oneDNN, to one thread and blocks the signals that the main
/// thread handles. Only one thread at a time may use a pool.
package final class WorkerPool: @unchecked Sendable {
    // Unchecked: `condition` guards everything that changes.
    package let count: Int
    private let condition = NSCondition()
    private var task: ((Int) -> Void)?
    private var generation = 0
    private var running = 0
    private var closed = false

    /// Cores available to this process (`Machine.cores`).
    package static var coreCount: Int { Machine.cores }

    private let isBackground: Bool

    /// - Parameter isBackground: gives the threads the lowest priority.
    package init(count: Int, isBackground: Bool = false) {
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
    package func close() {
        condition.lock()
        closed = true
        condition.broadcast()
        condition.unlock()
    }

    /// Runs `body(worker)` on every worker and returns when all are done.
    package func run(_ body: @escaping (Int) -> Void) {
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
    package func forEach(_ items: Int, _ body: @escaping (_ item: Int, _ worker: Int) -> Void) {
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
        WorkerThread.useOneOpenMPThread()
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
