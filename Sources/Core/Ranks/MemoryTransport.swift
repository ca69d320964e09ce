import Foundation

/// Ranks that are threads of one process, for tests.
package final class MemoryTransport: Transport {
    package let rank: Int
    package let count: Int
    private let post: Post

    private init(rank: Int, count: Int, post: Post) {
        (self.rank, self.count, self.post) = (rank, count, post)
    }

    /// Returns the ends of a new job's ranks.
    package static func job(of count: Int) -> [MemoryTransport] {
        let post = Post()
        return (0..<count).map { MemoryTransport(rank: $0, count: count, post: post) }
    }

    /// Keeps all that this rank sends from now on but for a few messages, as if its process were stopped.
    package func stop(after messages: Int = 0) { post.stop(rank, after: messages) }

    /// Exchanges nothing more, as MPI does once it has lost a rank.
    package func lose() { post.lose(rank) }

    package var hasLost: Bool { post.hasLost(rank) }

    /// Whether a rank has ended all of them.
    package var isAborted: Bool { post.isAborted }

    package func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) -> any Transfer {
        post.add(Array(bytes), Place(from: self.rank, to: rank, tag: tag))
        return Sent()
    }

    package func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) -> any Transfer {
        let place = Place(from: rank, to: self.rank, tag: tag)
        return Awaited(bytes, place, post.turn(place), post)
    }

    package func brace() {}
    package func end() {}
    package func abort() { post.abort() }

    fileprivate struct Place: Hashable {
        var from: Int
        var to: Int
        var tag: Int
    }

    fileprivate final class Post: @unchecked Sendable {
        // Unchecked: `lock` guards every variable.
        private let lock = NSLock()
        /// Messages that were not received yet, by the place and their number there.
        private var messages: [Place: [Int: [UInt8]]] = [:]
        private var sent: [Place: Int] = [:]
        private var awaited: [Place: Int] = [:]
        /// Messages that stopped ranks still send.
        private var left: [Int: Int] = [:]
        private var losers: Set<Int> = []
        private var aborted = false

        func add(_ message: [UInt8], _ place: Place) {
            lock.withLock {
                if left[place.from] == 0 || losers.contains(place.from) { return }
                left[place.from]? -= 1
                messages[place, default: [:]][sent[place, default: 0]] = message
                sent[place, default: 0] += 1
            }
        }

        /// The number of the next message that is asked for.
        func turn(_ place: Place) -> Int {
            lock.withLock {
                awaited[place, default: 0] += 1
                return awaited[place]! - 1
            }
        }

        func take(_ place: Place, _ number: Int) -> [UInt8]? {
            lock.withLock {
                losers.contains(place.to) ? nil : messages[place]?.removeValue(forKey: number)
            }
        }

        func lose(_ rank: Int) { lock.withLock { _ = losers.insert(rank) } }
        func hasLost(_ rank: Int) -> Bool { lock.withLock { losers.contains(rank) } }
        func stop(_ rank: Int, after messages: Int) { lock.withLock { left[rank] = messages } }
        func abort() { lock.withLock { aborted = true } }
        var isAborted: Bool { lock.withLock { aborted } }
    }

    private final class Sent: Transfer {
        func isDone() -> Bool { true }
        func cancel() {}
    }

    private final class Awaited: Transfer, @unchecked Sendable {
        // Unchecked: `lock` guards what changes.
        private let lock = NSLock()
        private var target: UnsafeMutableRawBufferPointer?
        private var isReceived = false
        private let (place, number): (Place, Int)
        private let post: Post

        init(_ target: UnsafeMutableRawBufferPointer, _ place: Place, _ number: Int, _ post: Post) {
            (self.target, self.place, self.number, self.post) = (target, place, number, post)
        }

        func isDone() -> Bool {
            lock.withLock {
                if isReceived { return true }
                guard let target, let message = post.take(place, number) else { return false }
                precondition(message.count == target.count, "a message of another length")
                target.copyBytes(from: message)
                isReceived = true
                return true
            }
        }

        func cancel() { lock.withLock { target = nil } }
    }
}
