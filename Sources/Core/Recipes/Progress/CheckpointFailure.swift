import Basics
package import Network

/// A file that is no checkpoint, or one that cannot be used.
package struct CheckpointFailure: Failure {
    package var path: String
    package var fault: Fault

    package enum Fault: Sendable, Equatable {
        /// Written by a newer version of the program, in a format that this one does not know.
        case newer(format: Int)
        case headerUnreadable
        /// Its header has numbers that no run writes.
        case impossibleNumbers
        case noCheckpoint
        /// Weights of another base, which has the same shapes.
        case otherModel(Architecture, wanted: Architecture)
        /// It has weights but no header.
        case weightsOnly
        /// A tensor is missing, or has another shape than the network's.
        case tensor(String, shape: [Int], found: [Int]?)
        case notFinite(tensor: String)
        /// A moment of the optimizer without the tensor that it belongs to.
        case strayMoment(String)
    }

    package init(_ path: String, _ fault: Fault) { (self.path, self.fault) = (path, fault) }
}
