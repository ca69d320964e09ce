import Canvas
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Photos

@Suite struct DataStatisticsTests {
    private func write(_ bytes: Data, _ path: String) throws {
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    private func picture(_ width: Int, _ height: Int) -> Data {
        DemoFlowers.jpeg(
            RGBImage(width: width, height: height, pixels: Array(repeating: 90, count: width * height * 3)))
    }

    @Test func countsAndSizesComeFromHeaders() throws {
        let root = try TemporaryFolder()
        for name in ["daisy", "雛菊🌼"] {
            try FileManager.default.createDirectory(atPath: root(name), withIntermediateDirectories: true)
        }
        for i in 1...6 { try write(picture(100 * i, 100), root("daisy/\(i).jpg")) }
        try write(picture(50, 200), root("雛菊🌼/a\u{1b}.jpg"))
        // A file cut after its header still counts; one that is no picture does not.
        try write(picture(80, 80).prefix(700), root("雛菊🌼/cut.jpg"))
        try write(Data("text".utf8), root("雛菊🌼/text.jpg"))
        try FileManager.default.copyItem(
            atPath: Fixture.path("photos/palette.png"), toPath: root("daisy/left.png"))
        let found = try DataStatistics(
            path: root.path, exclusions: ExclusionList(["daisy/left.png"]), threads: 2)
        #expect(found.photos == 8 && found.unreadable == 1 && found.excluded == 1)
        #expect(
            found.classes.map(\.photos) == [6, 2] && found.classes[0].share == 0.75 && found.imbalance == 3)
        #expect(
            found.widths.least == 50 && found.widths.greatest == 600 && found.aspects.least == 0.25
                && found.aspects.greatest == 6)
        #expect(found.formats == ["jpeg": 8] && found.colorModes == ["rgb": 8])
        for histogram in [found.widths, found.heights, found.aspects, found.bytes] {
            #expect(histogram.bins.reduce(0) { $0 + $1.count } == 8)
            #expect(zip(histogram.bins, histogram.bins.dropFirst()).allSatisfy { $0.upper == $1.lower })
        }
    }

    @Test func everyHeaderIsThatOfTheDecodedPicture() throws {
        let decoder = PhotoDecoder()
        let folder = Fixture.path("photos")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let (header, image) = (
                try decoder.header(path: "\(folder)/\(name)"), try decoder.decode(path: "\(folder)/\(name)")
            )
            #expect(header.width == image.width && header.height == image.height, "\(name)")
            #expect((header.format == .png) == name.hasSuffix("png"))
        }
        #expect(try decoder.header(path: folder + "/cmyk.jpg").colorMode == .cmyk)
        #expect(try decoder.header(path: folder + "/grey_16.png").bits == 16)
        #expect(throws: PhotoFault.self) { try decoder.header(Array("GIF89a".utf8)) }
        #expect(throws: PhotoFault.self) {
            try decoder.header([0x89, 0x50, 0x4e, 0x47] + Array(repeating: 0, count: 40))
        }
    }

    @Test func foldersWithFewPhotosHaveFewFigures() throws {
        let root = try TemporaryFolder()
        let empty = try DataStatistics(path: root.path)
        #expect(
            empty.photos == 0 && empty.classes.isEmpty && empty.imbalance == nil && empty.aspects.bins.isEmpty
        )
        try FileManager.default.createDirectory(atPath: root("daisy"), withIntermediateDirectories: true)
        #expect(try DataStatistics(path: root.path).classes.map(\.photos) == [0])
        try write(picture(30, 20), root("daisy/1.jpg"))
        let one = try DataStatistics(path: root.path)
        #expect(
            one.photos == 1 && one.aspects.bins == [.init(lower: 1.5, upper: 1.5, count: 1)]
                && one.widths.median == 30)
        #expect(throws: PhotoFolderFailure.missing(root("none"))) { try DataStatistics(path: root("none")) }
        #expect(throws: CancellationError.self) { try DataStatistics(path: root.path, isCancelled: { true }) }
    }

    @Test func binsHaveEqualRatios() {
        let histogram = Histogram([1, 2, 3, 4, 8, 16], bins: 4)
        #expect(histogram.bins.map { Int(($0.lower * 1000).rounded()) } == [1000, 2000, 4000, 8000])
        #expect(histogram.bins.map(\.count) == [1, 2, 1, 2] && histogram.median == 4)
        #expect(
            Histogram([], bins: 4).bins.isEmpty
                && Histogram([5, 5], bins: 4).bins == [.init(lower: 5, upper: 5, count: 2)])
    }
}
