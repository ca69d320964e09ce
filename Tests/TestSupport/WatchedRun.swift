package import Recipes
package import Sessions
package import Training

/// Runs a session on the photos to its end and records its events.
///
/// - Parameters:
///   - steering: called on the trainer's thread for each training event; commands that it sends are
///     carried out before the next batch.
///   - watching: the same for all events of the session.
package func run(
    _ photos: TinyPhotos, resuming id: String? = nil, threads: Int = 2,
    recipe: Recipe? = nil,
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
        if let event = event.recorded { steering?(session, event) }
    }
    let session = RunSession(recipe ?? photos.recipe, options)
    box.session = session
    session.start()
    return (try session.wait(), recorder)
}

package final class SessionBox: @unchecked Sendable {
    // Unchecked: set before the session starts.
    package weak var session: RunSession?

    package init() {}
}
