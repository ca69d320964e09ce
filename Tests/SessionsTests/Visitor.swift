import Foundation

@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// A front end attached to a run, with all events that it received.
final class Visitor: @unchecked Sendable {
    // Unchecked: used only on the test's thread once it exists.
    struct Timeout: Error {}

    let session: RemoteSession
    private(set) var events: [SessionEvent] = []

    init(_ folder: RunFolder) throws {
        session = try RemoteSession(folder)
        session.start()
    }

    /// Waits until the first run of a home folder is trained by a process that can be attached to.
    static func firstRun(_ home: String) throws -> RunFolder {
        try poll {
            (try? RunFolder.find(home: home, id: "1")).flatMap { LiveRuns.isAttachable($0) ? $0 : nil }
        }
    }

    private static func poll<Value>(_ look: () -> Value?) throws -> Value {
        let deadline = Date(timeIntervalSinceNow: 60)
        while Date() < deadline {
            if let value = look() { return value }
            usleep(2000)
        }
        throw Timeout()
    }

    func wait(until satisfied: (Visitor) -> Bool) throws {
        try Self.poll {
            events += session.drainEvents()
            return satisfied(self) ? () : nil
        }
    }

    func waitForEnd() throws {
        try wait { $0.session.result != nil }
        events += session.drainEvents()
    }

    /// The run's recorded events as this front end knows them: the history from its last
    /// attachment, and the events received since.
    var whole: [TrainerEvent] {
        guard let start = events.lastIndex(where: { if case .ready = $0 { true } else { false } }),
            case .ready(let context) = events[start]
        else { return [] }
        return context.history.map(\.event)
            + events[start...].compactMap(\.recorded)
    }

    var context: SessionContext? {
        events.reversed().lazy.compactMap { if case .ready(let context) = $0 { context } else { nil } }.first
    }
    var statuses: [TrainerStatus] {
        events.compactMap { if case .statusChanged(let status) = $0 { status } else { nil } }
    }
    var settings: RecipeState? {
        events.reversed().lazy.compactMap { if case .settings(let settings) = $0 { settings } else { nil } }
            .first
    }
    var lastPredictions: PredictionSet? {
        events.reversed().lazy.compactMap {
            switch $0 {
            case .predictions(let set): set
            case .epochEnded(let outcome): outcome.predictions
            default: nil
            }
        }.first
    }
}

/// Front ends that attach while a run trains.
final class Visitors: @unchecked Sendable {
    // Unchecked: `lock` guards the list.
    private let lock = NSLock()
    private var list: [Visitor] = []

    var all: [Visitor] { lock.withLock { list } }

    /// Attaches another front end to the first run, unless 14 are attached already.
    func come(_ home: String) {
        guard lock.withLock({ list.count < 14 }), let folder = try? RunFolder.find(home: home, id: "1"),
            let visitor = try? Visitor(folder)
        else { return }
        lock.withLock { list.append(visitor) }
    }
}

/// A client that sends and receives the protocol's frames itself.
final class RawClient {
    private let descriptor: Int32
    private var decoder = FrameDecoder(limit: Frame.mostBytesFromTrainer)
    private var messages: [[UInt8]] = []

    init(_ folder: RunFolder) throws {
        guard let descriptor = try ControlSocket.connect(to: folder) else {
            throw CocoaError(.fileNoSuchFile)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func send(_ message: ClientMessage) { send(try! ControlCoding.frame(message)) }

    func send(_ bytes: [UInt8]) { _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } }

    /// The next message; throws when the stream ends.
    func next() throws -> ServerMessage {
        while messages.isEmpty {
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, 20_000) > 0 else { throw Visitor.Timeout() }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { throw CocoaError(.fileReadUnknown) }
            messages = try decoder.feed(buffer[..<count])
        }
        return try ControlCoding.message(messages.removeFirst())
    }

    func read(until satisfied: (ServerMessage) -> Bool) throws { while !satisfied(try next()) {} }
}

/// A thread that acts as another user: on Linux, the user is set per thread, and only the C
/// library's wrapper applies it to the whole process.
enum Stranger {
    private static let nobody = 65_534
    private static let setresuid = 117

    /// The refusal that a run's server sends to another user; nil if there is none.
    static func refusal(_ folder: RunFolder) throws -> String? {
        let result = Box()
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            defer { done.signal() }
            typealias Call = @convention(c) (Int, Int, Int, Int) -> Int
            // x86-64's system call number; Swift cannot import the variadic `syscall`, so it is
            // looked up.
            guard let symbol = dlsym(UnsafeMutableRawPointer(bitPattern: 0), "syscall") else { return }
            guard unsafeBitCast(symbol, to: Call.self)(setresuid, nobody, nobody, nobody) == 0 else { return }
            guard let descriptor = connect(folder) else { return }
            defer { close(descriptor) }
            var decoder = FrameDecoder(limit: 1 << 16)
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = Foundation.read(descriptor, &buffer, buffer.count)
                guard count > 0, let messages = try? decoder.feed(buffer[..<count]) else { return }
                for case .refused(let reason) in messages.compactMap({
                    try? ControlCoding.message($0, as: ServerMessage.self)
                }) {
                    result.reason = reason
                }
            }
        }
        thread.start()
        done.wait()
        return result.reason
    }

    /// Connects by the socket's path, which is short enough, since this thread may not open the
    /// folder as the program does.
    private static func connect(_ folder: RunFolder) -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(folder.control.utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        return connected ? descriptor : nil
    }

    private final class Box: @unchecked Sendable {
        // Unchecked: written by one thread and read after that thread has ended.
        var reason: String?
    }
}
