import Basics

/// A file that cannot be used as the record of an epoch.
package struct EpochRecordFailure: Failure {
    package var path: String
    package var fault: Fault

    package enum Fault: Sendable, Equatable {
        case tooLarge
        case noRecord
        /// It names a layer that does not exist.
        case unknownLayer
    }

    package init(_ path: String, _ fault: Fault) { (self.path, self.fault) = (path, fault) }
}
