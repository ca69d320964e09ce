import CZlib

/// The location of a dataset's values, and how they are stored.
enum HDF5Layout {
    /// In the header; the size in bytes.
    case compact(Int)
    case contiguous(address: UInt64, count: UInt64)
    /// Chunk extents, of which the last is the size of an element in bytes, and the B-tree of the
    /// chunks.
    case chunked(extents: [Int], tree: UInt64)
    /// All in one chunk; `count` is its stored size in bytes, nil unless it is filtered.
    case single(extents: [Int], address: UInt64, count: UInt64?)

    init(_ body: inout HDF5Cursor) throws {
        let version = try body.byte()
        guard version == 3 || version == 4 else {
            throw HDF5Refusal.foreign(.datasetVersion(version))
        }
        switch (try body.byte(), version) {
        case (0, _):
            let count = try body.short()
            try body.skip(count)
            self = .compact(count)
        case (1, _): self = .contiguous(address: try body.number(), count: try body.number())
        case (2, 3):
            let rank = try body.byte()
            let tree = try body.number()
            self = .chunked(extents: try Self.extents(&body, rank, width: 4), tree: tree)
        case (2, 4):
            let (flags, rank, width) = (try body.byte(), try body.byte(), try body.byte())
            guard (1...8).contains(width) else {
                throw HDF5Refusal.damaged(.chunksWithoutSize)
            }
            let extents = try Self.extents(&body, rank, width: width)
            guard try body.byte() == 1 else {
                throw HDF5Refusal.foreign(.newChunkIndex)
            }
            var count: UInt64?
            if flags & 2 != 0 {
                count = try body.number()
                guard try body.number(4) == 0 else {
                    throw HDF5Refusal.foreign(.skippedFilters)
                }
            }
            self = .single(extents: extents, address: try body.number(), count: count)
        default: throw HDF5Refusal.foreign(.unknownLayout)
        }
    }

    private static func extents(_ body: inout HDF5Cursor, _ rank: Int, width: Int) throws -> [Int] {
        guard (2...HDF5Space.mostExtents + 1).contains(rank) else {
            throw HDF5Refusal.damaged(.chunksWithoutShape)
        }
        return try (0..<rank).map { _ in
            let extent = try body.number(width)
            guard (1...1 << 30).contains(extent) else {
                throw HDF5Refusal.damaged(.chunksWithoutSize)
            }
            return Int(extent)
        }
    }

    static let (deflate, shuffle) = (1, 2)

    /// Parses a dataset's filters: none, one, or shuffling followed by deflation.
    static func filters(_ body: inout HDF5Cursor) throws -> [Int] {
        let (version, count) = (try body.byte(), try body.byte())
        guard version == 1 || version == 2 else { throw HDF5Refusal.foreign(.newer(.filters)) }
        if version == 1 { try body.skip(6) }
        var filters: [Int] = []
        for _ in 0..<count {
            let filter = try body.short()
            guard filter == deflate || filter == shuffle else {
                throw HDF5Refusal.foreign(.filter(filter))
            }
            let name = version == 1 ? try body.short() : 0
            try body.skip(2)
            let values = try body.short()
            try body.skip((name + 7) / 8 * 8 + values * 4 + (version == 1 && values % 2 == 1 ? 4 : 0))
            filters.append(filter)
        }
        guard [[], [deflate], [shuffle], [shuffle, deflate]].contains(filters) else {
            throw HDF5Refusal.foreign(.packedTwice)
        }
        return filters
    }
}

extension HDF5Structure {
    /// Limit of a chunk's size in bytes, unpacked; the library unpacks it into memory.
    static let largestChunk = 64 << 20
    /// Limit of the size of all chunks of a file, unpacked, in bytes.
    static let mostUnpacked = 1 << 30
    /// Half the capacity of a node of a chunk B-tree: the library's default, as the superblock has
    /// no value.
    private static let chunkRank = 32

    /// Checks that all values of a dataset are present.
    mutating func checkValues(_ object: HDF5Object, _ path: String) throws {
        guard let space = object.space, let type = object.type, let layout = object.layout else {
            throw HDF5Refusal.damaged(.noShapeOrType(Self.shown(path)))
        }
        guard object.fillCounts.allSatisfy({ $0 == 0 || $0 == type.size }) else {
            throw HDF5Refusal.damaged(.fillValue(Self.shown(path)))
        }
        guard !type.isVariable else { throw HDF5Refusal.foreign(.textDataset) }
        guard space.count <= Self.mostValues else {
            throw HDF5Refusal.foreign(.moreValues(space.count, in: Self.shown(path), than: Self.mostValues))
        }
        let count = space.count * type.size
        let isMissing = HDF5Refusal.damaged(.valuesNotWhole(Self.shown(path)))
        switch layout {
        case .compact(let bytes): guard bytes == count else { throw isMissing }
        case .contiguous(let address, let bytes):
            if count == 0 { return }
            guard object.filters.isEmpty, bytes == UInt64(count), self.bytes.holds(address, bytes) else {
                throw isMissing
            }
        case .chunked(let extents, let tree):
            let (chunk, chunks) = try Self.chunks(space, type, extents, path)
            if count == 0 { return }
            var seen = 0
            try visitChunks(tree, level: nil, rank: extents.count, path) { structure, address, bytes in
                seen += 1
                guard seen <= chunks else { throw isMissing }
                try structure.checkChunk(address, bytes, chunk, object.filters, path)
            }
            guard seen == chunks else { throw isMissing }
        case .single(let extents, let address, let bytes):
            let (chunk, chunks) = try Self.chunks(space, type, extents, path)
            if count == 0 { return }
            guard chunks == 1, bytes == nil ? object.filters.isEmpty : true else { throw isMissing }
            try checkChunk(address, bytes ?? UInt64(chunk), chunk, object.filters, path)
        }
    }

    /// Returns the size of a chunk in bytes, and the number of chunks.
    private static func chunks(_ space: HDF5Space, _ type: HDF5Type, _ extents: [Int], _ path: String) throws
        -> (bytes: Int, count: Int)
    {
        guard extents.count == space.extents.count + 1, extents.last == type.size else {
            throw HDF5Refusal.damaged(.chunksOfOtherShape(shown(path)))
        }
        var (bytes, count) = (type.size, 1)
        for (extent, chunk) in zip(space.extents, extents) {
            bytes *= chunk
            guard bytes <= largestChunk else {
                throw HDF5Refusal.foreign(.largerChunks(thanMiB: largestChunk >> 20))
            }
            // At most as many as there are values, which are bounded unless the dataspace is null.
            let (product, overflow) = count.multipliedReportingOverflow(by: (extent + chunk - 1) / chunk)
            guard !overflow else {
                throw HDF5Refusal.damaged(.endlessChunks(shown(path)))
            }
            count = product
        }
        return (bytes, count)
    }

    private mutating func visitChunks(
        _ node: UInt64, level expected: Int?, rank: Int, _ path: String,
        _ body: (inout HDF5Structure, UInt64, UInt64) throws -> Void
    ) throws {
        try enter(node, path)
        let key = 8 + 8 * rank
        var cursor = try bytes.structure(at: node, 24 + 2 * Self.chunkRank * (key + 8) + key)
        let (level, count) = try Self.treeNode(&cursor, type: 1, level: expected)
        guard count <= 2 * Self.chunkRank else {
            throw HDF5Refusal.damaged(.overfullTree(Self.shown(path)))
        }
        for _ in 0..<count {
            let (stored, mask) = (try cursor.number(4), try cursor.number(4))
            try cursor.skip(8 * rank)
            let child = try cursor.number()
            if level > 0 {
                try visitChunks(child, level: level - 1, rank: rank, path, body)
            } else {
                guard mask == 0 else { throw HDF5Refusal.foreign(.skippedFilters) }
                try body(&self, child, stored)
            }
        }
    }

    /// Checks that a chunk lies within the file and unpacks to exactly `count` bytes.
    private mutating func checkChunk(
        _ address: UInt64, _ stored: UInt64, _ count: Int, _ filters: [Int], _ path: String
    ) throws {
        guard bytes.holds(address, stored) else {
            throw HDF5Refusal.damaged(.valuesBeyondEnd(Self.shown(path)))
        }
        unpacked += count
        guard unpacked <= Self.mostUnpacked else {
            throw HDF5Refusal.foreign(.morePacked(thanMiB: Self.mostUnpacked >> 20))
        }
        if !filters.contains(HDF5Layout.deflate) {
            guard stored == UInt64(count) else {
                throw HDF5Refusal.damaged(.valuesNotWhole(Self.shown(path)))
            }
            return
        }
        guard stored <= Self.largestChunk,
            Self.unpackedCount(try bytes.values(at: address, Int(stored)), atMost: count) == count
        else {
            throw HDF5Refusal.damaged(.valuesOfOtherSize(Self.shown(path)))
        }
    }

    /// Returns the unpacked size of a zlib stream; nil if it is damaged or unpacks to more than
    /// `limit`.
    private static func unpackedCount(_ packed: [UInt8], atMost limit: Int) -> Int? {
        var stream = z_stream()
        guard flowers_inflate_init(&stream) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var count = 0
        var room = [UInt8](repeating: 0, count: 1 << 16)
        // Both pointers are used only within the two closures.
        return packed.withUnsafeBufferPointer { packed in
            room.withUnsafeMutableBufferPointer { room in
                stream.next_in = UnsafeMutablePointer(mutating: packed.baseAddress)
                stream.avail_in = UInt32(packed.count)
                while true {
                    (stream.next_out, stream.avail_out) = (room.baseAddress, UInt32(room.count))
                    let status = inflate(&stream, Z_NO_FLUSH)
                    count += room.count - Int(stream.avail_out)
                    if count > limit { return nil }
                    if status == Z_STREAM_END { return count }
                    // Z_OK with no input left becomes Z_BUF_ERROR on the next call.
                    if status != Z_OK { return nil }
                }
            }
        }
    }
}
