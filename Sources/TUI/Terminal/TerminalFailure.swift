import Basics

/// Terminals on which the dashboard cannot be drawn.
package enum TerminalFailure: Failure {
    case noTerminal
    /// The type is empty if the environment names none.
    case unknownType(_ name: String)
    case cannotPlaceCursor(_ name: String)
}
