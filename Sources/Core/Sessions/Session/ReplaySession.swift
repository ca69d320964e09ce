package import Basics
import Foundation
import Network
import Photos
package import Recipes
import Runs
package import Training

/// A replay of a recorded run, at its own speed or faster: emits the recorded events again and
/// computes nothing. It can be paused, stepped, sped up and slowed down.
package final class ReplaySession: TrainingSession, @unchecked Sendable {
    // Unchecked: `lock` guards the mutable state; the rest is immutable.

    /// An event and its time in the run, in seconds.
    struct Moment: Sendable {
        var time: Double
        var event: TrainerEvent
    }

    /// The recorded events, in order of time.
    private let moments: [Moment]
    /// Predictions of all epochs; each epoch's are emitted at its end.
    private let predictions: PredictionHistory
    private let opening: [SessionEvent]
    private let status: TrainerStatus
    private let lock = NSLock()
    private let clock: @Sendable () -> Double
    private var speed: Double
    private var queue: [SessionEvent] = []
    private var next = 0
    /// Seconds of the run played so far, as of clock time `asOf`.
    private var position = 0.0
    private var asOf: Double?
    private var isPaused = false
    private var outcome: Result<RunEndReason, UserError>?
    package var abilities: SessionAbilities { .replay }

    /// Allowed multiples of the run's own speed.
    package static let speeds = 0.01...100_000.0

    /// - Parameter speed: seconds of the run to play per second.
    /// - Throws: a `Failure` if there is no such run, it has no checkpoint, or its photos are gone or
    ///   others.
    package convenience init(run id: String, _ place: RunReplay.Place, speed: Double) throws {
        let recording = try RunReplay.recording(run: id, place)
        let start = ContinuousClock.now
        self.init(recording.context, recording.events, status: recording.status, speed: speed) {
            start.duration(to: .now).seconds
        }
    }

    /// - Parameters:
    ///   - events: the events of the run's log.
    ///   - clock: seconds since an arbitrary moment.
    init(
        _ context: SessionContext, _ events: [TrainerEvent], status: TrainerStatus, speed: Double,
        clock: @escaping @Sendable () -> Double
    ) {
        var beginning = context
        beginning.predictions = PredictionHistory(context.dataset)
        opening = [
            .ready(beginning), .settings(RecipeState(context.recipe)), .statusChanged(.training),
        ]
        predictions = context.predictions
        moments = Self.moments(events, context)
        (self.status, self.speed, self.clock) = (status, Self.clamped(speed), clock)
    }

    private static func clamped(_ speed: Double) -> Double {
        min(max(speed, speeds.lowerBound), speeds.upperBound)
    }

    /// Assigns each event of the log its time, summed up from the recorded speeds and durations.
    private static func moments(_ events: [TrainerEvent], _ context: SessionContext) -> [Moment] {
        var time = 0.0
        var result: [Moment] = []
        let batchSize = Double(min(context.recipe.batchSize, max(1, context.dataset.trainingCount)))
        for event in events {
            switch event {
            case .batchEnded(let batch) where batch.imagesPerSecond > 0 && batch.imagesPerSecond.isFinite:
                time += batchSize / batch.imagesPerSecond
            case .epochEnded(let epoch):
                if epoch.validationSeconds.isFinite { time += max(0, epoch.validationSeconds) }
            default: break
            }
            result.append(Moment(time: time, event: event))
        }
        return result
    }

    /// Starts to play.
    package func start() {
        lock.withLock {
            queue = opening
            asOf = clock()
        }
    }

    package func send(_ command: TrainerCommand) {
        lock.withLock {
            switch command {
            case .pause: setPaused(true)
            case .resume: setPaused(false)
            case .step:
                play(
                    until: moments[next...].firstIndex {
                        if case .batchEnded = $0.event { true } else { false }
                    })
            case .stepEpoch:
                play(
                    until: moments[next...].firstIndex {
                        if case .epochEnded = $0.event { true } else { false }
                    })
                setPaused(true)
            case .multiplyLearningRate(let factor) where factor > 0:
                advance()
                speed = Self.clamped(speed * factor)
                say(.speed(speed))
            case .stop: outcome = outcome ?? .success(.stopped)
            default:
                say(.onlyReplayed)
            }
        }
    }

    package func drainEvents() -> [SessionEvent] {
        lock.withLock {
            advance()
            defer { queue.removeAll(keepingCapacity: true) }
            return queue
        }
    }

    package func interrupt() { lock.withLock { outcome = outcome ?? .success(.stopped) } }

    package var result: Result<RunEndReason, UserError>? { lock.withLock { outcome } }

    // MARK: With the lock held

    private func say(_ notice: ReplayNotice) { queue.append(.training(.warning(.init(notice)))) }

    private func setPaused(_ paused: Bool) {
        advance()
        guard paused != isPaused, next < moments.count else { return }
        isPaused = paused
        queue.append(.statusChanged(paused ? .paused : .training))
    }

    /// Plays all events up to now.
    private func advance() {
        let now = clock()
        guard let last = asOf else { return }
        asOf = now
        if isPaused { return }
        position += (now - last) * speed
        while next < moments.count, moments[next].time <= position { playNext() }
    }

    /// Plays up to and including the event at `index`; to the end for nil.
    private func play(until index: Int?) {
        advance()
        while next < moments.count, next <= index ?? .max { playNext() }
    }

    private func playNext() {
        let event = moments[next].event
        if case .epochEnded(let epoch) = event, let set = predictions.set(epoch.epoch + 1) {
            let layers = predictions[epoch.epoch + 1]?.layers ?? []
            if !layers.isEmpty {
                queue.append(.layers(LayerReport(epoch: epoch.epoch, step: 0, layers: layers)))
            }
            queue.append(.epochEnded(EpochOutcome(metrics: epoch, predictions: set, layers: layers)))
        } else {
            queue.append(.training(event))
        }
        position = max(position, moments[next].time)
        next += 1
        if next == moments.count { queue.append(.statusChanged(status)) }
    }
}
