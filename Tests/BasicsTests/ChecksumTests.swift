import Foundation
import TestSupport
import Testing

@testable import Basics

@Suite struct ChecksumTests {
    private let tensors: NamedTensors = [
        "b/kernel": Tensor(shape: [2, 3], values: [0, 1, -2, 3.5, .infinity, 0x1p-140]),
        "a": Tensor(shape: [], values: [7]),
        "empty": Tensor(shape: [0], values: []),
    ]

    /// The expected value comes from Python:
    /// `zlib.crc32(b"k\0v\0" + b"a\0F32\0\0" + struct.pack("<f", 7) + b"b/kernel\0F32\0002,3\0"
    /// + struct.pack("<6f", 0, 1, -2, 3.5, float("inf"), 2**-140) + b"empty\0F32\0000\0")`.
    @Test func checksumIsZlibs() {
        #expect(Safetensors.checksum(tensors, ["k": "v"]) == "6ff1fb93")
        #expect(Safetensors.checksum([:], [:]) == "00000000")
        // A checksum already in the metadata is not part of the content.
        #expect(Safetensors.checksum([:], ["crc32": "x"]) == "00000000")
    }

    @Test func everyDamagedByteIsNoticed() throws {
        let folder = try TemporaryFolder()
        let path = folder("file")
        try Safetensors.write(tensors, metadata: ["k": "v"], to: path)
        let (read, metadata) = try Safetensors.read(path)
        #expect(read == tensors && metadata == ["k": "v"])
        #expect(try Safetensors.readMetadata(path) == ["k": "v"])
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let start = 8 + Int(whole[0]) + Int(whole[1]) << 8
        for index in whole.indices {
            for bit in [0, 5, 7] {
                var bytes = whole
                bytes[index] ^= 1 << bit
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                // Some damage to the header's text does not change its meaning, such as other
                // whitespace.
                let result = try? Safetensors.read(path)
                if index >= start { #expect(result == nil, "byte \(index)") }
                if let result { #expect(result.tensors == tensors, "byte \(index)") }
            }
        }
    }

    @Test func filesWithoutAChecksumAreRead() throws {
        let folder = try TemporaryFolder()
        let header = Data(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#.utf8)
        var bytes = Data(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }) + header
        bytes += withUnsafeBytes(of: Float(7)) { Array($0) }
        try bytes.write(to: URL(fileURLWithPath: folder("file")))
        #expect(try Safetensors.read(folder("file")).tensors == ["a": Tensor(shape: [1], values: [7])])
    }

    /// Another order of the tensors, as other tools may write it, gives the same checksum.
    @Test func orderOfTheBytesDoesNotMatter() throws {
        let folder = try TemporaryFolder()
        let two: NamedTensors = ["a": Tensor(shape: [1], values: [1]), "b": Tensor(shape: [1], values: [2])]
        let sum = Safetensors.checksum(two, [:])
        for (isTrue, sum) in [(true, sum), (false, "00000000")] {
            let header = Data(
                #"{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"__metadata__":{"crc32":"\#(sum)"}}"#
                    .utf8)
            var bytes = Data(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }) + header
            for value in [Float(2), 1] { bytes += withUnsafeBytes(of: value) { Array($0) } }
            try bytes.write(to: URL(fileURLWithPath: folder("file")))
            if isTrue {
                #expect(try Safetensors.read(folder("file")).tensors == two)
            } else {
                #expect(throws: SafetensorsFailure.self) { try Safetensors.read(folder("file")) }
            }
        }
    }
}
