import Canvas
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Doctor
@testable import Photos

/// The doctor's parts against SciPy, scikit-learn and Keras (Tests/Fixtures/doctor.py), and the
/// whole doctor on made-up photos.
@Suite struct DoctorTests {
    private struct Golden: Decodable {
        struct Hash: Decodable { var bits, mirrored: String }
        var hashes: [Hash]
        var labels, folds: [Int]
        var probabilities: [Float]
        var neighbors: [Int]
        var cosines: [Float]
    }

    private func golden() throws -> Golden {
        try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("doctor.json"))))
    }

    /// The same features as in Tests/Fixtures/doctor.py.
    private func features(_ count: Int = 60) throws -> FeatureMatrix {
        let matrix = try #require(FeatureMatrix(count: count, descriptor: nil))
        for photo in 0..<count {
            var row = HashNetwork.values("feature_\(photo)", FeatureMatrix.standardChannels)
            for c in photo % 3 * 40..<(photo % 3 + 1) * 40 { row[c] += 0.75 }
            matrix.write(photo, row.map(Float.init))
        }
        return matrix
    }

    @Test func hashEqualsSciPys() throws {
        let expected = try golden().hashes
        #expect(expected.count == 8)
        for (i, hash) in expected.enumerated() {
            let a = HashNetwork.values("hash_\(i)", 12)
            let picture = (0..<1024).map { pixel in
                let (x, y) = (Double(pixel % 32), Double(pixel / 32))
                return Float(
                    (0..<4).reduce(128.0) {
                        $0 + 50 * a[$1] * cos(Double($1 + 1) * (x * a[$1 + 4] + y * a[$1 + 8]) / 4)
                    })
            }
            let found = PerceptualHash(luminance: picture)
            #expect(
                found.bits == UInt64(hash.bits, radix: 16)
                    && found.mirrored == UInt64(hash.mirrored, radix: 16))
        }
    }

    @Test func indexFindsAllHashesWithinItsReach() {
        var random = CounterRandom(seed: 1, purpose: .preview)
        let base = UInt64(random.next()) << 32 | UInt64(random.next())
        var hashes = [base]
        for bits in 0..<14 {
            var hash = base
            for bit in random.permutation(64).prefix(bits) { hash ^= 1 << UInt64(bit) }
            hashes.append(hash)
        }
        for _ in 0..<500 { hashes.append(UInt64(random.next()) << 32 | UInt64(random.next())) }
        let index = HashIndex(hashes)
        var found = Set<Int>()
        index.search(base, distance: HashIndex.reach) { other, distance in
            #expect(PerceptualHash.distance(base, hashes[other]) == distance)
            found.insert(other)
        }
        #expect(
            found
                == Set(hashes.indices.filter { PerceptualHash.distance(base, hashes[$0]) <= HashIndex.reach })
        )
        #expect(found.count == 9)
    }

    @Test func neighborsEqualScikitLearns() throws {
        let (golden, features) = (try golden(), try features())
        let pool = WorkerPool(count: 2)
        defer { pool.close() }
        let found = try FeatureNeighbors(features, rows: Array(0..<60), pool: pool, isCancelled: { false })
        for photo in 0..<60 {
            let expected = Array(golden.neighbors[photo * 10..<(photo + 1) * 10])
            #expect(found.of(photo).map(\.photo) == expected)
            let cosines = Array(golden.cosines[photo * 10..<(photo + 1) * 10])
            #expect(disagreement(found.of(photo).map(\.cosine), cosines, absolute: 2e-6, relative: 0) <= 1)
        }
    }

    /// In tight clusters, the search by cells finds nearly all nearest neighbours.
    @Test func cellsFindTheNearestOfClusters() throws {
        let count = 2600
        let features = try #require(FeatureMatrix(count: count, descriptor: nil))
        let centres = (0..<20).map { HashNetwork.values("centre_\($0)", FeatureMatrix.standardChannels) }
        for photo in 0..<count {
            var random = CounterRandom(seed: 9, purpose: .preview, item: photo)
            features.write(photo, centres[photo % 20].map { Float($0) + random.uniform(in: -0.2...0.2) })
        }
        let pool = WorkerPool(count: 2)
        defer { pool.close() }
        let rows = Array(0..<count)
        let exact = try FeatureNeighbors(features, rows: rows, pool: pool, isCancelled: { false })
        let cells = try FeatureNeighbors(
            features, rows: rows, pool: pool, exactLimit: 100, isCancelled: { false })
        let same = rows.count { exact.of($0).first?.photo == cells.of($0).first?.photo }
        #expect(same > count * 95 / 100, "\(same) of \(count)")
    }

    /// Each pair differs in one way; the other photos have nothing in common.
    @Test func copiesAreFoundByPixelsHashAndFeatures() throws {
        let features = try features()
        func imitate(_ photo: Int, _ original: Int) {
            let values = (0..<FeatureMatrix.standardChannels).map {
                features.row(original)[$0] * (1 + Float($0 % 7) * 0.01)
            }
            features.write(photo, values)
        }
        var random = CounterRandom(seed: 2, purpose: .preview)
        var records = (0..<60).map { photo in
            var record = PhotoRecord(file: PixelFile.Entry(path: "\(photo).jpg", in: "/none"))
            record.header = PhotoHeader(format: .jpeg, width: 100, height: 80)
            (record.pixelSum, record.contrast) = (UInt64(photo), 40)
            record.hash = UInt64(random.next()) << 32 | UInt64(random.next())
            record.mirroredHash = UInt64(random.next()) << 32 | UInt64(random.next())
            return record
        }
        func flip(_ hash: UInt64, _ bits: Int) -> UInt64 { hash ^ ((1 << UInt64(bits)) - 1) << 3 }
        (records[40].pixelSum, records[40].hash) = (records[3].pixelSum, records[3].hash)
        records[41].hash = flip(records[5].hash, 6)
        imitate(41, 5)
        records[42].mirroredHash = flip(records[6].hash, 5)
        imitate(42, 6)
        records[43].hash = flip(records[7].hash, 18)
        imitate(43, 7)
        // Not copies: another size, other features, too distant a hash, too little contrast.
        records[44].pixelSum = records[4].pixelSum
        records[44].header?.width = 50
        records[45].hash = flip(records[8].hash, 4)
        records[46].hash = flip(records[10].hash, 30)
        imitate(46, 10)
        (records[47].hash, records[47].contrast) = (records[11].hash, 0.5)
        let pool = WorkerPool(count: 1)
        defer { pool.close() }
        let rows = Array(0..<60)
        let neighbors = try FeatureNeighbors(features, rows: rows, pool: pool, isCancelled: { false })
        let groups = DuplicateSearch.groups(records, features: features, rows: rows, neighbors: neighbors)
        #expect(groups.map(\.photos) == [[3, 40], [5, 41], [6, 42], [7, 43]])
        #expect(groups.map(\.isExact) == [true, false, false, false] && groups[0].similarity == 1)
        #expect(groups.allSatisfy { !$0.isDoubtful })

        // The same pair, whose likeness the distance of its hashes lowers below the limit, is similar.
        records[43].hash = flip(records[7].hash, 24)
        var farther = groups
        for share in stride(from: Float(0), to: 1, by: 0.02) where !(farther.last?.isDoubtful ?? true) {
            let values = (0..<FeatureMatrix.standardChannels).map {
                features.row(7)[$0] + share * features.row(20)[$0]
            }
            features.write(43, values)
            farther = DuplicateSearch.groups(records, features: features, rows: rows, neighbors: neighbors)
        }
        #expect(farther.map(\.photos) == [[3, 40], [5, 41], [6, 42], [7, 43]])
        #expect(farther.map(\.isDoubtful) == [false, false, false, true])
        #expect(farther[3].similarity < DuplicateSearch.surelyCopied)
        // A group of copies takes part in a pair as a whole, once.
        (records[50].pixelSum, records[50].hash) = (records[7].pixelSum, records[7].hash)
        imitate(50, 7)
        let chained = DuplicateSearch.groups(records, features: features, rows: rows, neighbors: neighbors)
        #expect(chained.map(\.photos) == [[3, 40], [5, 41], [6, 42], [7, 50], [7, 43]])
        let byHash = DuplicateSearch.groups(records, features: nil, rows: rows, neighbors: nil)
        #expect(byHash.map(\.photos) == [[3, 40], [5, 41], [6, 42], [7, 50], [8, 45]])
    }

    @Test func headsOfFoldsEqualKeras() throws {
        let (golden, features) = (try golden(), try features())
        for threads in [1, 2] {
            let pool = WorkerPool(count: threads)
            defer { pool.close() }
            let head = FoldedHead(
                features, Array(0..<60), golden.labels, classes: 3, folds: golden.folds, count: 5)
            for step in 1...60 { head.step(step, learningRate: 3e-3, decay: 0.1, pool) }
            #expect(
                disagreement(head.probabilities(pool), golden.probabilities, absolute: 2e-4, relative: 0) <= 1
            )
        }
    }

    @Test func wrongLabelsAreSuspectedAndNoOthers() throws {
        let (golden, features) = (try golden(), try features())
        let pool = WorkerPool(count: 2)
        defer { pool.close() }
        let rows = Array(0..<60)
        let neighbors = try FeatureNeighbors(features, rows: rows, pool: pool, isCancelled: { false })
        let suspects = try LabelCheck.suspects(
            features, rows: rows, labels: golden.labels, classes: 3, groups: [], neighbors: neighbors,
            pool: pool,
            progress: { _, _ in }, isCancelled: { false })
        #expect(Set(suspects.map(\.photo)) == [9, 19, 29, 39, 49, 59])
        #expect(suspects.allSatisfy { $0.suggested == $0.photo % 3 })
        #expect(throws: CancellationError.self) {
            try LabelCheck.suspects(
                features, rows: rows, labels: golden.labels, classes: 3, groups: [], neighbors: neighbors,
                pool: pool,
                progress: { _, _ in }, isCancelled: { true })
        }
    }

    // MARK: Whole folders

    private func options(_ data: String, _ photos: TinyPhotos) -> DataDoctor.Options {
        var options = DataDoctor.Options(data: data, cache: photos.cache, threads: 2)
        options.weights = photos.weights
        return options
    }

    private func write(_ bytes: Data, _ path: String) throws {
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    @Test func plantedFaultsAreFound() throws {
        let photos = try TinyPhotos(classes: ["daisy", "roses", "tulips"], perClass: 24)
        let planted = try PlantedPhotos(photos.data, seed: 3, mislabeled: 0)
        let report = try DataDoctor(options(planted.data, photos)).examine()
        #expect(planted.found(in: report).damaged == 5, "\(report.findings.map(\.sentence))")
        // Features from random weights say little about edited pictures; for the first two copies
        // the pixels are enough.
        for (original, copy) in planted.copies.prefix(2) {
            #expect(
                report.findings.contains {
                    $0.files.contains(original) && $0.files.contains(copy) && $0.score == 1
                })
        }
        #expect(report.findings == report.findings.sorted(by: Finding.precedes))
        #expect(report.skipped.count == report.counts[.unreadable])
        #expect(report.training + report.validation == report.classes.total)
        // Results are kept between checks; only a new or changed photo is examined.
        let again = try DataDoctor(options(planted.data, photos)).examine()
        #expect(again.examined == 0 && again.findings == report.findings && report.examined == 82)
        let original = planted.copies[0].original
        let elsewhere = PhotoPath((original.text.hasPrefix("daisy") ? "roses" : "daisy") + "/new.jpg")
        try write(
            try Data(contentsOf: URL(fileURLWithPath: "\(photos.data)/\(original)")),
            "\(planted.data)/\(elsewhere)")
        let changed = try DataDoctor(options(planted.data, photos)).examine()
        #expect(changed.examined == 1)
        #expect(
            changed.findings.contains {
                $0.kind == .conflictingLabels && $0.files.contains(original) && $0.files.contains(elsewhere)
                    && $0.leaveOut == $0.files
            })
    }

    @Test func oneThreadFindsWhatManyFind() throws {
        let photos = try TinyPhotos(classes: ["daisy", "roses"], perClass: 30)
        var one = options(photos.data, photos)
        (one.threads, one.isBackground) = (1, true)
        let run = DoctorRun(one)
        run.wait()
        let alone = try #require(run.result).get()
        var elsewhere = options(photos.data, photos)
        elsewhere.cache = photos.cache + "/other"
        let together = try DataDoctor(elsewhere).examine()
        #expect(alone == together && run.progress != nil)
    }

    @Test func aCancelledCheckKeepsWhatItExamined() throws {
        let photos = try TinyPhotos(perClass: 24)
        let flag = AtomicFlag()
        #expect(throws: CancellationError.self) {
            try DataDoctor(options(photos.data, photos)).examine(
                progress: { if $0.phase == .examiningPhotos, $0.done >= 16 { flag.set() } },
                isCancelled: { flag.isSet })
        }
        let rest = try DataDoctor(options(photos.data, photos)).examine()
        #expect(rest.examined < 48, "\(rest.examined)")
        let run = DoctorRun(options(photos.data + "/none", photos))
        run.wait()
        #expect(throws: UserError(PhotoFolderFailure.missing(photos.data + "/none"))) {
            try run.result?.get()
        }
    }

    /// One file for each kind of fault.
    @Test func suspiciousFilesAreNamed() throws {
        let photos = try TinyPhotos()
        let fixtures = Fixture.path("photos")
        func copy(_ name: String, _ target: String) throws {
            try FileManager.default.copyItem(
                atPath: "\(fixtures)/\(name)", toPath: "\(photos.data)/\(target)")
        }
        try copy("cmyk.jpg", "daisy/cmyk.jpg")
        try copy("grey.jpg", "daisy/grey.jpg")
        try copy("palette.png", "daisy/palette.png")
        try copy("rgba.png", "daisy/alpha.jpg")
        try copy("grey_16.png", "daisy/sixteen.png")
        func jpeg(_ width: Int, _ height: Int, _ name: String, _ value: (Int, Int) -> UInt8) throws {
            let pixels = (0..<width * height * 3).map { value($0 / 3 % width, $0 / 3 / width) }
            try write(
                DemoFlowers.jpeg(RGBImage(width: width, height: height, pixels: pixels)),
                "\(photos.data)/roses/\(name)")
        }
        try jpeg(200, 200, "plain.jpg") { _, _ in 90 }
        try jpeg(20, 24, "tiny.jpg") { x, y in UInt8(x * 10 ^ y * 7) }
        try jpeg(640, 160, "panorama.jpg") { x, y in UInt8(x * y & 255) }
        try copy("one_pixel.jpg", "roses/one.jpg")
        let report = try DataDoctor(options(photos.data, photos)).examine()
        func kinds(_ file: PhotoPath) -> Set<Finding.Kind> {
            Set(report.findings.filter { $0.files == [file] }.map(\.kind))
        }
        #expect(kinds("daisy/cmyk.jpg").contains(.colorMode) && kinds("daisy/grey.jpg").contains(.colorMode))
        #expect(
            kinds("daisy/palette.png").contains(.colorMode) && kinds("daisy/sixteen.png").contains(.colorMode)
        )
        #expect(kinds("daisy/alpha.jpg").isSuperset(of: [.wrongExtension, .colorMode]))
        #expect(kinds("roses/plain.jpg").contains(.singleColor) && kinds("roses/tiny.jpg").contains(.tiny))
        #expect(
            kinds("roses/panorama.jpg").contains(.extremeAspect) && kinds("roses/one.jpg").contains(.tiny))
        #expect(kinds("daisy/1.jpg").isSubset(of: [.wrongLabel, .outlier]))
        #expect(report.skipped.isEmpty)
    }

    @Test func withoutANetworkFilesAndCopiesAreChecked() throws {
        let photos = try TinyPhotos(perClass: 24)
        let planted = try PlantedPhotos(photos.data, seed: 4, mislabeled: 0)
        var plain = options(planted.data, photos)
        plain.usesNetwork = false
        let report = try DataDoctor(plain).examine()
        let found = planted.found(in: report)
        // Cropped copies are found only by their features.
        #expect(found.copies >= 8 && found.damaged == 5)
        #expect(
            report.counts[.wrongLabel] == nil && report.counts[.outlier] == nil && report.warnings.isEmpty)
    }

    /// Copies in the test are leaks, by the run's own split; the copy in the test stays.
    @Test func leaksIntoTheTestAreFound() throws {
        let photos = try TinyPhotos()
        let (root, files) = (photos.folder("divided"), FileManager.default)
        for part in ["val", "test"] {
            for name in ["daisy", "roses"] {
                try files.createDirectory(
                    atPath: "\(root)/\(part)/\(name)", withIntermediateDirectories: true)
            }
        }
        try files.copyItem(atPath: photos.data, toPath: "\(root)/train")
        for name in ["daisy", "roses"] {
            for (part, index) in [("val", 0), ("val", 1), ("test", 2), ("test", 3)] {
                try files.moveItem(
                    atPath: "\(root)/train/\(name)/\(index).jpg",
                    toPath: "\(root)/\(part)/\(name)/\(index).jpg")
            }
        }
        try files.copyItem(atPath: "\(root)/test/daisy/2.jpg", toPath: "\(root)/train/daisy/copy.jpg")
        try files.copyItem(atPath: "\(root)/test/roses/3.jpg", toPath: "\(root)/val/roses/copy.jpg")
        var options = options(root, photos)
        (options.usesNetwork, options.split) = (false, SplitPlan(isGiven: true))
        let report = try DataDoctor(options).examine()
        #expect([report.training, report.validation, report.test] == [17, 5, 4])
        func leak(_ file: PhotoPath) throws -> Finding {
            try #require(report.findings.first { $0.kind == .leak && $0.files.contains(file) })
        }
        let first = try leak("train/daisy/copy.jpg")
        #expect(first.files.contains("test/daisy/2.jpg") && first.leaveOut == ["train/daisy/copy.jpg"])
        #expect(first.sentence.contains("the test asks for what training has shown"), "\(first.sentence)")
        let second = try leak("val/roses/copy.jpg")
        #expect(second.files.contains("test/roses/3.jpg") && second.leaveOut == ["val/roses/copy.jpg"])
        #expect(
            second.sentence.contains("(test)")
                && second.sentence.contains("the test asks for what validation"))
        let statistics = try DataStatistics(path: root, isDivided: true)
        #expect(statistics.photos == 26 && statistics.classes.map(\.photos) == [13, 13])
    }

    @Test func namesOfAllKindsAreFoundAgain() throws {
        let photos = try TinyPhotos()
        let names = ["a\u{1b}[31m\u{7}.jpg", "雛菊 花.jpg", "🌼👩‍🌾.jpg", "#1.jpg", " space .jpg"]
        for name in names {
            try FileManager.default.copyItem(
                atPath: photos.data + "/daisy/1.jpg", toPath: "\(photos.data)/daisy/\(name)")
        }
        let report = try DataDoctor(options(photos.data, photos)).examine()
        let copies = try #require(report.findings.first { $0.files.contains("daisy/1.jpg") })
        #expect(Set(copies.files) == Set(["daisy/1.jpg"] + names.map { PhotoPath("daisy/\($0)") }))
        let list = report.exclusions([copies.kind])
        let path = photos.folder("list.txt")
        #expect(try list.write(to: path) == [])
        #expect(try ExclusionList(path: path) == list)
        var after = options(photos.data, photos)
        after.exclusions = list
        let cured = try DataDoctor(after).examine()
        #expect(
            !cured.findings.contains { $0.files.contains("daisy/1.jpg") && $0.kind == copies.kind }
                && cured.excluded == 5)
    }
}
