import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Photos

@Suite struct DataTests {
    @Test func shuffleIsThatOfNumPysRandomState() throws {
        struct File: Decodable {
            struct Permutation: Decodable {
                var seed: UInt32
                var count: Int
                var all: [Int]?
                var first: [Int]?
                var last: [Int]?
            }
            var shuffles: [Permutation]
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("split.json")))
        let file = try JSONDecoder().decode(File.self, from: data)
        #expect(file.shuffles.count >= 12)
        for expected in file.shuffles {
            var generator = MersenneTwister(seed: expected.seed)
            let order = generator.permutation(expected.count)
            if let all = expected.all { #expect(order == all) }
            if let first = expected.first { #expect(Array(order.prefix(first.count)) == first) }
            if let last = expected.last { #expect(Array(order.suffix(last.count)) == last) }
        }
    }

    @Test func philoxGivesItsPublishedVectors() {
        // Known answers of Random123's philox4x32-10.
        let zero = CounterRandom.philox(counter: (0, 0, 0, 0), key: (0, 0))
        #expect(zero == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        let ones = CounterRandom.philox(counter: (~0, ~0, ~0, ~0), key: (~0, ~0))
        #expect(ones == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    }

    @Test func shuffleDiffersByEpochAndSeedAndNotByCall() {
        func order(_ seed: UInt64, _ epoch: Int) -> [Int] {
            var random = CounterRandom(seed: seed, purpose: .shuffle, epoch: epoch)
            return random.permutation(100)
        }
        #expect(order(1, 0) == order(1, 0))
        #expect(order(1, 0) != order(1, 1))
        #expect(order(1, 0) != order(2, 0))
        #expect(order(1, 0).sorted() == Array(0..<100))
    }

    private struct Listing: Decodable {
        struct Split: Decodable {
            struct Row: Decodable, Equatable {
                var file: PhotoPath
                var label: Int
                var subset: Subset
            }
            var seed: UInt32
            var validationSplit: Double
            var photos: [Row]

            enum CodingKeys: String, CodingKey {
                case seed, photos
                case validationSplit = "validation_split"
            }
        }
        var files: [String]
        var ignored: [String]
        var classes: [String]
        var splits: [Split]
    }

    @Test func folderIsListedAndSplitAsByKeras() throws {
        let expected = try JSONDecoder().decode(
            Listing.self, from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("split.json"))))
        let root = try TemporaryFolder()
        for name in (expected.files + expected.ignored).shuffled() {
            let url = URL(fileURLWithPath: "\(root.path)/\(name)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: url)
        }
        let folder = try ImageFolder(path: root.path)
        #expect(folder.classes == expected.classes)
        #expect(expected.splits.count == 3)
        for split in expected.splits {
            let photos = try DatasetSplit.split(
                folder.files, validationSplit: split.validationSplit, seed: split.seed)
            #expect(photos.map { .init(file: $0.file, label: $0.label, subset: $0.subset) } == split.photos)
        }
    }

    @Test func foldersThatCannotBeTrainedOnAreRefused() throws {
        let root = try TemporaryFolder()
        func message() -> String? {
            do { _ = try ImageFolder(path: root.path) } catch { return (error as? any Failure)?.message }
            return nil
        }
        #expect(message()?.contains("holds no folders") == true)
        try FileManager.default.createDirectory(
            atPath: root.path + "/daisy", withIntermediateDirectories: true)
        #expect(message()?.contains("No photos") == true)
        try Data().write(to: URL(fileURLWithPath: root.path + "/daisy/1.jpg"))
        #expect(message()?.contains("only one class") == true)
        let (missing, file) = (root.path + "/missing", root.path + "/daisy/1.jpg")
        #expect(throws: PhotoFolderFailure.missing(missing)) { try ImageFolder(path: missing) }
        #expect(throws: PhotoFolderFailure.isFile(file)) { try ImageFolder(path: file) }
    }
}
