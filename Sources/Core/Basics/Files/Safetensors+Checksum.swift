import CZlib

extension Safetensors {
    /// Metadata key of the checksum, which `read` and `readMetadata` leave out.
    static let checksumKey = "crc32"

    /// Returns the CRC-32 (zlib's) of a file's content, in eight hexadecimal digits.
    ///
    /// It covers, in the order of their UTF-8 bytes, all other metadata entries as key, NUL, value,
    /// NUL, and then all tensors as name, NUL, type, NUL, extents joined by commas, NUL, and raw
    /// bytes. So it stays valid if a tool writes the same tensors in another order.
    package static func checksum(_ tensors: NamedTensors, _ metadata: [String: String]) -> String {
        checksum(tensors, metadata.map { ($0.key, $0.value) })
    }

    /// Returns the same for metadata whose keys may be equal as `String`s, though not as bytes.
    package static func checksum(_ tensors: NamedTensors, _ metadata: [(key: String, value: String)])
        -> String
    {
        var sum = crc32_z(0, nil, 0)
        func add(_ parts: String...) {
            for part in parts {
                let bytes = Array(part.utf8) + [0]
                sum = crc32_z(sum, bytes, bytes.count)
            }
        }
        for (key, value) in metadata.sorted(by: { precedes($0.key, $1.key) }) where key != checksumKey {
            add(key, value)
        }
        for (name, tensor) in tensors.sorted(by: { precedes($0.key, $1.key) }) {
            add(name, "F32", tensor.shape.map(String.init).joined(separator: ","))
            tensor.values.withUnsafeBytes { bytes in
                // zlib takes a null pointer as a request for the initial checksum.
                if let base = bytes.baseAddress, !bytes.isEmpty { sum = crc32_z(sum, base, bytes.count) }
            }
        }
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// Removes the checksum from the metadata and verifies it. Files of older versions and of other
    /// tools have none.
    ///
    /// - Throws: a `SafetensorsFailure` if the content is not what was written.
    static func verify(_ tensors: NamedTensors, _ metadata: inout [String: String], _ path: String) throws {
        guard let expected = metadata.removeValue(forKey: checksumKey) else { return }
        guard expected == checksum(tensors, metadata) else {
            throw SafetensorsFailure(path, .checksum)
        }
    }
}
