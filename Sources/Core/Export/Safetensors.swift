import Foundation

/// The safetensors format: eight bytes with the header's length (little endian), a JSON
/// header of names, shapes and offsets, then the raw values.
///
/// Tensors are Float32 and lie in the order of their names; the header is padded with
/// spaces so that values start at a multiple of eight bytes. The metadata holds a checksum (`checksum`).
/// Source: https://github.com/huggingface/safetensors#format.
public enum Safetensors {
    /// The reference implementation's bound on a header.
    static let longestHeader = 100_000_000

    /// Writes all tensors atomically (`AtomicFile`).
    public static func write(_ tensors: NamedTensors, metadata: [String: String] = [:], to path: String) throws {
        let names = tensors.keys.sorted()
        var entries: [String: Entry] = [:]
        var offset = 0
        for name in names {
            let tensor = tensors[name]!
            entries[name] = .tensor(
                Description(dtype: "F32", shape: tensor.shape, data_offsets: [offset, offset + tensor.values.count * 4]))
            offset += tensor.values.count * 4
        }
        entries["__metadata__"] = .metadata(metadata.merging([checksumKey: checksum(tensors, metadata)]) { $1 })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var header = try encoder.encode(entries)
        while header.count % 8 != 0 { header.append(0x20) }
        try AtomicFile.write(path) { file in
            try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.append($0) }
            try header.withUnsafeBytes { try file.append($0) }
            for name in names { try tensors[name]!.values.withUnsafeBytes { try file.append($0) } }
        }
    }

    /// Reads all tensors and the metadata.
    ///
    /// - Throws: a `UserError` when the file cannot be read, is cut short or damaged (also when its checksum says so), or
    ///   holds another type than Float32.
    public static func read(_ path: String) throws -> (tensors: NamedTensors, metadata: [String: String]) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        } catch {
            throw UserError("\(path) cannot be read: check that it exists and is readable.")
        }
        let (entries, start) = try header(of: data, path)
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

    /// The metadata alone, without reading the values.
    public static func readMetadata(_ path: String) throws -> [String: String] {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) else {
            throw UserError("\(path) cannot be read: check that it exists and is readable.")
        }
        guard case .metadata(var metadata)? = try header(of: data, path).entries["__metadata__"] else { return [:] }
        metadata[checksumKey] = nil
        return metadata
    }

    /// Whether a file that begins so can be of this format.
    static func looksLike(_ start: Data) -> Bool {
        let start = Array(start)
        return start.count > 8 && start[8] == UInt8(ascii: "{") && length(start.prefix(8)) <= UInt64(longestHeader)
    }

    private static func length(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func header(of data: Data, _ path: String) throws -> (entries: [String: Entry], start: Int) {
        guard data.count > 8 else { throw UserError("\(path) is cut short: it has no safetensors header; save it again.") }
        let length = length(data.prefix(8))
        guard length <= UInt64(min(longestHeader, data.count - 8)) else {
            throw UserError("\(path) is cut short or no safetensors file: its header is not whole; save it again.")
        }
        let start = 8 + Int(length)
        guard let entries = try? JSONDecoder().decode([String: Entry].self, from: data.subdata(in: 8..<start)) else {
            throw UserError("\(path) is damaged: its safetensors header cannot be read; save it again.")
        }
        return (entries, start)
    }

    private static func tensor(
        _ description: Description, _ name: String, _ data: Data, _ start: Int, _ path: String
    ) throws -> Tensor {
        guard description.dtype == "F32" else {
            throw UserError("\(path) cannot be used: \(name) is of type \(description.dtype), and only F32 is read.")
        }
        let damaged = UserError("\(path) is cut short or damaged: \(name) is not whole; save it again.")
        let count = description.shape.reduce(Int?.some(1)) { total, extent in
            guard let total, extent >= 0 else { return nil }
            let (product, overflow) = total.multipliedReportingOverflow(by: extent)
            return overflow || product > 1 << 40 ? nil : product
        }
        guard let count, description.data_offsets.count == 2, description.data_offsets[0] >= 0,
            description.data_offsets[1] <= data.count - start,
            description.data_offsets[1] - description.data_offsets[0] == count * 4
        else { throw damaged }
        let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            let first = start + description.data_offsets[0]
            data.copyBytes(to: UnsafeMutableRawBufferPointer(buffer), from: first..<first + count * 4)
            initialized = count
        }
        return Tensor(shape: description.shape, values: values)
    }

    private struct Description: Codable {
        var dtype: String
        var shape: [Int]
        var data_offsets: [Int]
    }

    /// A member of the header: the metadata, or a tensor.
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
