import Recipes
package import Sessions

/// The session's abilities, and how the dashboard is being left.
package struct Departure: Sendable {
    package var abilities = SessionAbilities.own
    /// Whether other runs can be opened in place of this one.
    package var opensRuns = false
    /// Whether the run is being handed over so that another one can be opened.
    package var isChanging = false
    package var isQuitting = false
    /// Whether the run is being handed over to a background process.
    package var isDetaching = false

    /// Whether another process trains the run.
    package var isAttached: Bool { !abilities.trainsHere && abilities.takesCommands }
    /// Whether this is a replay of a recorded run, with nothing to save or to leave running.
    package var isReplay: Bool { !abilities.takesCommands }

    /// Saves the run and leaves.
    mutating func quit(sending effect: Effect) -> [Effect] {
        if !abilities.trainsHere { return [.leave] }
        isQuitting = true
        return [effect, .quit]
    }

    /// Stops a run that another process trains, and leaves.
    mutating func stopElsewhere() -> [Effect] {
        isQuitting = true
        return [.send(.stop), .quit]
    }

    /// Leaves a run that continues in the background.
    mutating func detach() -> [Effect] {
        if !abilities.trainsHere { return [.leave] }
        isDetaching = true
        return [.detach]
    }
}
