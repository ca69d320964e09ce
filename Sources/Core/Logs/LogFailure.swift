import Basics

/// Why a log of another program cannot be used, or can only in part.
package enum LogFailure: Failure {
    case missing(_ path: String)
    case cannotBeRead(_ path: String)
    case tooLarge(_ path: String, mebibytes: Int)
    /// A folder without an event file or a table.
    case emptyFolder(_ path: String)
    /// Neither an event file nor a table.
    case unknown(_ path: String)
    /// A file without a sound record.
    case damaged(_ path: String, LogDamage)
    /// A log without losses or accuracies of epochs, and the names of its values.
    case noUsableValues(_ path: String, names: [String])
    /// A port of this machine on which nothing can be served.
    case portUnusable(_ port: Int, code: Int32)
}

/// The damage up to which a log was read.
package enum LogDamage: Sendable, Equatable {
    case cutShort(byte: Int)
    case wrongChecksum(byte: Int)
    /// A record that holds something else.
    case notAnEvent(byte: Int)
    case wrongRow(line: Int)
}

/// A log that was read up to its damage.
package struct LogWarning: Failure {
    package var path: String
    package var damage: LogDamage

    package init(_ path: String, _ damage: LogDamage) { (self.path, self.damage) = (path, damage) }
}
