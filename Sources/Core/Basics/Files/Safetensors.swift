package import Foundation

/// The safetensors format: the length of the header (8 bytes, little endian), a JSON header of
/// names, shapes and offsets, then the raw values.
///
/// Tensors are Float32 and written in the order of their names; the header is padded with spaces so
/// that values start at a multiple of eight bytes. The metadata holds a checksum (`checksum`).
/// Source: https://github.com/huggingface/safetensors#format.
package enum Safetensors {
    /// Longest header in bytes: room for the names of 850,000 photos. The reference implementation
    /// allows 100 MB.
    static let longestHeader = 64 << 20
    /// Limit of brackets, braces, colons and commas in a header, which determine the memory that
    /// decoding takes.
    static let mostMarks = 4_000_000
    /// Longest file in bytes. Checkpoints have 30 MB; features have 5 kB per photo.
    static let longestFile = 4 << 30

    /// Writes all tensors atomically (`AtomicFile`).
    package static func write(_ tensors: NamedTensors, metadata: [String: String] = [:], to path: String)
        throws
    {
        try write(tensors, metadata) { try AtomicFile.write(path, $0) }
    }

    /// Writes all tensors to a file that a person named.
    @discardableResult
    package static func export(
        _ tensors: NamedTensors, metadata: [String: String] = [:], to path: String, replacing: Bool
    ) throws -> ExportFile.Kind {
        try write(tensors, metadata) { try ExportFile.write(path, replacing: replacing, $0) }
    }

    /// Returns the bytes of a file with the tensors.
    package static func data(_ tensors: NamedTensors, metadata: [String: String] = [:]) throws -> Data {
        var data = try header(tensors, metadata)
        for name in tensors.keys.sorted() {
            tensors[name]!.values.withUnsafeBytes { data.append(contentsOf: $0) }
        }
        return data
    }

    private static func write<Result>(
        _ tensors: NamedTensors, _ metadata: [String: String],
        with write: ((borrowing AtomicFile) throws -> Void) throws -> Result
    ) throws -> Result {
        let header = try header(tensors, metadata)
        return try write { file in
            try header.withUnsafeBytes { try file.append($0) }
            for name in tensors.keys.sorted() {
                try tensors[name]!.values.withUnsafeBytes { try file.append($0) }
            }
        }
    }

    /// Returns all that precedes the values.
    private static func header(_ tensors: NamedTensors, _ metadata: [String: String]) throws -> Data {
        let names = tensors.keys.sorted()
        var entries: [String: Entry] = [:]
        var offset = 0
        for name in names {
            let tensor = tensors[name]!
            entries[name] = .tensor(
                Description(
                    dtype: "F32", shape: tensor.shape,
                    dataOffsets: [offset, offset + tensor.values.count * 4]))
            offset += tensor.values.count * 4
        }
        entries["__metadata__"] = .metadata(
            metadata.merging([checksumKey: checksum(tensors, metadata)]) { $1 })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var header = try encoder.encode(entries)
        while header.count % 8 != 0 { header.append(0x20) }
        return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header
    }

    /// Reads all tensors and the metadata.
    ///
    /// - Throws: a `SafetensorsFailure` if the file cannot be read, is cut short or damaged (also by its
    ///   checksum), or holds a type other than Float32.
    package static func read(_ path: String) throws -> (tensors: NamedTensors, metadata: [String: String]) {
        try read(try contents(path), from: path)
    }

    /// Reads the bytes of a file.
    ///
    /// - Parameter path: where they come from, for errors.
    package static func read(_ data: Data, from path: String) throws -> (
        tensors: NamedTensors, metadata: [String: String]
    ) {
        let (entries, start) = try header(of: data, path)
        try checkPlaces(entries, data.count - start, path)
        var tensors = NamedTensors(minimumCapacity: entries.count)
        var metadata: [String: String] = [:]
        for (name, entry) in entries {
            switch entry {
            case .metadata(let values): metadata = values
            case .tensor(let description): tensors[name] = try tensor(description, name, data, start, path)
            }
        }
        try verify(tensors, &metadata, path)
        return (tensors, metadata)
    }

    /// Reads the metadata alone, without the values.
    package static func readMetadata(_ path: String) throws -> [String: String] {
        let data = try contents(path, isHeaderOnly: true)
        guard case .metadata(var metadata)? = try header(of: data, path).entries["__metadata__"] else {
            return [:]
        }
        metadata[checksumKey] = nil
        return metadata
    }

    /// Reads the file rather than mapping it: if a mapped file were cut short, the process would
    /// end.
    private static func contents(_ path: String, isHeaderOnly: Bool = false) throws -> Data {
        do {
            if !isHeaderOnly { return try BoundedFile.read(path, limit: longestFile) }
            guard let file = BoundedFile.open(path) else { throw BoundedFile.Failure.unreadable }
            defer { try? file.close() }
            let start = try file.read(upToCount: 8) ?? Data()
            let length = length(start)
            guard start.count == 8, length <= longestHeader else {
                return start + (try file.read(upToCount: 1) ?? Data())
            }
            return start + (try file.read(upToCount: Int(length)) ?? Data())
        } catch BoundedFile.Failure.tooLarge {
            throw SafetensorsFailure(path, .larger(thanGiB: longestFile >> 30))
        } catch {
            throw SafetensorsFailure(path, .cannotBeRead)
        }
    }

    /// Whether a file that begins with these bytes can be of this format.
    package static func looksLike(_ start: Data) -> Bool {
        let start = Array(start)
        return start.count > 8 && start[8] == UInt8(ascii: "{")
            && length(start.prefix(8)) <= UInt64(longestHeader)
    }

    private static func length(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func header(of data: Data, _ path: String) throws -> (entries: [String: Entry], start: Int)
    {
        guard data.count > 8 else {
            throw SafetensorsFailure(path, .noHeader)
        }
        let length = length(data.prefix(8))
        guard length <= UInt64(min(longestHeader, data.count - 8)) else {
            throw SafetensorsFailure(path, .headerNotWhole)
        }
        let start = 8 + Int(length)
        let header = data.subdata(in: 8..<start)
        guard header.count(where: { "[{,:".utf8.contains($0) }) <= mostMarks else {
            throw SafetensorsFailure(path, .headerTooLong)
        }
        guard let entries = try? JSONDecoder().decode([String: Entry].self, from: header) else {
            throw SafetensorsFailure(path, .headerUnreadable)
        }
        return (entries, start)
    }

    /// Checks that the tensors are contiguous and fill the file, as the format requires: then no
    /// byte is read twice, and no more than the file is read.
    private static func checkPlaces(_ entries: [String: Entry], _ count: Int, _ path: String) throws {
        var end = 0
        let places = entries.values.compactMap { entry in
            if case .tensor(let description) = entry { description.dataOffsets } else { nil }
        }
        for place in places.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard place.count == 2, place[0] == end, place[1] >= end else {
                throw SafetensorsFailure(path, .tensorsOverlap)
            }
            end = place[1]
        }
        guard end == count else {
            throw SafetensorsFailure(path, .size(expected: end, found: count))
        }
    }

    private static func tensor(
        _ description: Description, _ name: String, _ data: Data, _ start: Int, _ path: String
    ) throws -> Tensor {
        guard description.dtype == "F32" else {
            throw SafetensorsFailure(path, .type(tensor: name, description.dtype))
        }
        let damaged = SafetensorsFailure(path, .tensorNotWhole(name))
        let count = description.shape.reduce(Int?.some(1)) { total, extent in
            guard let total, extent >= 0 else { return nil }
            let (product, overflow) = total.multipliedReportingOverflow(by: extent)
            return overflow || product > 1 << 40 ? nil : product
        }
        guard let count, description.dataOffsets.count == 2, description.dataOffsets[0] >= 0,
            description.dataOffsets[1] <= data.count - start,
            description.dataOffsets[1] - description.dataOffsets[0] == count * 4
        else { throw damaged }
        let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            let first = start + description.dataOffsets[0]
            data.copyBytes(to: UnsafeMutableRawBufferPointer(buffer), from: first..<first + count * 4)
            initialized = count
        }
        return Tensor(shape: description.shape, values: values)
    }

    private struct Description: Codable {
        var dtype: String
        var shape: [Int]
        var dataOffsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case dataOffsets = "data_offsets"
        }
    }

    /// An entry of the header: the metadata, or a tensor.
    private enum Entry: Codable {
        case tensor(Description)
        case metadata([String: String])

        init(from decoder: any Decoder) throws {
            if let description = try? Description(from: decoder) {
                self = .tensor(description)
            } else {
                self = .metadata(try [String: String](from: decoder))
            }
        }

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .tensor(let description): try description.encode(to: encoder)
            case .metadata(let metadata): try metadata.encode(to: encoder)
            }
        }
    }
}
