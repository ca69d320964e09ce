import Foundation
import TestSupport
import Testing

@testable import Canvas
@testable import Logs
@testable import Photos

/// Messages and records, against those of TensorFlow (Tests/Fixtures/logs.py).
@Suite struct EventFormatTests {
    private struct Golden: Decodable {
        struct Message: Decodable {
            var bytes: Data
            var time: Double
            var step: Int
            var tag: String?
            var picture: Data?
        }
        var messages: [Message]
        var file: Data
        var scalars: [String: [String: [[Double]]]]
    }

    private let golden: Golden

    init() throws {
        golden = try JSONDecoder().decode(Golden.self, from: LogFixtures.data("logs.json"))
    }

    @Test func encodesAsTensorFlowDoes() throws {
        let picture = try #require(golden.messages.compactMap(\.picture).first)
        let messages: [EventMessage] = [
            .scalar(0.625), .scalar(0), .text("| é |"), .picture(picture, width: 3, height: 2),
        ]
        // After the version, which names the writer, and before the settings, which have a hash.
        for (message, wanted) in zip(messages, golden.messages.dropFirst()) {
            let found = message.encoded(tag: try #require(wanted.tag), step: wanted.step, time: wanted.time)
            #expect(found == wanted.bytes, "\(message)")
        }
        #expect(golden.messages.count == messages.count + 2)
    }

    @Test func framesRecordsAsTensorFlowDoes() {
        #expect(golden.messages.reduce(Data()) { $0 + TFRecord.framed($1.bytes) } == golden.file)
        // RFC 3720, B.4: 32 bytes of zero have the sum AA 36 91 8A.
        let mask: UInt32 = 0xa282_ead8
        let sum = TFRecord.checksum([UInt8](repeating: 0, count: 32)) &- mask
        #expect(sum << 15 | sum >> 17 == 0x8a91_36aa)
    }

    @Test func readsWhatTensorBoardReads() throws {
        for (file, tags) in golden.scalars {
            let reader = EventReader([UInt8](try LogFixtures.data("logs/\(file)")))
            #expect(reader.damage == nil)
            for (tag, points) in tags {
                let found = reader.values.filter { $0.tag == tag }
                #expect(found.map { [Double($0.step), $0.scalar ?? .nan] } == points, "\(file) \(tag)")
            }
            #expect(Set(reader.values.filter { $0.scalar != nil }.map(\.tag)) == Set(tags.keys))
        }
        #expect(golden.scalars.count == 3)
    }

    @Test func readsWholeRecordsBeforeAnyDamage() throws {
        let whole = [UInt8](golden.file)
        let count = EventReader(whole).values.count
        #expect(count == 5)
        for length in 0..<whole.count {
            let reader = EventReader(Array(whole.prefix(length)))
            let isAtRecord = reader.length == length
            #expect((reader.damage == nil) == isAtRecord && reader.values.count <= count)
        }
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= 0x40
            let reader = EventReader(bytes)
            #expect(reader.damage != nil && reader.length <= place, "byte \(place)")
            #expect(reader.values == Array(EventReader(whole).values.prefix(reader.values.count)))
        }
    }

    @Test func drawsCountsAndNames() throws {
        var canvas = PixelCanvas(width: 8, height: 8)
        canvas.write("L", x: 1, y: 0)
        let rows = (0..<8).map { row in
            (0..<8).map { canvas.picture.pixels[(row * 8 + $0) * 3] == 0 ? "#" : "." }.joined()
        }
        #expect(rows == Array(repeating: ".#......", count: 6) + [".#####..", "........"])
        // Nothing is drawn beyond the edges.
        canvas.write("WWW", x: 5, y: 5)
        canvas.fill(x: -3, y: 6, width: 100, height: 100, (1, 2, 3))
        #expect(canvas.picture.pixels.suffix(3) == [1, 2, 3])
        let photo = RGBImage(width: 300, height: 100, pixels: [UInt8](repeating: 9, count: 90_000))
        #expect(PhotoSheet.draw([], ["a"]) == nil)
        let sheet = try #require(PhotoSheet.draw(Array(repeating: (photo, 0), count: 20), ["é"]))
        #expect(sheet.width == 4 * 164 + 4 && sheet.height == 3 * 176 + 4)
    }
}

/// Files of Tests/Fixtures.
enum LogFixtures {
    static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/\(name)").path
    }

    static func data(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }
}
