import Canvas
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network
@testable import Photos
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// The control socket: frames, messages, and front ends attached to a run in progress.
@Suite(.serialized) struct ControlTests {
    // MARK: Frames

    @Test func framesAreTheSameHoweverTheStreamIsCut() throws {
        let messages: [[UInt8]] = [[], [1], Array(repeating: 7, count: 300), [0, 0, 0, 9]]
        let stream = messages.flatMap { Frame.encoded($0) }
        for size in 1...stream.count {
            var decoder = FrameDecoder(limit: 300)
            var found: [[UInt8]] = []
            for start in stride(from: 0, to: stream.count, by: size) {
                found += try decoder.feed(stream[start..<min(start + size, stream.count)])
            }
            #expect(found == messages && !decoder.isWithinMessage, "in pieces of \(size)")
        }
    }

    @Test func aFrameBeyondTheLimitEndsTheStream() throws {
        var decoder = FrameDecoder(limit: 10)
        #expect(try decoder.feed(Frame.encoded([UInt8](repeating: 1, count: 10))).count == 1)
        #expect(throws: FrameDecoder.TooLong(bytes: 11, limit: 10)) { try decoder.feed([0, 0, 0, 11]) }
        #expect(throws: FrameDecoder.TooLong.self) { try decoder.feed(Frame.encoded([1])) }
        var other = FrameDecoder(limit: 10)
        #expect(throws: FrameDecoder.TooLong(bytes: 0xffff_ffff, limit: 10)) {
            try other.feed([255, 255, 255, 255, 1])
        }
    }

    @Test func messagesComeBackAsTheyWere() throws {
        let batch = TrainerEvent.BatchEnded(
            epoch: 1, step: 2, steps: 3, loss: .nan, accuracy: 0.1, batchLoss: .infinity, learningRate: 1e-3,
            imagesPerSecond: 0.1 + 0.2)
        let server: [ServerMessage] = [
            .hello(ControlHello(run: "0001")), .refused("no"),
            .preparing(.init(phase: .decodingPhotos, done: 1, total: 2, unit: .photos)),
            .photos([Photo(file: "a/花.jpg", label: 1, subset: .validation)]),
            .begun(logBytes: 12, seconds: 1.5),
            .layers(
                LayerReport(
                    epoch: 1, step: 2,
                    layers: [.init(layer: 3, weightNorm: 0.1, gradientNorm: nil, updateRatio: 1e-3)])),
            .settings(RecipeState(Recipe())),
            .sweep(
                LearningRateSweep(
                    points: [.init(learningRate: 1e-7, loss: 2)], total: 100, isDone: true, suggestion: 1e-3)),
            .status(.paused), .failed("why"), .moves,
            .training(
                .commandApplied(
                    .init(command: .setLearningRate(2e-4), epoch: 0, step: 1, learningRate: 2e-4, by: .key))),
        ]
        for message in server { #expect(try ControlCoding.message(message.body) == message) }
        guard
            case .training(.batchEnded(let back)) = try ControlCoding.message(
                ServerMessage.training(.batchEnded(batch)).body, as: ServerMessage.self)
        else {
            throw CocoaError(.coderInvalidValue)
        }
        #expect(
            back.loss.isNaN && back.batchLoss == .infinity && back.imagesPerSecond == batch.imagesPerSecond)
        let client: [ClientMessage] = [
            .hello(ControlHello(run: "7")), .command(.pause), .command(.setSchedule(.warmUp(batches: 3))),
            .command(.unfreeze(fromLayer: 3)),
        ]
        for message in client { #expect(try ControlCoding.message(message.body) == message) }
        #expect(throws: (any Error).self) {
            try ControlCoding.message(Array(#"{"command":{"_0":"explode"}}"#.utf8), as: ClientMessage.self)
        }
        #expect(throws: (any Error).self) { try ControlCoding.message([0xff, 0x00], as: ClientMessage.self) }
    }

    @Test func predictionsThatDoNotFitAreRefused() {
        let set = PredictionSet(
            epoch: 3,
            predictions: [
                .init(photo: 4, label: 1, probabilities: [0.25, 0.75]),
                .init(photo: 2, label: 0, probabilities: [1, 0]),
            ])
        var packed = PackedPredictions(set)
        #expect(packed.unpacked(photos: 5, classes: 2) == set)
        #expect(packed.unpacked(photos: 4, classes: 2) == nil)
        #expect(packed.unpacked(photos: 5, classes: 3) == nil)
        packed.labels = Data([9, 0, 0, 0, 0, 0, 0, 0])
        #expect(packed.unpacked(photos: 5, classes: 2) == nil)
        packed.labels = Data([0])
        #expect(packed.unpacked(photos: 5, classes: 2) == nil)
        #expect(
            PackedPredictions(PredictionSet(epoch: 1, predictions: [])).unpacked(photos: 5, classes: 2)?
                .predictions == [])
    }

    // MARK: A run

    /// A front end that attaches at any moment gets the whole run, from the log and then live, with
    /// no gap and no repetition.
    @Test func whoeverComesHasTheWholeRun() throws {
        let photos = try TinyPhotos()
        let (home, visitors) = (photos.home, Visitors())
        let (reason, events) = try run(
            photos,
            watching: { session, event in
                switch event {
                case .training(.batchEnded(let batch)) where batch.step != 2: visitors.come(home)
                case .statusChanged(.validating), .epochEnded: visitors.come(home)
                default: break
                }
            })
        #expect(reason == .finished)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let log = EventLog.read(folder.events)
        #expect(visitors.all.count > 12)
        for visitor in visitors.all {
            try visitor.waitForEnd()
            #expect(try visitor.session.result?.get() == .finished)
            #expect(visitor.whole == log)
            #expect(visitor.statuses.last == .finished)
            #expect(visitor.context?.dataset.photos == events.contexts.first?.dataset.photos)
            #expect(
                visitor.events.contains {
                    if case .settings(let settings) = $0 { settings == events.settings.last } else { false }
                })
            #expect(visitor.lastPredictions == events.predictions.last)
            // An epoch's end arrives as one event, as the trainer sent it.
            let outcomes = visitor.events.compactMap {
                if case .epochEnded(let outcome) = $0 { outcome } else { nil as EpochOutcome? }
            }
            #expect(outcomes == events.outcomes.suffix(outcomes.count))
            #expect(
                !visitor.events.contains { if case .training(.epochEnded) = $0 { true } else { false } })
        }
        #expect(events.outcomes.count == 4 && events.outcomes.allSatisfy { !$0.layers.isEmpty })
        #expect(!FileManager.default.fileExists(atPath: folder.control))
        #expect(throws: LiveRunFailure.notTrained(run: "0001")) { try RemoteSession(folder) }
    }

    @Test func twoFrontEndsSteerOneRun() throws {
        let photos = try TinyPhotos()
        var recipe = photos.recipe
        recipe.epochs = 5000
        let options = photos.options()
        let trainer = RunSession(recipe, options)
        trainer.start()
        defer { trainer.interrupt() }
        let folder = try Visitor.firstRun(photos.home)
        let (one, two) = (try Visitor(folder), try Visitor(folder))
        try one.wait { $0.statuses.last == .training }
        one.session.send(.pause)
        for visitor in [one, two] { try visitor.wait { $0.statuses.last == .paused } }
        two.session.send(.setLearningRate(2e-4))
        for visitor in [one, two] { try visitor.wait { $0.settings?.baseLearningRate == 2e-4 } }
        // A front end that attaches during a pause sees the run paused.
        let three = try Visitor(folder)
        try three.wait { $0.statuses.last == .paused && $0.settings?.baseLearningRate == 2e-4 }
        one.session.interrupt()
        try one.waitForEnd()
        two.session.send(.resume)
        try three.wait { $0.statuses.last == .training }
        #expect(LiveRuns.isAttachable(folder) && LiveRuns.all(home: photos.home) == [folder])
        #expect(try LiveRuns.stop(folder) == .stopped)
        #expect(try trainer.wait() == .stopped)
        try three.waitForEnd()
        #expect(try three.session.result?.get() == .stopped)
        #expect(LiveRuns.all(home: photos.home) == [])
    }

    /// When a run moves to another session, an attached front end follows it.
    @Test func aFrontEndFollowsARunThatMoves() throws {
        let photos = try TinyPhotos()
        let (home, visitors) = (photos.home, Visitors())
        let (reason, _) = try run(
            photos,
            watching: { session, event in
                guard case .training(.batchEnded(let batch)) = event, batch.epoch == 1 else { return }
                if batch.step == 1 { visitors.come(home) }
                if batch.step == 2 { session.handOver() }
            })
        #expect(reason == .interrupted)
        let visitor = try #require(visitors.all.first)
        #expect(visitor.session.result == nil)
        let (end, _) = try run(photos, resuming: "1")
        #expect(end == .finished)
        try visitor.waitForEnd()
        #expect(try visitor.session.result?.get() == .finished)
        #expect(visitor.context?.isAgain == true)
        #expect(visitor.whole == EventLog.read(try RunFolder.find(home: photos.home, id: "1").events))
        #expect(!visitor.statuses.contains(.stopped))
    }

    @Test func photosAreThoseOfTheCache() throws {
        let photos = try TinyPhotos(perClass: 3)
        let dataset = try Dataset(path: photos.data, cacheDirectory: photos.cache)
        let remote = RemotePhotos(
            folder: photos.data, reading: PhotoReading(), photos: dataset.photos, imageSize: 160,
            inputScale: .mobileNetV2)
        for index in dataset.photos.indices {
            #expect(remote.values(at: index) == dataset.values(at: index))
            #expect(remote.tensor(at: index) == dataset.tensor(at: index))
            #expect(
                remote.augmentedView(at: index, variant: 3, strength: .init())
                    == dataset.augmentedView(at: index, variant: 3, strength: .init()))
            let (a, b) = (
                remote.augmentedImage(at: index, variant: 3, strength: .init()),
                dataset.augmentedImage(at: index, variant: 3, strength: .init())
            )
            #expect(a == b)
        }
        try FileManager.default.removeItem(atPath: photos.data)
        let gone = RemotePhotos(
            folder: photos.data, reading: PhotoReading(), photos: dataset.photos, imageSize: 160,
            inputScale: .mobileNetV2)
        #expect(gone.image(at: 0).pixels.allSatisfy { $0 == 127 })
    }

    @Test func aRunBeginsPausedWhenItWasPaused() throws {
        let photos = try TinyPhotos()
        let (_, first) = try run(photos) { session, event in
            if case .batchEnded(let batch) = event, batch.epoch == 0, batch.step == 2 { session.interrupt() }
        }
        var options = photos.options(resuming: "1")
        options.startsPaused = true
        let trainer = RunSession(Recipe(), options)
        trainer.start()
        let visitor = try Visitor(try Visitor.firstRun(photos.home))
        try visitor.wait { $0.statuses.last == .paused }
        #expect(visitor.whole.filter { $0.name == "batch_ended" }.count == first.batches.count)
        visitor.session.send(.resume)
        try visitor.waitForEnd()
        #expect(try trainer.wait() == .finished)
    }

    // MARK: Misbehaving front ends

    @Test func whoDoesNotReadIsCutOffAndNobodyWaits() throws {
        let home = try TemporaryFolder()
        let folder = try RunFolder.create(home: home.path, Recipe())
        let lock = try folder.acquire()
        defer { withExtendedLifetime(lock) {} }
        let server = try ControlServer(folder) { _ in }
        defer { server.close() }
        let (slow, good) = (try RawClient(folder), try RawClient(folder))
        for client in [slow, good] { client.send(.hello(ControlHello(run: folder.id))) }
        #expect(try slow.next() == .hello(ControlHello(run: folder.id)))
        // A status after the hello shows that both are registered for news.
        for client in [slow, good] { try client.read { $0 == .status(.preparing) } }
        // About 1 MiB each, which accumulates for a client that does not read.
        let text = String(repeating: "x", count: 1 << 20)
        let count = ControlServer.mostPendingBytes >> 20 + 8
        for index in 0..<count {
            server.note(.training(.warning(.init(message: "\(index)" + text))), logBytes: 0)
            try good.read {
                if case .training(.warning(let warning)) = $0 {
                    warning.message.hasPrefix("\(index)x")
                } else {
                    false
                }
            }
        }
        // Bytes already in the kernel's buffers arrive; then the stream ends, long before the last.
        var read = 0
        while (try? slow.next()) != nil { read += 1 }
        #expect(read < count)
    }

    @Test func anotherVersionIsToldSo() throws {
        let home = try TemporaryFolder()
        let folder = try RunFolder.create(home: home.path, Recipe())
        let server = try ControlServer(folder) { _ in Issue.record("a command of a stranger") }
        defer { server.close() }
        let client = try RawClient(folder)
        var hello = ControlHello(run: folder.id)
        hello.version = 99
        client.send(.hello(hello))
        client.send(.command(.stop))
        _ = try client.next()
        guard case .refused(let reason) = try client.next() else { throw CocoaError(.coderInvalidValue) }
        #expect(reason.contains("its protocol is 1, this one's 99"))
        #expect(throws: (any Error).self) { try client.next() }
        // A command before the hello or an invalid message ends the connection as well.
        for bytes in [
            Frame.encoded(ClientMessage.command(.stop).body), Frame.encoded(Array("{}".utf8)),
            [255, 255, 255, 255],
        ] {
            let client = try RawClient(folder)
            _ = try client.next()
            client.send(bytes)
            #expect(throws: (any Error).self) { try client.next() }
        }
    }

    @Test func aServerOfAnotherVersionIsOneSentence() throws {
        let home = try TemporaryFolder()
        let folder = try RunFolder.create(home: home.path, Recipe())
        let listener = try ControlSocket.listen(in: folder)
        defer { close(listener) }
        var hello = ControlHello(run: folder.id)
        hello.version = 2
        let frame = try ControlCoding.frame(ServerMessage.hello(hello))
        let thread = Thread {
            var descriptor = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            poll(&descriptor, 1, 10_000)
            let connection = accept(listener, nil, nil)
            _ = frame.withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
        }
        thread.start()
        #expect(
            throws: ControlFailure.otherVersion("0001", trainer: 2, frontEnd: 1)
        ) {
            try RemoteSession(folder)
        }
    }

    /// Only root can switch users, so as anyone else the test checks just the socket's mode.
    @Test func anotherUserIsRefused() throws {
        let home = try TemporaryFolder()
        let folder = try RunFolder.create(home: home.path, Recipe())
        let server = try ControlServer(folder) { _ in }
        defer { server.close() }
        var status = stat()
        #expect(stat(folder.control, &status) == 0 && status.st_mode & 0o777 == 0o600)
        guard geteuid() == 0 else { return }
        chmod(folder.control, 0o666)
        let reason = try #require(try Stranger.refusal(folder))
        #expect(
            reason == "Run 0001 belongs to another user; only the user who trains a run can attach to it.")
    }

    @Test func aSocketLeftBehindIsReplacedAndLongPathsWork() throws {
        let home = try TemporaryFolder()
        let deep = home.path + "/" + String(repeating: "folder/", count: 30)
        let folder = try RunFolder.create(home: deep, Recipe())
        #expect(folder.control.utf8.count > 200)
        // A socket left behind by a killed process.
        close(try ControlSocket.listen(in: folder))
        #expect(!LiveRuns.isAttachable(folder) && FileManager.default.fileExists(atPath: folder.control))
        let server = try ControlServer(folder) { _ in }
        #expect(LiveRuns.isAttachable(folder))
        server.close()
        #expect(!FileManager.default.fileExists(atPath: folder.control))
    }

    // MARK: Locks

    @Test func aLockSaysWhoHoldsItAndAStaleOneIsTaken() throws {
        let home = try TemporaryFolder()
        let folder = try RunFolder.create(home: home.path, Recipe())
        var lock: RunLock? = try folder.acquire()
        let holder = try #require(LockHolder(folder.lock))
        #expect(holder.process == Int(getpid()) && holder.isAlive)
        do {
            _ = try folder.acquire()
            Issue.record("two locks")
        } catch let error as any Failure {
            #expect(
                error.message.contains("process \(getpid()) on ")
                    && error.message.contains("`flowers-tui attach 0001`"))
        }
        withExtendedLifetime(lock) {}
        lock = nil
        #expect(!folder.isHeld && LockHolder(folder.lock) == nil)
        // A lock left behind by a killed process, whose number another process may have by now.
        var gone = holder
        gone.started -= 1
        #expect(!gone.isAlive)
        try JSONEncoder().encode(gone).write(to: URL(fileURLWithPath: folder.lock))
        #expect(!folder.isHeld)
        lock = try folder.acquire()
        #expect(LockHolder(folder.lock) == holder)
        withExtendedLifetime(lock) {}
    }

    @Test func theRunToAttachToIsChosenOrAskedFor() throws {
        let home = try TemporaryFolder()
        #expect(throws: LiveRunFailure.noLiveRun(home: home.path)) {
            try LiveRuns.choose(home: home.path, id: nil)
        }
        let (one, two) = (
            try RunFolder.create(home: home.path, Recipe()),
            try RunFolder.create(home: home.path, Recipe())
        )
        let first = try one.acquire()
        #expect(try LiveRuns.choose(home: home.path, id: nil) == one)
        let second = try two.acquire()
        #expect(throws: LiveRunFailure.severalLiveRuns(["0001", "0002"])) {
            try LiveRuns.choose(home: home.path, id: nil)
        }
        #expect(try LiveRuns.choose(home: home.path, id: "2") == two)
        withExtendedLifetime((first, second)) {}
    }
}

extension Encodable {
    /// The encoded frame without its length prefix.
    fileprivate var body: [UInt8] { Array(try! ControlCoding.frame(self).dropFirst(4)) }
}
