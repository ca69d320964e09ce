import Foundation
import Synchronization

/// A counter that returns 0, 1, 2, … and that any thread may increment.
package final class AtomicCounter: Sendable {
    private let value = Atomic<Int>(0)

    package init() {}

    package func increment() -> Int { value.add(1, ordering: .relaxed).oldValue }
}

/// A flag that any thread may set and read.
package final class AtomicFlag: Sendable {
    private let lock = NSLock()
    nonisolated(unsafe) private var raised = false  // guarded by `lock`

    package init() {}

    package var isSet: Bool { lock.withLock { raised } }
    package func set() { lock.withLock { raised = true } }
}
