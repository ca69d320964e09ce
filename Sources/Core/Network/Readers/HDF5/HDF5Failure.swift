import Basics

/// An HDF5 file that cannot be read.
package struct HDF5Failure: WeightsFileFailure {
    package var path: String
    package var fault: Fault

    package enum Fault: Sendable, Equatable {
        /// The check found it sound, and the library does not.
        case notReadable
        case refused(HDF5Refusal)
        /// A group or dataset whose content the library cannot read.
        case object(String)
    }

    package init(_ path: String, _ fault: Fault) { (self.path, self.fault) = (path, fault) }
}

/// The reason why a file is not handed to the HDF5 library.
package enum HDF5Refusal: Error, Equatable {
    /// Something is not where or what it should be.
    case damaged(HDF5Damage)
    /// The file may be sound, but contains something that Keras never writes.
    case foreign(HDF5Feature)
}

/// Damage of a file's structure. Names from the file are in a form fit for messages
/// (`HDF5Structure.shown`).
package enum HDF5Damage: Sendable, Equatable {
    // The file and its parts.
    case cannotBeRead
    case size(expected: UInt64, found: UInt64)
    case partUnreadable
    case partBeyondEnd
    case partTooShort
    /// Something else stands where a structure of this signature should be.
    case signature(String)

    // Objects.
    case noHeader(String)
    case notWhole(String)
    case twoPlaces(String)
    case groupAndDataset
    case describedTwice

    // Groups and names.
    case noTree
    case treeLevel
    case treesWithoutSize
    case overfullTree(String)
    case tooManyMembers(String)
    case linkNowhere(String)
    case heapSizes(String)
    case heapBeyondEnd(String)
    case heapMixedUp(String)
    case freePlacesAstray(String)
    case freePlacesTooLong(String)
    case noIndex(String)
    case indexNotWhole(String)
    case otherIndex
    case noName(in: String)
    case nameNotWhole(in: String)
    case nameWithoutEnd
    case nameWithZero

    // Shapes, attributes and texts.
    case shape(values: UInt64)
    case endlessShape
    case attributeNameWithoutEnd
    case attributeNotWhole
    case textNowhere
    case textsWithoutSize
    case textsMixedUp

    // Values.
    case noShapeOrType(String)
    case fillValue(String)
    case valuesNotWhole(String)
    case valuesBeyondEnd(String)
    case valuesOfOtherSize(String)
    case chunksWithoutSize
    case chunksWithoutShape
    case chunksOfOtherShape(String)
    case endlessChunks(String)
}

/// A feature of HDF5 that Keras does not use, or a size that it never reaches.
package enum HDF5Feature: Sendable, Equatable {
    /// Things of a newer version of the format.
    package enum Thing: Sendable, CaseIterable {
        case groups, links, attributes, shapes, types, fillValues, filters
    }

    case newer(Thing)
    case superblockVersion(Int)
    case superblockAdditions
    case addressWidth
    case driver
    case tooMuchStructure
    case unknownPart(kind: Int)
    case sharedParts
    case endlessHeader
    case twoNames
    /// A circle of links, or one thing under two names.
    case circle(at: String)
    case otherObject(String)
    case deeperGroups(than: Int)
    case moreObjects(than: Int)

    case manyMembers
    case endlessNames
    case longLinks
    case linksElsewhere
    case linksToFiles
    case filteredHeap
    case outsideAttributes

    case extents(Int)
    case permutedShape
    case integerBits
    case numberBits
    case textBytes(Int)
    case textEncoding
    case moreTexts(thanMiB: Int)
    case textDataset
    case enumeration
    case lists
    case otherType

    case datasetVersion(Int)
    case externalValues
    case unknownLayout
    case newChunkIndex
    case skippedFilters
    case filter(Int)
    case packedTwice
    case moreValues(Int, in: String, than: Int)
    case largerChunks(thanMiB: Int)
    case morePacked(thanMiB: Int)
}
