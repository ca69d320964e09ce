import Basics
import Foundation
import Recipes
import Runs
import Training

/// Shows a run that this process trains to front ends in other processes and receives their
/// commands, on a thread that listens on the run's control socket.
///
/// `note` only stores an event; the thread encodes and writes it. A front end that reads too slowly
/// is disconnected, so none ever holds up the trainer. It may reconnect and get the whole picture
/// again.
final class ControlServer: @unchecked Sendable {
    // Unchecked: `lock` guards the mutable state above the line; the state below belongs to the
    // thread.
    private let folder: RunFolder
    private let receive: @Sendable (TrainerCommand) -> Void
    private let wakePipe: WakePipe
    private let listener: Int32
    private let ended = DispatchSemaphore(value: 0)
    private let lock = NSLock()
    private var picture = RunPicture()
    private var news: [News] = []
    /// Number of front ends that receive news.
    private var listeners = 0
    private var hasTooMuchNews = false
    private var isClosing = false
    // ––––
    private var clients: [Client] = []

    private enum News {
        case event(SessionEvent, logBytes: Int)
        case moves
    }

    private final class Client {
        let connection: ControlConnection
        /// Whether it has said hello and been sent the picture of the run.
        var isGreeted = false
        /// Whether the client is disconnected once it has read the reason.
        var isRefused = false
        /// Most bytes that may wait for it: its first picture of the run, and news.
        var mostPendingBytes = ControlServer.mostPendingBytes
        init(_ connection: ControlConnection) { self.connection = connection }
    }

    private static let mostClients = 16
    /// Most bytes of news that may wait for a front end, enough for minutes of ordinary training.
    static let mostPendingBytes = 8 << 20
    private static let mostNews = 20_000
    /// Longest time that `close` waits for front ends to read the last news.
    private static let farewellMilliseconds: Int32 = 1000

    /// Listens in the folder. The caller must hold the run's lock.
    ///
    /// - Parameter receive: called on the server's thread with each command; must not wait.
    /// - Throws: `ControlFailure` if the socket cannot be created.
    init(_ folder: RunFolder, receive: @escaping @Sendable (TrainerCommand) -> Void) throws {
        (self.folder, self.receive) = (folder, receive)
        wakePipe = try WakePipe()
        listener = try ControlSocket.listen(in: folder)
        let thread = Thread { [self] in serve() }
        thread.name = "control"
        thread.start()
    }

    /// Takes an event from the session, whose threads call this in the order of the events.
    ///
    /// - Parameter logBytes: length of the event log that includes everything recorded up to this
    ///   event; nil if the event is not recorded.
    func note(_ event: SessionEvent, logBytes: Int?) {
        let mustWake = lock.withLock {
            picture.note(event, logBytes: logBytes)
            return tell(.event(event, logBytes: picture.logBytes))
        }
        if mustWake { wakePipe.wake() }
    }

    /// Announces that the run is about to end here and continue in another process.
    func announceMove() {
        if lock.withLock({ tell(.moves) }) { wakePipe.wake() }
    }

    /// Queues an item of news. The caller must hold the lock, and wake the thread if the result is
    /// true.
    private func tell(_ item: News) -> Bool {
        guard listeners > 0 else { return false }
        if news.count >= Self.mostNews { (news, hasTooMuchNews) = ([], true) }
        news.append(item)
        return news.count == 1
    }

    /// Ends the thread and removes the socket; briefly waits for front ends to read the last news.
    func close() {
        lock.withLock { isClosing = true }
        wakePipe.wake()
        ended.wait()
        ended.signal()
    }

    // MARK: The thread

    private func serve() {
        WorkerThread.leaveSignals()
        while !lock.withLock({ isClosing }) {
            wait(milliseconds: -1, accepts: true)
            passOn()
        }
        unlink(folder.control)
        Foundation.close(listener)
        passOn()
        let deadline = ContinuousClock.now + .milliseconds(Self.farewellMilliseconds)
        while clients.contains(where: { $0.connection.pendingBytes > 0 }), ContinuousClock.now < deadline {
            wait(milliseconds: 50, accepts: false)
        }
        clients = []
        ended.signal()
    }

    /// Waits for the sockets or for news, then reads and writes what it can.
    private func wait(milliseconds: Int32, accepts: Bool) {
        var descriptors = [pollfd(fd: wakePipe.reader, events: Int16(POLLIN), revents: 0)]
        descriptors.append(pollfd(fd: accepts ? listener : -1, events: Int16(POLLIN), revents: 0))
        descriptors += clients.map {
            pollfd(fd: $0.connection.descriptor, events: $0.connection.interest, revents: 0)
        }
        guard poll(&descriptors, nfds_t(descriptors.count), milliseconds) > 0 else { return }
        if descriptors[0].revents != 0 { wakePipe.clear() }
        for (client, state) in zip(clients, descriptors.dropFirst(2)) where state.revents != 0 {
            attend(to: client)
        }
        if descriptors[1].revents != 0 { accept() }
    }

    private func accept() {
        let descriptor = Foundation.accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        let client = Client(ControlConnection(descriptor, limit: Frame.mostBytesToTrainer))
        send(.hello(ControlHello(run: folder.id)), to: [client])
        if !ControlSocket.peerIsThisUser(descriptor) {
            refuse(client, .foreignRun(folder.id))
        } else if clients.count >= Self.mostClients {
            refuse(client, .full(folder.id, places: clients.count))
        }
        clients.append(client)
        flush(client)
    }

    private func refuse(_ client: Client, _ reason: ControlFailure) {
        send(.refused(reason.message), to: [client])
        client.isRefused = true
    }

    private func attend(to client: Client) {
        guard clients.contains(where: { $0 === client }) else { return }
        do {
            for bytes in try client.connection.read() where !client.isRefused {
                try handle(ControlCoding.message(bytes, as: ClientMessage.self), from: client)
            }
            flush(client)
        } catch {
            remove(client)
        }
    }

    private func handle(_ message: ClientMessage, from client: Client) throws {
        switch message {
        case .hello(let hello):
            guard hello.version == ControlHello.version else {
                return refuse(
                    client,
                    .otherVersion(folder.id, trainer: ControlHello.version, frontEnd: hello.version))
            }
            if !client.isGreeted { greet(client) }
        case .command(let command):
            guard client.isGreeted, command.isPlausible else { throw ControlConnection.Failure.closed }
            receive(command)
        }
    }

    /// Sends the front end the picture of everything before this moment; everything after it comes
    /// as news.
    private func greet(_ client: Client) {
        let (picture, before): (RunPicture, [News]) = lock.withLock {
            defer { news = [] }
            listeners += 1
            return (self.picture, news)
        }
        // The picture already includes these, but for the other front ends they are news.
        pass(before)
        client.isGreeted = true
        for message in picture.messages { send(message, to: [client]) }
        client.mostPendingBytes += client.connection.pendingBytes
    }

    /// Sends the front ends what happened since the last call.
    private func passOn() {
        let (news, tooMuch) = lock.withLock {
            defer { (self.news, hasTooMuchNews) = ([], false) }
            return (self.news, hasTooMuchNews)
        }
        if tooMuch { clients.filter(\.isGreeted).forEach(remove) }
        pass(news)
    }

    private func pass(_ news: [News]) {
        for item in news {
            switch item {
            case .event(let event, let logBytes):
                for message in ServerMessage.messages(event, logBytes: logBytes) {
                    send(message, to: clients.filter(\.isGreeted))
                }
            case .moves: send(.moves, to: clients.filter(\.isGreeted))
            }
        }
        if !news.isEmpty { clients.forEach(flush) }
    }

    private func send(_ message: ServerMessage, to clients: [Client]) {
        // A message that is too long, with predictions for very many photos, is left out: the run's
        // folder has them too.
        guard !clients.isEmpty, let frame = try? ControlCoding.frame(message),
            frame.count <= Frame.mostBytesFromTrainer + Frame.headerBytes
        else { return }
        for client in clients { client.connection.send(frame) }
    }

    /// Writes as much as the front end takes, and disconnects it if too much is left.
    private func flush(_ client: Client) {
        do {
            try client.connection.write()
        } catch {
            return remove(client)
        }
        let left = client.connection.pendingBytes
        if left == 0 ? client.isRefused : left > client.mostPendingBytes { remove(client) }
    }

    private func remove(_ client: Client) {
        guard let index = clients.firstIndex(where: { $0 === client }) else { return }
        clients.remove(at: index)
        if client.isGreeted { lock.withLock { listeners -= 1 } }
    }
}
