/// A walk through an HDF5 file before the C library opens it, which lets through only what Keras
/// writes.
///
/// The library trusts the lengths, counts and addresses in a file; hostile ones have made it read
/// and write outside its memory, unpack without end, or run in circles. So every structure that it
/// will read is read here first, with bounds: each lies within the file, each object has one name,
/// groups nest no deeper than `deepest`, and no value lies in another file. Checksums are left to
/// the library.
///
/// Source: HDF5 File Format Specification 3.0,
/// https://docs.hdfgroup.org/archive/support/HDF5/doc/H5.format.html.
struct HDF5Structure {
    /// Maximum nesting of groups, deeper than in any model.
    static let deepest = 24
    /// Maximum number of groups and datasets. MobileNetV2 with its optimizer has about 1,500.
    static let mostObjects = 20_000
    /// Maximum number of values in a dataset. MobileNetV2's largest has 409,600; that of an
    /// ImageNet classifier on the same features 1,280,000.
    static let mostValues = 1 << 27

    let bytes: HDF5Bytes
    /// From the superblock: half the capacity of a leaf and of an inner node of a group's B-tree.
    private(set) var (leafRank, innerRank) = (4, 16)
    /// Addresses of all structures met; a second way to one is a cycle, or an object with two
    /// names.
    private var met: Set<UInt64> = []
    private var objects = 0
    /// Paths of all datasets, sorted by name at each level.
    private(set) var datasets: [String] = []
    /// Total size in bytes of the chunks met so far, unpacked.
    var unpacked = 0
    var heaps = HDF5GlobalHeaps()

    /// Checks the file at `path`.
    ///
    /// - Returns: the paths of all datasets, sorted by name at each level.
    /// - Throws: `HDF5Refusal`.
    static func check(_ path: String) throws -> [String] {
        var structure = HDF5Structure(bytes: try HDF5Bytes(path: path))
        try structure.checkAll()
        return structure.datasets
    }

    private init(bytes: HDF5Bytes) { self.bytes = bytes }

    private mutating func checkAll() throws {
        var start = try bytes.structure(at: 0, Int(min(bytes.fileSize, 96)))
        try start.skip(8)
        let version = try start.byte()
        let root: UInt64
        var cached: (tree: UInt64, heap: UInt64)?
        switch version {
        case 0:
            try start.skip(4)
            try expectWidths(&start)
            try start.skip(1)
            (leafRank, innerRank) = (try start.short(), try start.short())
            guard (1...1024).contains(leafRank), (1...1024).contains(innerRank) else {
                throw HDF5Refusal.damaged(.treesWithoutSize)
            }
            try start.skip(4)
            try expectBeginning(start.number(), free: start.number())
            bytes.end = try start.number()
            guard try start.number() == HDF5Cursor.nowhere else {
                throw HDF5Refusal.foreign(.driver)
            }
            try start.skip(8)
            root = try start.number()
            if try start.word() == 1 {
                try start.skip(4)
                cached = (try start.number(), try start.number())
            }
        case 2, 3:
            try expectWidths(&start)
            try start.skip(1)
            try expectBeginning(start.number(), free: start.number())
            bytes.end = try start.number()
            root = try start.number()
        default: throw HDF5Refusal.foreign(.superblockVersion(version))
        }
        guard bytes.end <= bytes.fileSize else {
            throw HDF5Refusal.damaged(.size(expected: bytes.end, found: bytes.fileSize))
        }
        try checkObject(at: root, "/", depth: 0, cached: cached)
    }

    private func expectWidths(_ cursor: inout HDF5Cursor) throws {
        guard try cursor.byte() == 8, try cursor.byte() == 8 else {
            throw HDF5Refusal.foreign(.addressWidth)
        }
    }

    private func expectBeginning(_ base: UInt64, free: UInt64) throws {
        guard base == 0, free == HDF5Cursor.nowhere else {
            throw HDF5Refusal.foreign(.superblockAdditions)
        }
    }

    /// Notes that the structure at `address` was met.
    ///
    /// - Throws: `HDF5Refusal` if it was met before.
    mutating func enter(_ address: UInt64, _ name: String) throws {
        guard met.insert(address).inserted else {
            throw HDF5Refusal.foreign(.circle(at: Self.shown(name)))
        }
    }

    /// - Parameter cached: the object's B-tree and heap as the superblock or the parent's entry
    ///   repeats them, which the library may rely on.
    private mutating func checkObject(
        at address: UInt64, _ path: String, depth: Int, cached: (tree: UInt64, heap: UInt64)? = nil
    ) throws {
        guard depth < Self.deepest else { throw HDF5Refusal.foreign(.deeperGroups(than: Self.deepest)) }
        objects += 1
        guard objects <= Self.mostObjects else {
            throw HDF5Refusal.foreign(.moreObjects(than: Self.mostObjects))
        }
        try enter(address, path)
        var object = HDF5Object()
        for message in try messages(at: address, path) { try object.add(message, &self) }
        var children: [Link] = []
        switch object.kind {
        case .dataset where cached != nil, .newGroup where cached != nil:
            throw HDF5Refusal.damaged(.twoPlaces(Self.shown(path)))
        case .dataset:
            datasets.append(path)
            return try checkValues(object, path)
        case .oldGroup(let tree, let heap):
            guard cached.map({ $0 == (tree, heap) }) ?? true else {
                throw HDF5Refusal.damaged(.twoPlaces(Self.shown(path)))
            }
            children = try links(tree: tree, heap: heap, path)
        case .newGroup(let heap, let index):
            children =
                heap == HDF5Cursor.nowhere ? object.links : try denseLinks(heap: heap, index: index, path)
        case nil:
            throw HDF5Refusal.foreign(.otherObject(Self.shown(path)))
        }
        for child in children.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            // Names also end up in messages on a terminal.
            guard !child.name.isEmpty, child.name != ".", child.name.utf8.count <= 1024,
                !child.name.utf8.contains(UInt8(ascii: "/")),
                child.name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
            else {
                throw HDF5Refusal.damaged(.noName(in: Self.shown(path)))
            }
            try checkObject(
                at: child.address, (path == "/" ? "/" : path + "/") + child.name, depth: depth + 1,
                cached: child.cached)
        }
    }

    /// Returns a name from the file in a form fit for messages: shortened, without control
    /// characters.
    static func shown(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.prefix(80).map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
