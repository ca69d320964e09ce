import Basics
import Foundation
import TestSupport
import Testing

@testable import Exports

@Suite("Encoders") struct EncoderTests {
    @Test("protobuf: the bytes of its documentation") func protobuf() {
        let message = ProtobufWriter {
            $0.integer(1, 150)
            $0.text(2, "testing")
            $0.integers(6, [3, 270, 86942])
            $0.float(3, 1)
        }
        #expect(
            Array(message.bytes) == [
                0x08, 0x96, 0x01, 0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67, 0x32, 0x06, 0x03,
                0x8e, 0x02, 0x9e, 0xa7, 0x05, 0x1d, 0, 0, 0x80, 0x3f,
            ])
    }

    @Test("protobuf: what is written can be read", arguments: [0, 1, 127, 128, 16384, .max, -1, .min])
    func integers(_ value: Int) {
        let message = ProtobufWriter {
            $0.integer(20, value)
            $0.integers(7, [value, 5])
            $0.message(3) { $0.integer(1, value) }
        }
        let read = WireReader(message.bytes)
        #expect(read.integers(20) == [value])
        #expect(read.packed(7) == [value, 5])
        #expect(read.messages(3).flatMap { $0.integers(1) } == [value])
    }

    @Test("FlatBuffers: every kind of value can be read, at aligned places") func flatBuffer() throws {
        let inner = FlatTable([2: .text("inner"), 0: .byte(7)])
        let data = FlatBufferBuilder.encode(
            FlatTable([
                0: .byte(200), 1: .int(-5), 3: .float(0.5), 4: .text("naïve"), 5: .table(inner),
                6: .tables([inner, FlatTable([1: .int(9)])]), 7: .ints([1, -2, 3]), 8: .longs([-4, 1 << 40]),
                9: .floats([1.5, -2]), 10: .data(Data([1, 2, 3])), 12: .tables([]),
            ]), identifier: "TEST")
        #expect(Array(data[4..<8]) == Array("TEST".utf8))
        let root = FlatReader(data)
        #expect(root.byte(0) == 200)
        #expect(root.int(1) == -5)
        #expect(root.field(2) == nil && root.field(11) == nil && root.field(40) == nil)
        #expect(root.float(3) == 0.5)
        #expect(root.text(4) == "naïve")
        #expect(root.table(5)?.text(2) == "inner" && root.table(5)?.byte(0) == 7)
        #expect(root.tables(6).map { $0.int(1) } == [nil, 9])
        #expect(root.ints(7) == [1, -2, 3])
        #expect(root.longs(8) == [-4, 1 << 40])
        #expect(root.floats(9) == [1.5, -2])
        #expect(root.data(10) == [1, 2, 3])
        #expect(root.vector(12)?.count == 0)
        #expect(try #require(root.vector(8)).start % 8 == 0)
        #expect(try #require(root.vector(10)).start % 16 == 0)
        for id in [1, 3, 4, 5] { #expect(try #require(root.field(id)) % 4 == 0) }
        // A text ends with a zero, which readers in C rely on.
        let text = try #require(root.vector(4))
        #expect(root.bytes[text.start + text.count] == 0)
    }

    @Test("zip: libarchive reads the members", arguments: [0, 1000]) func zip(_ before: Int) throws {
        let folder = try TemporaryFolder()
        var zip = ZipWriter(after: Data(repeating: 7, count: before))
        zip.add("a.txt", Data("one".utf8))
        zip.add("b/size.bin", Data((0..<300).map { UInt8($0 & 255) }))
        let file = zip.finish()
        #expect(file.prefix(before) == Data(repeating: 7, count: before))
        try file.write(to: URL(fileURLWithPath: folder("a.zip")))
        for (name, count) in [("a.txt", 3), ("b/size.bin", 300)] {
            #expect(
                try Archive.extractMember(of: folder("a.zip"), to: folder("m"), where: { $0 == name }) != nil)
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder("m"))).count == count)
        }
    }
}
