/// A safetensors file that cannot be read.
package struct SafetensorsFailure: Failure {
    package var path: String
    package var fault: Fault

    package enum Fault: Sendable, Equatable {
        case cannotBeRead
        case larger(thanGiB: Int)
        case noHeader
        case headerNotWhole
        case headerTooLong
        case headerUnreadable
        case tensorsOverlap
        /// Bytes that the tensors should have, and have.
        case size(expected: Int, found: Int)
        case type(tensor: String, String)
        case tensorNotWhole(String)
        case checksum
    }

    package init(_ path: String, _ fault: Fault) { (self.path, self.fault) = (path, fault) }
}
