/// The state of a training session.
package enum TrainerStatus: String, Codable, Sendable, Equatable, CaseIterable {
    case preparing, training, paused, validating, finished, stopped, failed
    /// An attached front end has lost the process that trains.
    case disconnected

    /// Whether no event follows.
    package var isLast: Bool {
        switch self {
        case .preparing, .training, .paused, .validating: false
        case .finished, .stopped, .failed, .disconnected: true
        }
    }
}
