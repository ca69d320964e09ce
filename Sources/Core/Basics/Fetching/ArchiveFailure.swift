/// An archive that is not unpacked.
package struct ArchiveFailure: Failure {
    package var archive: String
    package var fault: Fault

    package enum Fault: Sendable, Equatable {
        case noMemory
        case damaged
        case packedTwice
        case moreEntries(than: Int)
        case larger(thanMiB: Int)
        case outside(entry: String)
        case link(entry: String)
        case tooDeep(entry: String)
    }

    package init(_ archive: String, _ fault: Fault) { (self.archive, self.fault) = (archive, fault) }
}
