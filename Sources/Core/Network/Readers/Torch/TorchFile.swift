import Basics
import Foundation

/// A PyTorch file open for reading: the tensors of its state dict, and their values.
///
/// Both forms that `torch.save` has had are read: since version 1.6 a zip of a pickle and a member
/// for each storage, before that pickles and storages one after another. Source:
/// `torch/serialization.py`.
final class TorchFile {
    /// Longest file in bytes, also once unpacked.
    static let longestFile = Archive.largestMember
    /// The number that files of the earlier form begin with, as a pickle.
    private static let magic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
    /// Version of the earlier form: the only one there was.
    private static let version = 1001

    /// In the order of the file. A tensor's location is its name in the state dict, without the
    /// prefix that all share (`TorchStateDict`).
    let tensors: [StoredTensor]
    private let places: [String: Int]
    private let objects: PickleObjects
    /// Positions of the storages in `file`, by key.
    private let storages: [String: Int]
    private let file: FileHandle
    /// Path of the file, for failures.
    private let path: String

    private init(
        _ root: PickleValue, _ objects: PickleObjects, storages: [String: Int], in file: FileHandle,
        _ path: String
    ) throws(TorchFailure.Fault) {
        let entries = try TorchStateDict(objects).tensors(of: root)
        tensors = entries.map { name, place in
            let dot = name.lastIndex(of: ".")
            return StoredTensor(
                layer: dot.map { String(name[..<$0]) } ?? "",
                variable: dot.map { String(name[name.index(after: $0)...]) } ?? name,
                shape: objects.tensors[place].shape, location: name)
        }
        places = Dictionary(entries) { first, _ in first }
        (self.objects, self.storages, self.file, self.path) = (objects, storages, file, path)
    }

    /// Opens the file at `path` for the duration of `body`.
    ///
    /// - Throws: `TorchFailure` if it is damaged or holds more than tensors, `ArchiveFailure` if it
    ///   is a damaged zip, and whatever `body` throws.
    static func withFile<Result>(_ path: String, _ body: (TorchFile) throws -> Result) throws -> Result {
        guard let handle = BoundedFile.open(path) else { throw TorchFailure(path, .cannotBeRead) }
        defer { try? handle.close() }
        var status = stat()
        guard fstat(handle.fileDescriptor, &status) == 0 else { throw TorchFailure(path, .cannotBeRead) }
        guard status.st_size <= longestFile else {
            throw TorchFailure(path, .foreign(.largeFile(thanMiB: longestFile >> 20)))
        }
        guard let start = try? handle.read(upToCount: Unpickler.mostBytes) else {
            throw TorchFailure(path, .cannotBeRead)
        }
        if start.starts(with: Array("PK".utf8)) { return try withZip(path, body) }
        let file: TorchFile
        do throws(TorchFailure.Fault) {
            file = try stream(Array(start), handle, size: Int(status.st_size), path)
        } catch {
            throw TorchFailure(path, error)
        }
        return try body(file)
    }

    /// Returns all tensors by name, in PyTorch's own layouts.
    static func read(_ path: String) throws -> NamedTensors {
        try withFile(path) { file in
            var tensors = NamedTensors(minimumCapacity: file.tensors.count)
            for stored in file.tensors {
                tensors[stored.location] = Tensor(shape: stored.shape, values: try file.values(of: stored))
            }
            return tensors
        }
    }

    /// Whether a file that begins with these bytes can be of the earlier form. The later one is a
    /// zip.
    static func looksLike(_ start: Data) -> Bool {
        let start = Array(start.prefix(32))
        return start.count > 2 && start[0] == 0x80 && start[1] <= 5
    }

    /// Whether a member of a zip with this path is the pickle of the later form.
    static func isPickle(member: String) -> Bool {
        member.hasSuffix("/data.pkl") && member.count { $0 == "/" } == 1
    }

    /// Reads a tensor's values as Float32, row major.
    func values(of stored: StoredTensor) throws -> [Float] {
        guard let place = places[stored.location] else {
            throw TorchFailure(path, .damaged(.noStorage(HDF5Structure.shown(stored.location))))
        }
        let tensor = objects.tensors[place]
        guard tensor.count > 0 else { return [] }
        let storage = objects.storages[tensor.storage]
        // Every storage that a tensor has was found when the file was opened.
        let start = storages[storage.key]! + tensor.span.lowerBound * storage.element.width
        var bytes = [UInt8](repeating: 0, count: tensor.span.count * storage.element.width)
        let isWhole = bytes.withUnsafeMutableBytes {
            PositionedIO.read(file.fileDescriptor, $0.baseAddress!, $0.count, at: start)
        }
        guard isWhole else { throw TorchFailure(path, .damaged(.endsEarly)) }
        return bytes.withUnsafeBytes { tensor.values($0, storage.element) }
    }
}

// MARK: The earlier form

extension TorchFile {
    /// Reads the pickles of the number that marks the form, its version, the writer's machine, the
    /// object and the storages' keys. Then come the storages, each as its count and its elements.
    private static func stream(
        _ start: [UInt8], _ handle: FileHandle, size: Int, _ path: String
    ) throws(TorchFailure.Fault) -> TorchFile {
        var unpickler = Unpickler(start)
        let root: PickleValue
        let keys: [PickleValue]
        do throws(TorchFailure.Fault) {
            guard case .long(magic) = try unpickler.load() else { throw .otherPickle }
            guard try unpickler.load().integer == version else { throw .otherPickle }
            if case .dictionary(let machine) = try unpickler.load(),
                case .bool(false)? = unpickler.objects.value("little_endian", of: machine)
            {
                throw .bigEndian
            }
            root = try unpickler.load()
            let list = try unpickler.load()
            guard let elements = unpickler.objects.elements(list) else {
                throw .damaged(.pickle(at: unpickler.position))
            }
            keys = elements
        } catch .damaged(.endsEarly) where size > start.count {
            throw .foreign(.longPickle(thanMiB: Unpickler.mostBytes >> 20))
        }
        let named = Dictionary(unpickler.objects.storages.map { ($0.key, $0) }) { first, _ in first }
        var storages: [String: Int] = [:]
        var position = unpickler.position
        for key in keys {
            guard let key = key.text, let storage = named[key] else {
                throw .damaged(.noStorage(HDF5Structure.shown(key.text ?? "?")))
            }
            guard storages[key] == nil else { throw .damaged(.twice(HDF5Structure.shown(key))) }
            var stored: Int64 = 0
            guard size - position >= 8,
                withUnsafeMutableBytes(
                    of: &stored,
                    { PositionedIO.read(handle.fileDescriptor, $0.baseAddress!, 8, at: position) })
            else { throw .damaged(.endsEarly) }
            let count = Int(Int64(littleEndian: stored))
            guard count == storage.count else {
                throw .damaged(
                    .storageSize(HDF5Structure.shown(key), expected: storage.count, found: count))
            }
            position += 8
            guard count <= (size - position) / storage.element.width else { throw .damaged(.endsEarly) }
            storages[key] = position
            position += count * storage.element.width
        }
        for storage in unpickler.objects.storages { try check(storage, named, storages) }
        return try TorchFile(root, unpickler.objects, storages: storages, in: handle, path)
    }

    /// Checks that the file has a storage, and that it has one size and one type.
    private static func check(
        _ storage: TorchStorage, _ named: [String: TorchStorage], _ found: [String: Int]
    ) throws(TorchFailure.Fault) {
        let name = HDF5Structure.shown(storage.key)
        guard found[storage.key] != nil, let first = named[storage.key] else {
            throw .damaged(.noStorage(name))
        }
        let (expected, width) = (first.count * first.element.width, storage.element.width)
        guard storage.count * width == expected, first.element == storage.element else {
            throw .damaged(.storageSize(name, expected: expected, found: storage.count * width))
        }
    }
}

// MARK: The later form

extension TorchFile {
    /// Unpacks the pickle and the storages, `NAME/data.pkl` and `NAME/data/KEY`, into a temporary
    /// file.
    private static func withZip<Result>(
        _ path: String, _ body: (TorchFile) throws -> Result
    ) throws -> Result {
        try Scratch.withFile { unpacked in
            let members = try Archive.extractMembers(of: path, to: unpacked, limit: longestFile) { member in
                let parts = member.split(separator: "/", omittingEmptySubsequences: false)
                return parts.count == 2 && ["data.pkl", "byteorder"].contains(parts[1])
                    || parts.count == 3 && parts[1] == "data"
            }
            guard let handle = BoundedFile.open(unpacked) else { throw TorchFailure(path, .cannotBeRead) }
            defer { try? handle.close() }
            let file: TorchFile
            do throws(TorchFailure.Fault) {
                file = try zip(members, handle, path)
            } catch {
                throw TorchFailure(path, error)
            }
            return try body(file)
        }
    }

    private static func zip(
        _ members: [Archive.Extracted], _ handle: FileHandle, _ path: String
    ) throws(TorchFailure.Fault) -> TorchFile {
        guard let pickle = members.first(where: { isPickle(member: $0.path) }) else { throw .otherPickle }
        let folder = String(pickle.path.dropLast("data.pkl".count))
        var places: [String: Range<Int>] = [:]
        for member in members where member.path.hasPrefix(folder) {
            let name = String(member.path.dropFirst(folder.count))
            guard places.updateValue(member.bytes, forKey: name) == nil else {
                throw .damaged(.twice(HDF5Structure.shown(name)))
            }
        }
        if let order = places["byteorder"], try bytes(order, handle, limit: 16) != Array("little".utf8) {
            throw .bigEndian
        }
        var unpickler = Unpickler(try bytes(pickle.bytes, handle, limit: Unpickler.mostBytes))
        let root = try unpickler.load()
        var storages: [String: Int] = [:]
        for storage in unpickler.objects.storages {
            let name = HDF5Structure.shown(storage.key)
            guard let place = places["data/\(storage.key)"] else { throw .damaged(.noStorage(name)) }
            let expected = storage.count * storage.element.width
            guard place.count == expected else {
                throw .damaged(.storageSize(name, expected: expected, found: place.count))
            }
            storages[storage.key] = place.lowerBound
        }
        return try TorchFile(root, unpickler.objects, storages: storages, in: handle, path)
    }

    private static func bytes(
        _ place: Range<Int>, _ handle: FileHandle, limit: Int
    ) throws(TorchFailure.Fault) -> [UInt8] {
        guard place.count <= limit else { throw .foreign(.longPickle(thanMiB: Unpickler.mostBytes >> 20)) }
        guard !place.isEmpty else { return [] }
        var bytes = [UInt8](repeating: 0, count: place.count)
        let isWhole = bytes.withUnsafeMutableBytes {
            PositionedIO.read(handle.fileDescriptor, $0.baseAddress!, $0.count, at: place.lowerBound)
        }
        guard isWhole else { throw .cannotBeRead }
        return bytes
    }
}
