/// The header of a group or dataset: a list of messages in one or more chunks.
extension HDF5Structure {
    struct Message {
        var type: Int
        var body: HDF5Cursor
    }

    /// More than any object written by Keras has.
    private static let mostMessages = 4096
    private static let longestChunk = 1 << 20

    /// Returns all messages of the object at `address`.
    mutating func messages(at address: UInt64, _ path: String) throws -> [Message] {
        var found: [Message] = []
        var chunks: [(address: UInt64, count: Int, isFirst: Bool)] = []
        let isNew = try bytes.structure(at: address, 4).isSignature("OHDR")
        var hasOrder = false
        if isNew {
            var prefix = try bytes.structure(at: address, Int(min(34, bytes.end - address)))
            try prefix.expect("OHDR", version: 2)
            let flags = try prefix.byte()
            try prefix.skip((flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0))
            let count = try prefix.number(1 << (flags & 3))
            hasOrder = flags & 4 != 0
            chunks = [(address + UInt64(prefix.position), try Self.chunk(count), true)]
        } else {
            var prefix = try bytes.structure(at: address, 16)
            guard try prefix.byte() == 1 else {
                throw HDF5Refusal.damaged(.noHeader(Self.shown(path)))
            }
            try prefix.skip(7)
            chunks = [(address + 16, try Self.chunk(prefix.number(4)), true)]
        }
        while let chunk = chunks.popLast() {
            var cursor = try bytes.structure(at: chunk.address, chunk.count)
            if isNew, !chunk.isFirst {
                guard try cursor.take(4).elementsEqual("OCHK".utf8) else {
                    throw HDF5Refusal.damaged(.notWhole(Self.shown(path)))
                }
                // Leaves out the checksum.
                cursor = try cursor.part(max(0, cursor.left - 4))
            }
            let head = isNew ? hasOrder ? 6 : 4 : 8
            while cursor.left >= head {
                let message = try message(&cursor, isNew, hasOrder)
                found.append(message)
                guard found.count <= Self.mostMessages else {
                    throw HDF5Refusal.foreign(.endlessHeader)
                }
                guard message.type == 0x10 else { continue }
                var body = message.body
                let (next, count) = (try body.number(), try body.number())
                try enter(next, path)
                chunks.append((next, try Self.chunk(count), false))
            }
        }
        return found
    }

    private func message(_ cursor: inout HDF5Cursor, _ isNew: Bool, _ hasOrder: Bool) throws -> Message {
        let type = isNew ? try cursor.byte() : try cursor.short()
        let count = try cursor.short()
        let flags = try cursor.byte()
        try cursor.skip(isNew ? hasOrder ? 2 : 0 : 3)
        guard flags & 2 == 0 else { throw HDF5Refusal.foreign(.sharedParts) }
        return Message(type: type, body: try cursor.part(count))
    }

    private static func chunk(_ count: UInt64) throws -> Int {
        guard count <= longestChunk else { throw HDF5Refusal.foreign(.endlessHeader) }
        return Int(count)
    }
}

extension HDF5Cursor {
    /// Whether it begins with this signature.
    func isSignature(_ signature: String) -> Bool {
        var copy = self
        return (try? copy.take(4).elementsEqual(signature.utf8)) ?? false
    }
}

/// A group or dataset, as the messages of its header describe it.
struct HDF5Object {
    enum Kind {
        case dataset
        /// A group with a B-tree of names: the tree, and the local heap of the names.
        case oldGroup(tree: UInt64, heap: UInt64)
        /// A group with links in its header, or in a fractal heap with an index.
        case newGroup(heap: UInt64, index: UInt64)
    }

    private(set) var kind: Kind?
    private(set) var links: [HDF5Structure.Link] = []
    private(set) var space: HDF5Space?
    private(set) var type: HDF5Type?
    private(set) var layout: HDF5Layout?
    private(set) var filters: [Int] = []
    /// Sizes of the fill values in bytes; the library takes each for one element.
    private(set) var fillCounts: [Int] = []

    mutating func add(_ message: HDF5Structure.Message, _ structure: inout HDF5Structure) throws {
        var body = message.body
        switch message.type {
        // Nil, group info, comment, continuation and modification times lead nowhere; `messages`
        // has followed the continuations.
        case 0x00, 0x0A, 0x0D, 0x0E, 0x10, 0x12: return
        case 0x04, 0x05: fillCounts.append(try Self.fillCount(&body, isOld: message.type == 4))
        case 0x01: space = try unique(space, HDF5Space(&body))
        case 0x03: type = try unique(type, HDF5Type(&body))
        case 0x08:
            layout = try unique(layout, HDF5Layout(&body))
            try become(.dataset)
        case 0x0B: filters = try HDF5Layout.filters(&body)
        case 0x0C: try HDF5Attribute.check(&body, &structure.heaps, structure.bytes)
        case 0x11: try become(.oldGroup(tree: body.number(), heap: body.number()))
        case 0x02:
            guard try body.byte() == 0 else { throw HDF5Refusal.foreign(.newer(.groups)) }
            try body.skip(try body.byte() & 1 != 0 ? 8 : 0)
            try become(.newGroup(heap: body.number(), index: body.number()))
        case 0x06: links.append(try HDF5Structure.link(&body))
        case 0x15:
            guard try body.byte() == 0 else { throw HDF5Refusal.foreign(.newer(.attributes)) }
            try body.skip(try body.byte() & 1 != 0 ? 2 : 0)
            guard try body.number() == HDF5Cursor.nowhere else {
                throw HDF5Refusal.foreign(.outsideAttributes)
            }
        case 0x16:
            guard try body.byte() == 0, try body.number(4) == 1 else {
                throw HDF5Refusal.foreign(.twoNames)
            }
        case 0x07: throw HDF5Refusal.foreign(.externalValues)
        default: throw HDF5Refusal.foreign(.unknownPart(kind: message.type))
        }
    }

    private mutating func become(_ kind: Kind) throws {
        guard self.kind == nil else {
            throw HDF5Refusal.damaged(.groupAndDataset)
        }
        self.kind = kind
    }

    private func unique<Part>(_ old: Part?, _ new: Part) throws -> Part {
        guard old == nil else { throw HDF5Refusal.damaged(.describedTwice) }
        return new
    }

    private static func fillCount(_ body: inout HDF5Cursor, isOld: Bool) throws -> Int {
        var hasValue = true
        if !isOld {
            switch try body.byte() {
            case 1: try body.skip(3)
            case 2:
                try body.skip(2)
                hasValue = try body.byte() == 1
            case 3: hasValue = try body.byte() & 0x20 != 0
            default: throw HDF5Refusal.foreign(.newer(.fillValues))
            }
        }
        guard hasValue else { return 0 }
        // All bits set means no value.
        let count = try body.word()
        if count == Int(UInt32.max) { return 0 }
        try body.skip(count)
        return count
    }
}
