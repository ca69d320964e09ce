import TestSupport

@testable import Core

/// Runs a session to its end on the photos, with its events recorded.
///
/// - Parameters:
///   - steering: called on the trainer's thread for each event of the stream; commands that it sends are obeyed before
///     the next batch.
///   - watching: the same for all of a session's events.
func run(
    _ photos: TinyPhotos, resuming id: String? = nil, threads: Int = 2,
    configuration: RunConfiguration? = nil,
    isInteractive: Bool = false, steering: (@Sendable (RunSession, TrainerEvent) -> Void)? = nil,
    watching: (@Sendable (RunSession, SessionEvent) -> Void)? = nil
) throws -> (reason: RunEndReason, events: EventRecorder) {
    let recorder = EventRecorder()
    var options = photos.options(resuming: id, threads: threads)
    options.isInteractive = isInteractive
    let box = SessionBox()
    options.observer = { event in
        recorder.note(event)
        guard let session = box.session else { return }
        watching?(session, event)
        if case .training(let event) = event { steering?(session, event) }
    }
    let session = RunSession(configuration ?? photos.configuration, options)
    box.session = session
    session.start()
    return (try session.wait(), recorder)
}

final class SessionBox: @unchecked Sendable {
    // Unchecked: set before the session starts.
    weak var session: RunSession?
}
