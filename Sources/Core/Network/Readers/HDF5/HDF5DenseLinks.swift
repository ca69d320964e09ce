/// Links outside a group's header: in a fractal heap, indexed by name in a version 2 B-tree.
extension HDF5Structure {
    /// Room for about four thousand links; the heap of a model's group never grows beyond these
    /// rows.
    private static let mostRows = 16

    private struct Heap {
        var address: UInt64
        /// Bytes of an offset in a heap identifier; a length has the other 6 − `offsetBytes`.
        var offsetBytes: Int
        /// Direct blocks in the order of the heap's space: offset, length and address.
        var blocks: [(start: UInt64, count: UInt64, address: UInt64)] = []
    }

    mutating func denseLinks(heap address: UInt64, index: UInt64, _ path: String) throws -> [Link] {
        let heap = try fractalHeap(address, path)
        return try identifiers(index, path).map { identifier in
            var cursor = HDF5Cursor(identifier)
            guard try cursor.byte() == 0 else { throw HDF5Refusal.foreign(.longLinks) }
            let (place, count) = (
                try cursor.number(heap.offsetBytes), try cursor.number(6 - heap.offsetBytes)
            )
            guard let block = heap.blocks.first(where: { $0.start <= place && place - $0.start < $0.count }),
                count <= block.count - (place - block.start)
            else { throw HDF5Refusal.damaged(.linkNowhere(Self.shown(path))) }
            var link = try bytes.structure(at: block.address + (place - block.start), Int(count))
            return try Self.link(&link)
        }
    }

    private mutating func fractalHeap(_ address: UInt64, _ path: String) throws -> Heap {
        try enter(address, path)
        var head = try bytes.structure(at: address, 146)
        try head.expect("FRHP", version: 0)
        guard try head.short() == 7, try head.short() == 0 else {
            throw HDF5Refusal.foreign(.filteredHeap)
        }
        try head.skip(1 + 4 + 8 * 8)
        // Size and number of huge objects, then of tiny ones.
        for _ in 0..<4 where try head.number() != 0 { throw HDF5Refusal.foreign(.longLinks) }
        let (width, first, largest, bits) = (
            try head.short(), try head.number(), try head.number(), try head.short()
        )
        try head.skip(2)
        let (root, rows) = (try head.number(), try head.short())
        func isPower(_ number: UInt64) -> Bool { number > 0 && number & (number - 1) == 0 }
        guard (1...64).contains(width), isPower(first), isPower(largest), (64...1 << 20).contains(first),
            (first...1 << 20).contains(largest),
            (8...40).contains(bits)
        else { throw HDF5Refusal.damaged(.heapSizes(Self.shown(path))) }
        var heap = Heap(address: address, offsetBytes: (bits + 7) / 8)
        if rows == 0 {
            try add(root, start: 0, first, to: &heap, path)
            return heap
        }
        let directRows = largest.trailingZeroBitCount - first.trailingZeroBitCount + 2
        guard rows <= min(directRows, Self.mostRows) else {
            throw HDF5Refusal.foreign(.manyMembers)
        }
        try enter(root, path)
        var cursor = try bytes.structure(at: root, 13 + heap.offsetBytes + rows * width * 8)
        try cursor.expect("FHIB", version: 0)
        try expectOwner(&cursor, heap, start: 0, path)
        var start: UInt64 = 0
        for row in 0..<rows {
            let count = row == 0 ? first : first << UInt64(row - 1)
            for _ in 0..<width {
                let block = try cursor.number()
                if block != HDF5Cursor.nowhere { try add(block, start: start, count, to: &heap, path) }
                start += count
            }
        }
        return heap
    }

    private mutating func add(
        _ block: UInt64, start: UInt64, _ count: UInt64, to heap: inout Heap, _ path: String
    ) throws {
        try enter(block, path)
        var cursor = try bytes.structure(at: block, 13 + heap.offsetBytes)
        try cursor.expect("FHDB", version: 0)
        try expectOwner(&cursor, heap, start: start, path)
        guard bytes.holds(block, count) else {
            throw HDF5Refusal.damaged(.heapBeyondEnd(Self.shown(path)))
        }
        heap.blocks.append((start, count, block))
    }

    private func expectOwner(_ cursor: inout HDF5Cursor, _ heap: Heap, start: UInt64, _ path: String) throws {
        guard try cursor.number() == heap.address, try cursor.number(heap.offsetBytes) == start else {
            throw HDF5Refusal.damaged(.heapMixedUp(Self.shown(path)))
        }
    }

    /// Returns the heap identifiers of all links, from the B-tree that indexes them by name hash.
    private mutating func identifiers(_ address: UInt64, _ path: String) throws -> [[UInt8]] {
        try enter(address, path)
        var head = try bytes.structure(at: address, 38)
        try head.expect("BTHD", version: 0)
        let (type, nodeSize, recordSize, depth) = (
            try head.byte(), try head.word(), try head.short(), try head.short()
        )
        try head.skip(2)
        let (root, rootCount, total) = (try head.number(), try head.short(), try head.number())
        guard type == 5, recordSize == 11, (64...65_536).contains(nodeSize), total <= Self.mostObjects else {
            throw HDF5Refusal.damaged(.noIndex(Self.shown(path)))
        }
        guard depth <= 1 else { throw HDF5Refusal.foreign(.manyMembers) }
        if total == 0 { return [] }
        var found: [[UInt8]] = []
        var leaves = [(address: root, count: rootCount)]
        if depth == 1 {
            try enter(root, path)
            leaves = []
            var node = try bytes.structure(at: root, nodeSize)
            try Self.beginNode(&node, "BTIN")
            for _ in 0..<rootCount { found.append(try Self.identifier(&node)) }
            // A leaf's count of records has as many bytes as its largest value needs.
            let countBytes = (nodeSize - 10) / 11 < 256 ? 1 : 2
            for _ in 0...rootCount { leaves.append((try node.number(), Int(try node.number(countBytes)))) }
        }
        for leaf in leaves {
            try enter(leaf.address, path)
            var node = try bytes.structure(at: leaf.address, nodeSize)
            try Self.beginNode(&node, "BTLF")
            for _ in 0..<leaf.count { found.append(try Self.identifier(&node)) }
        }
        guard found.count == total else {
            throw HDF5Refusal.damaged(.indexNotWhole(Self.shown(path)))
        }
        return found
    }

    private static func beginNode(_ node: inout HDF5Cursor, _ signature: String) throws {
        try node.expect(signature, version: 0)
        guard try node.byte() == 5 else { throw HDF5Refusal.damaged(.otherIndex) }
    }

    private static func identifier(_ node: inout HDF5Cursor) throws -> [UInt8] {
        try node.skip(4)
        return Array(try node.take(7))
    }
}
