/// The members of groups, in a B-tree of names or as links in the header; `HDF5DenseLinks.swift`
/// reads the third form.
extension HDF5Structure {
    /// Maximum depth of a B-tree of groups or chunks; no allowed number of members needs more.
    static let deepestTree = 8

    /// A member of a group.
    struct Link {
        var name: String
        var address: UInt64
        /// For a group with a B-tree of names, its tree and heap, which the parent's entry repeats.
        var cached: (tree: UInt64, heap: UInt64)?
    }

    // MARK: In a B-tree of names

    mutating func links(tree: UInt64, heap: UInt64, _ path: String) throws -> [Link] {
        let names = try localHeap(heap, path)
        var found: [Link] = []
        try visit(tree, level: nil, names, into: &found, path)
        return found
    }

    /// Reads the names of a group's members, one after another, each ended by a NUL.
    private mutating func localHeap(_ address: UInt64, _ path: String) throws -> [UInt8] {
        try enter(address, path)
        var head = try bytes.structure(at: address, 32)
        try head.expect("HEAP", version: 0)
        try head.skip(3)
        let (count, free, start) = (try head.number(), try head.number(), try head.number())
        guard count <= 16 << 20 else { throw HDF5Refusal.foreign(.endlessNames) }
        var data = try bytes.structure(at: start, Int(count))
        let names = Array(try data.take(Int(count)))
        // The library follows the free list wherever it leads.
        var place = free
        var steps = 0
        while place != 1, place != HDF5Cursor.nowhere {
            guard count >= 16, place <= count - 16, steps <= names.count / 16 else {
                throw HDF5Refusal.damaged(.freePlacesAstray(Self.shown(path)))
            }
            var entry = HDF5Cursor(Array(names[Int(place)..<Int(place) + 16]))
            let (next, length) = (try entry.number(), try entry.number())
            guard length <= count - place else {
                throw HDF5Refusal.damaged(.freePlacesTooLong(Self.shown(path)))
            }
            (place, steps) = (next, steps + 1)
        }
        return names
    }

    private mutating func visit(
        _ node: UInt64, level expected: Int?, _ names: [UInt8], into found: inout [Link], _ path: String
    ) throws {
        try enter(node, path)
        var cursor = try bytes.structure(at: node, 24 + 2 * innerRank * 16 + 8)
        let (level, count) = try Self.treeNode(&cursor, type: 0, level: expected)
        guard count <= 2 * innerRank else {
            throw HDF5Refusal.damaged(.overfullTree(Self.shown(path)))
        }
        // The library compares names with those at both ends of each child.
        _ = try Self.name(at: cursor.number(), names, path)
        for _ in 0..<count {
            let child = try cursor.number()
            _ = try Self.name(at: cursor.number(), names, path)
            if level > 0 {
                try visit(child, level: level - 1, names, into: &found, path)
            } else {
                try readSymbols(child, names, into: &found, path)
            }
        }
    }

    /// Reads the beginning of a B-tree node of either kind: its level and its number of entries.
    static func treeNode(_ cursor: inout HDF5Cursor, type: Int, level expected: Int?) throws -> (
        level: Int, count: Int
    ) {
        guard try cursor.take(4).elementsEqual("TREE".utf8), try cursor.byte() == type else {
            throw HDF5Refusal.damaged(.noTree)
        }
        let level = try cursor.byte()
        guard level <= deepestTree, expected.map({ $0 == level }) ?? true else {
            throw HDF5Refusal.damaged(.treeLevel)
        }
        let count = try cursor.short()
        try cursor.skip(16)
        return (level, count)
    }

    private mutating func readSymbols(
        _ address: UInt64, _ names: [UInt8], into found: inout [Link], _ path: String
    ) throws {
        try enter(address, path)
        var cursor = try bytes.structure(at: address, 8 + 2 * leafRank * 40)
        try cursor.expect("SNOD", version: 1)
        try cursor.skip(1)
        let count = try cursor.short()
        guard count <= 2 * leafRank else {
            throw HDF5Refusal.damaged(.tooManyMembers(Self.shown(path)))
        }
        for _ in 0..<count {
            let (name, object) = (try cursor.number(), try cursor.number())
            let kind = try cursor.word()
            guard kind != 2 else { throw HDF5Refusal.foreign(.linksElsewhere) }
            try cursor.skip(4)
            let cached = (tree: try cursor.number(), heap: try cursor.number())
            found.append(
                Link(
                    name: try Self.name(at: name, names, path), address: object,
                    cached: kind == 1 ? cached : nil))
        }
    }

    private static func name(at place: UInt64, _ names: [UInt8], _ path: String) throws -> String {
        guard place < names.count, let end = names[Int(place)...].firstIndex(of: 0) else {
            throw HDF5Refusal.damaged(.nameNotWhole(in: shown(path)))
        }
        return String(decoding: names[Int(place)..<end], as: UTF8.self)
    }

    // MARK: As links in the header

    static func link(_ body: inout HDF5Cursor) throws -> Link {
        guard try body.byte() == 1 else { throw HDF5Refusal.foreign(.newer(.links)) }
        let flags = try body.byte()
        let type = flags & 8 != 0 ? try body.byte() : 0
        guard type == 0 else { throw HDF5Refusal.foreign(.linksToFiles) }
        try body.skip((flags & 4 != 0 ? 8 : 0) + (flags & 16 != 0 ? 1 : 0))
        let count = try body.number(1 << (flags & 3))
        guard count <= 1024 else { throw HDF5Refusal.damaged(.nameWithoutEnd) }
        let name = try body.take(Int(count))
        guard !name.contains(0) else { throw HDF5Refusal.damaged(.nameWithZero) }
        return Link(name: String(decoding: name, as: UTF8.self), address: try body.number())
    }
}
