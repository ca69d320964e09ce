/// The shape of a dataset or attribute.
struct HDF5Space {
    /// Maximum rank; Keras' tensors have up to five dimensions.
    static let mostExtents = 8

    let extents: [Int]
    /// Total number of values.
    let count: Int

    init(_ body: inout HDF5Cursor) throws {
        let (version, rank, flags) = (try body.byte(), try body.byte(), try body.byte())
        guard version == 1 || version == 2 else { throw HDF5Refusal.foreign(.newer(.shapes)) }
        guard rank <= Self.mostExtents else { throw HDF5Refusal.foreign(.extents(rank)) }
        guard flags & 2 == 0 else { throw HDF5Refusal.foreign(.permutedShape) }
        let kind = version == 2 ? try body.byte() : 1
        if version == 1 { try body.skip(5) }
        extents = try (0..<rank).map { _ in
            let extent = try body.number()
            guard extent <= 1 << 40 else { throw HDF5Refusal.damaged(.shape(values: extent)) }
            return Int(extent)
        }
        if flags & 1 != 0 { try body.skip(8 * rank) }
        // Kind 2, a null dataspace, has no values.
        count =
            try kind == 2 && version == 2
            ? 0
            : extents.reduce(1) { total, extent in
                let (product, overflow) = total.multipliedReportingOverflow(by: extent)
                guard !overflow, product <= 1 << 40 else {
                    throw HDF5Refusal.damaged(.endlessShape)
                }
                return product
            }
    }
}

/// The type of an element: integer, IEEE float, string, or h5py's boolean, which is an enumeration.
struct HDF5Type {
    /// In bytes.
    let size: Int
    /// Whether an element is a reference to a variable-length string.
    var isVariable = false
    private let isText: Bool

    init(_ body: inout HDF5Cursor) throws { try self.init(&body, isBase: false) }

    private init(_ body: inout HDF5Cursor, isBase: Bool) throws {
        let head = try body.byte()
        let (kind, version) = (head & 15, head >> 4)
        guard (1...3).contains(version) else { throw HDF5Refusal.foreign(.newer(.types)) }
        let (low, middle, high) = (try body.byte(), try body.byte(), try body.byte())
        size = try body.word()
        isText = kind == 3
        switch kind {
        case 0:
            guard [1, 2, 4, 8].contains(size), try body.short() == 0, try body.short() == size * 8 else {
                throw HDF5Refusal.foreign(.integerBits)
            }
        case 1:
            // Precision; exponent location and size; mantissa location and size; exponent bias
            // (IEEE 754).
            let formats = [
                2: [16, 10, 5, 0, 10, 15], 4: [32, 23, 8, 0, 23, 127], 8: [64, 52, 11, 0, 52, 1023],
            ]
            let offset = try body.short()
            let format = [
                try body.short(), try body.byte(), try body.byte(), try body.byte(), try body.byte(),
                try body.word(),
            ]
            // Implied leading bit, no padding, either byte order, sign bit on top.
            guard let expected = formats[size], format == expected, offset == 0, low & ~1 == 0x20,
                middle == size * 8 - 1, high == 0
            else {
                throw HDF5Refusal.foreign(.numberBits)
            }
        case 3:
            guard (1...1 << 20).contains(size) else { throw HDF5Refusal.foreign(.textBytes(size)) }
        case 8 where !isBase:
            let base = try HDF5Type(&body, isBase: true)
            let count = low | middle << 8
            guard !base.isText, base.size == size, count <= 256 else {
                throw HDF5Refusal.foreign(.enumeration)
            }
            for _ in 0..<count {
                var length = 1
                while try body.byte() != 0 { length += 1 }
                if version < 3 { try body.skip((8 - length % 8) % 8) }
            }
            try body.skip(count * size)
        case 9 where !isBase:
            guard size == 16, low & 15 == 1 else { throw HDF5Refusal.foreign(.lists) }
            guard try HDF5Type(&body, isBase: true).size == 1 else {
                throw HDF5Refusal.foreign(.textEncoding)
            }
            isVariable = true
        default: throw HDF5Refusal.foreign(.otherType)
        }
    }
}

/// An attribute, whose value lies in its message unless it consists of variable-length strings.
enum HDF5Attribute {
    static func check(_ body: inout HDF5Cursor, _ heaps: inout HDF5GlobalHeaps, _ bytes: HDF5Bytes) throws {
        let version = try body.byte()
        guard (1...3).contains(version) else { throw HDF5Refusal.foreign(.newer(.attributes)) }
        guard try body.byte() & 3 == 0 || version == 1 else {
            throw HDF5Refusal.foreign(.sharedParts)
        }
        let (name, typeCount, spaceCount) = (try body.short(), try body.short(), try body.short())
        if version == 3 { try body.skip(1) }
        let padding = version == 1 ? 8 : 1
        // The library treats the name as a C string, and looks for its end.
        var text = try body.part(name, padding: padding)
        guard try text.take(name).last == 0 else {
            throw HDF5Refusal.damaged(.attributeNameWithoutEnd)
        }
        var typeBody = try body.part(typeCount, padding: padding)
        let type = try HDF5Type(&typeBody)
        var spaceBody = try body.part(spaceCount, padding: padding)
        let space = try HDF5Space(&spaceBody)
        guard space.count <= body.left, space.count * type.size <= body.left else {
            throw HDF5Refusal.damaged(.attributeNotWhole)
        }
        guard type.isVariable else { return }
        for _ in 0..<space.count {
            let (length, address, index) = (try body.word(), try body.number(), try body.word())
            if length == 0, address == 0 || address == HDF5Cursor.nowhere { continue }
            try heaps.check(length, address, index, bytes)
        }
    }
}

/// The global heap collections that hold variable-length strings.
struct HDF5GlobalHeaps {
    /// Limit of all strings together, in bytes. The longest, a model's description, has less than 1
    /// MiB.
    static let mostText = 64 << 20
    private var collections: [UInt64: [Int: UInt64]] = [:]
    private var text = 0

    /// Checks that object `index` of the collection at `address` holds a string of `length` bytes.
    mutating func check(_ length: Int, _ address: UInt64, _ index: Int, _ bytes: HDF5Bytes) throws {
        text += length
        guard text <= Self.mostText else {
            throw HDF5Refusal.foreign(.moreTexts(thanMiB: Self.mostText >> 20))
        }
        if collections[address] == nil { collections[address] = try Self.collection(address, bytes) }
        guard let count = collections[address]?[index], UInt64(length) <= count else {
            throw HDF5Refusal.damaged(.textNowhere)
        }
    }

    private static func collection(_ address: UInt64, _ bytes: HDF5Bytes) throws -> [Int: UInt64] {
        var head = try bytes.structure(at: address, 16)
        try head.expect("GCOL", version: 1)
        try head.skip(3)
        let total = try head.number()
        guard (16...UInt64(mostText)).contains(total) else {
            throw HDF5Refusal.damaged(.textsWithoutSize)
        }
        var cursor = try bytes.structure(at: address, Int(total))
        try cursor.skip(16)
        var objects: [Int: UInt64] = [:]
        while cursor.left >= 16 {
            let index = try cursor.short()
            try cursor.skip(6)
            let count = try cursor.number()
            if index == 0 {
                // Free space, including its own header; with a size of 0 the library would never
                // reach the end.
                guard (16...UInt64(cursor.left + 16)).contains(count) else {
                    throw HDF5Refusal.damaged(.textsMixedUp)
                }
                try cursor.skip(Int(count) - 16)
                continue
            }
            guard count <= UInt64(cursor.left), objects.updateValue(count, forKey: index) == nil else {
                throw HDF5Refusal.damaged(.textsMixedUp)
            }
            try cursor.skip(min(cursor.left, (Int(count) + 7) / 8 * 8))
        }
        return objects
    }
}
