package import Basics
import Foundation
import Network
import Photos
package import Recipes
package import Runs
package import Training

/// A run that another process trains, seen through its control socket. A front end shows and steers
/// it like a session of its own.
///
/// When the connection is lost, it searches for the run again: the process may have disconnected a
/// front end that was stopped for a while, or handed the run to another process. The run is then
/// shown again from its start.
package final class RemoteSession: TrainingSession, @unchecked Sendable {
    // Unchecked: `lock` guards the mutable state above the line; the state below belongs to the
    // thread.
    package let folder: RunFolder
    private let wakePipe: WakePipe
    private let lock = NSLock()
    private var queue: [SessionEvent] = []
    private var outbox: [TrainerCommand] = []
    private var outcome: Result<RunEndReason, UserError>?
    private var isLeaving = false
    private var holder: Int
    // ––––
    private var connection: ControlConnection
    private var head: ServerMessage.RunHead?
    private var photos: [Photo] = []
    private var dataset: DatasetSummary?
    private var end: RunEndReason?
    private var failure: UserError?
    /// Epochs that have ended, predictions for the one that has not, and the newest norms.
    private var endedEpochs = 0
    private var awaited: PredictionSet?
    private var layerNorms: [LayerNorms] = []
    /// Whether the next events repeat what an earlier connection has shown.
    private var isAgain = false
    private var moves = false

    /// Time to search for a run after the connection is lost: without notice, and when the run
    /// moves.
    private static let searchSeconds = 3.0
    private static let moveSeconds = 120.0
    private static let helloMilliseconds: Int32 = 5000

    /// Connects, waiting a few seconds at most.
    ///
    /// - Throws: `LiveRunFailure` if no process listens; if the one that does cannot be attached to,
    ///   `ControlFailure`, or `UserError` with the reason that it gives.
    package init(_ folder: RunFolder) throws {
        self.folder = folder
        wakePipe = try WakePipe()
        guard let (connection, hello) = try Self.connect(folder) else {
            throw folder.isHeld
                ? LiveRunFailure.notListening(
                    run: folder.id, holder: folder.holder, socket: folder.control)
                : LiveRunFailure.notTrained(run: folder.id)
        }
        (self.connection, holder) = (connection, hello.process)
    }

    package var abilities: SessionAbilities { .attached }

    /// The process that trains the run.
    package var process: Int { lock.withLock { holder } }

    package var remoteProcess: Int? { process }

    package func start() {
        let thread = Thread { [self] in
            WorkerThread.leaveSignals()
            let result = follow()
            lock.withLock { outcome = result }
        }
        thread.name = "attached"
        thread.stackSize = 8 << 20
        thread.start()
    }

    package func send(_ command: TrainerCommand) {
        lock.withLock { outbox.append(command) }
        wakePipe.wake()
    }

    package func drainEvents() -> [SessionEvent] {
        lock.withLock {
            defer { queue.removeAll(keepingCapacity: true) }
            return queue
        }
    }

    /// Leaves the session; the run's training continues.
    package func interrupt() {
        lock.withLock { isLeaving = true }
        wakePipe.wake()
    }

    package var result: Result<RunEndReason, UserError>? { lock.withLock { outcome } }

    private func emit(_ event: SessionEvent) { lock.withLock { queue.append(event) } }

    // MARK: Connecting

    /// Connects and exchanges hellos; returns nil if nobody listens.
    private static func connect(_ folder: RunFolder) throws -> (ControlConnection, ControlHello)? {
        guard let descriptor = try ControlSocket.connect(to: folder) else { return nil }
        let connection = ControlConnection(descriptor, limit: Frame.mostBytesFromTrainer)
        guard let hello = try hello(from: connection, folder) else { return nil }
        guard hello.version == ControlHello.version else {
            throw ControlFailure.otherVersion(
                folder.id, trainer: hello.version, frontEnd: ControlHello.version)
        }
        connection.send(try ControlCoding.frame(ClientMessage.hello(ControlHello(run: folder.id))))
        return (connection, hello)
    }

    /// Waits for the first message. It is the hello, and before ours only a refusal can follow it.
    private static func hello(from connection: ControlConnection, _ folder: RunFolder) throws -> ControlHello?
    {
        var found: ControlHello?
        let deadline = ContinuousClock.now + .milliseconds(helloMilliseconds)
        while found == nil, ContinuousClock.now < deadline {
            var descriptor = pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, helloMilliseconds) > 0 else { break }
            guard let messages = try? connection.read() else { return nil }
            for bytes in messages {
                switch try? ControlCoding.message(bytes, as: ServerMessage.self) {
                case .hello(let hello): found = hello
                case .refused(let reason): throw UserError(reason)
                default:
                    throw ControlFailure.otherLanguage(socket: folder.control)
                }
            }
        }
        guard let found else {
            throw ControlFailure.noAnswer(folder.id, holder: folder.holder)
        }
        return found
    }

    // MARK: Following

    /// Follows the run until it ends, the front end leaves, or the run is lost.
    private func follow() -> Result<RunEndReason, UserError> {
        while true {
            do {
                try exchange()
            } catch is CancellationError {
                return .success(.interrupted)
            } catch let error as any Failure {
                return lose(error)
            } catch {
                if !moves, let ended { return ended }
                guard let found = search() else { return lose(loss) }
                if case .failure(let error) = found { return lose(error) }
            }
        }
    }

    /// The way the run ended, if it has been announced.
    private var ended: Result<RunEndReason, UserError>? {
        if let failure { return .failure(failure) }
        return end.map { .success($0) }
    }

    /// Reads and writes until the connection ends.
    private func exchange() throws {
        while true {
            try writeCommands()
            var descriptors = [
                pollfd(fd: wakePipe.reader, events: Int16(POLLIN), revents: 0),
                pollfd(fd: connection.descriptor, events: connection.interest, revents: 0),
            ]
            guard poll(&descriptors, 2, -1) > 0 else { continue }
            if descriptors[0].revents != 0 { wakePipe.clear() }
            guard descriptors[1].revents != 0 else { continue }
            for bytes in try connection.read() {
                guard let message = try? ControlCoding.message(bytes, as: ServerMessage.self) else {
                    throw ControlFailure.invalidMessage(folder.id)
                }
                try take(message)
            }
        }
    }

    private func writeCommands() throws {
        let commands = try lock.withLock {
            if isLeaving { throw CancellationError() }
            defer { outbox = [] }
            return outbox
        }
        for command in commands { connection.send(try ControlCoding.frame(ClientMessage.command(command))) }
        try connection.write()
    }

    private func take(_ message: ServerMessage) throws {
        switch message {
        case .hello: break
        case .refused(let reason): throw UserError(reason)
        case .moves: moves = true
        case .run(let head): (self.head, photos) = (head, [])
        case .photos(let more):
            guard let head, photos.count + more.count <= head.photos,
                more.allSatisfy({ head.classes.indices.contains($0.label) })
            else { throw ControlFailure.misfit }
            photos += more
        case .begun(let logBytes, let seconds): try begin(logBytes, seconds)
        case .predictions(let packed):
            guard let dataset,
                let set = packed.unpacked(photos: dataset.photos.count, classes: dataset.classes.count)
            else {
                throw ControlFailure.misfit
            }
            // Predictions for an epoch that has not ended wait for its end.
            if set.epoch > endedEpochs { awaited = set } else { emit(.predictions(set)) }
        case .training(.epochEnded(let metrics)):
            if !moves { emit(joined(metrics)) }
        case .training, .layers, .ranks, .settings, .sweep, .status, .failed, .preparing:
            // The old process ends, but the run does not.
            if moves { return }
            note(message)
            if let event = message.event { emit(event) }
        }
    }

    /// Returns the end of an epoch with the predictions and norms that were sent before it.
    private func joined(_ metrics: TrainerEvent.EpochEnded) -> SessionEvent {
        endedEpochs = metrics.epoch &+ 1
        defer { awaited = nil }
        // Predictions for too many photos are not sent.
        guard let awaited, awaited.epoch == endedEpochs else { return .training(.epochEnded(metrics)) }
        return .epochEnded(EpochOutcome(metrics: metrics, predictions: awaited, layers: layerNorms))
    }

    private func note(_ message: ServerMessage) {
        switch message {
        case .training(.runEnded(let ended)): end = ended.reason
        case .layers(let report): layerNorms = report.layers
        case .failed(let message): failure = UserError(message)
        // A session that ends before training announces no more than this.
        case .status(.stopped): end = end ?? .stopped
        default: break
        }
    }

    private func begin(_ logBytes: Int, _ seconds: Double) throws {
        guard let head, photos.count == head.photos, head.imageSize == head.recipe.imageSize,
            head.recipe.isPlausible, logBytes >= 0
        else { throw ControlFailure.misfit }
        var dataset = DatasetSummary(
            name: head.name, synthetic: head.synthetic, classes: head.classes, photos: photos,
            skipped: head.skipped,
            imageSize: head.imageSize,
            pixels: RemotePhotos(
                folder: head.path, reading: head.recipe.reading, photos: photos, imageSize: head.imageSize,
                inputScale: head.recipe.architecture.inputScale))
        dataset.path = head.path
        dataset.exclusions = (try? folder.loadExclusions(head.recipe)) ?? ExclusionList()
        self.dataset = dataset
        var context = SessionContext(
            run: folder.id, recipe: head.recipe, dataset: dataset, weights: head.origin,
            layers: head.recipe.network.summaries,
            headParameters: head.headParameters, history: EventLog.entries(folder.events, length: logBytes),
            predictions: try? PredictionHistory(run: folder, classes: head.classes, files: photos.map(\.file))
        )
        (context.seconds, context.isAgain) = (seconds, isAgain)
        endedEpochs = RunTimeline(context.history.map(\.event)).epochs.last.map { $0.epoch + 1 } ?? 0
        (awaited, layerNorms) = (nil, [])
        (isAgain, end, failure) = (false, nil, nil)
        emit(.ready(context))
    }

    // MARK: Losing and finding

    /// Searches for the process that trains the run; returns nil if there is none.
    private func search() -> Result<Void, UserError>? {
        if moves { emit(.statusChanged(.preparing)) }
        let deadline = ContinuousClock.now + .seconds(moves ? Self.moveSeconds : Self.searchSeconds)
        while ContinuousClock.now < deadline, !lock.withLock({ isLeaving }) {
            do {
                if let (connection, hello) = try Self.connect(folder) {
                    self.connection = connection
                    lock.withLock { holder = hello.process }
                    (moves, isAgain, end, failure) = (false, true, nil, nil)
                    return .success(())
                }
            } catch {
                return .failure(UserError(error))
            }
            if !moves, !folder.isHeld { return nil }
            var descriptor = pollfd(fd: wakePipe.reader, events: Int16(POLLIN), revents: 0)
            if poll(&descriptor, 1, 100) > 0 { wakePipe.clear() }
        }
        return nil
    }

    /// The run's fate, as far as its folder reveals it.
    private var loss: ControlFailure {
        if folder.isHeld {
            return .connectionLost(folder.id, holder: folder.holder)
        }
        if case .runEnded(let end) = EventLog.read(folder.events).last {
            return .connectionLostAtEnd(folder.id, end.reason)
        }
        let saved = try? Checkpoint.Header.load(folder.last)
        return .processGone(folder.id, savedIn: saved.map { $0.progress.epoch + 1 })
    }

    private func lose(_ error: any Failure) -> Result<RunEndReason, UserError> {
        if lock.withLock({ isLeaving }) { return .success(.interrupted) }
        let failure = UserError(error)
        emit(.failed(failure))
        emit(.statusChanged(.disconnected))
        return .failure(failure)
    }
}
