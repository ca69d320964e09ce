import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Photos

/// Splits beside Keras'.
@Suite struct SplitPlanTests {
    /// Photos of classes of these sizes.
    private func files(_ sizes: [Int]) -> [ImageFolder.File] {
        sizes.enumerated().flatMap { label, size in
            (0..<size).map { ImageFolder.File(path: PhotoPath("\(label)/\($0).jpg"), label: label) }
        }
    }

    private func paths(_ photos: [Photo], _ subset: Subset) -> Set<PhotoPath> {
        Set(photos.filter { $0.subset == subset }.map(\.file))
    }

    private func count(_ photos: [Photo], _ subset: Subset, _ label: Int) -> Int {
        photos.count { $0.subset == subset && $0.label == label }
    }

    /// The validation photos are those of a split without a test.
    @Test func testPhotosLeaveTheValidationAlone() throws {
        let files = files([40, 35, 25])
        let plain = try DatasetSplit.split(files, validationSplit: 0.2)
        let tested = try DatasetSplit.split(files, SplitPlan(test: 0.15))
        #expect(plain == (try DatasetSplit.split(files, SplitPlan())))
        #expect(paths(tested, .validation) == paths(plain, .validation))
        #expect(
            paths(tested, .test).count == 15 && paths(tested, .test).isSubset(of: paths(plain, .training)))
        #expect(Set(tested.map(\.file)).count == 100)
        #expect(tested.map(\.subset) == tested.map(\.subset).sorted { order($0) < order($1) })
        // The training photos keep their order too.
        let kept = plain.filter { !paths(tested, .test).contains($0.file) }.map(\.file)
        #expect(tested.filter { $0.subset != .test }.map(\.file) == kept)
    }

    private func order(_ subset: Subset) -> Int { [.training, .validation, .test].firstIndex(of: subset)! }

    @Test func stratifiedPartsHaveEachClassesShare() throws {
        let sizes = [50, 20, 10]
        let photos = try DatasetSplit.split(files(sizes), SplitPlan(test: 0.1, isStratified: true))
        for (label, size) in sizes.enumerated() {
            #expect(count(photos, .validation, label) == size / 5)
            #expect(count(photos, .test, label) == size / 10)
        }
        #expect(photos.count == 80 && Set(photos.map(\.file)).count == 80)
    }

    /// Small classes are in every part as far as they go.
    @Test func smallClassesAreStratifiedToo() throws {
        let photos = try DatasetSplit.split(files([30, 3, 2, 1]), SplitPlan(test: 0.1, isStratified: true))
        let counts = (0..<4).map { label in
            [Subset.training, .validation, .test].map { count(photos, $0, label) }
        }
        #expect(counts == [[21, 6, 3], [1, 1, 1], [1, 1, 0], [1, 0, 0]])
    }

    /// Each photo is validated once; with strata, by a fold as large as any other in each class.
    @Test(arguments: [false, true]) func foldsValidateEachPhotoOnce(isStratified: Bool) throws {
        let (sizes, folds) = ([23, 17, 12], 5)
        var (validated, totals): ([PhotoPath], [Int]) = ([], [])
        for number in 1...folds {
            let photos = try DatasetSplit.split(
                files(sizes), SplitPlan(isStratified: isStratified, fold: Fold(number, of: folds)))
            validated += photos.filter { $0.subset == .validation }.map(\.file)
            totals.append(photos.count { $0.subset == .validation })
            if isStratified {
                for (label, size) in sizes.enumerated() {
                    let found = count(photos, .validation, label)
                    #expect(found == size / folds || found == (size + folds - 1) / folds)
                }
            }
        }
        #expect(validated.count == 52 && Set(validated).count == 52)
        #expect(totals.max()! - totals.min()! <= 1, "\(totals)")
    }

    @Test func foldsLeaveTheTestAlone() throws {
        let files = files([30, 30])
        let test = paths(try DatasetSplit.split(files, SplitPlan(test: 0.2)), .test)
        for number in 1...3 {
            let photos = try DatasetSplit.split(files, SplitPlan(test: 0.2, fold: Fold(number, of: 3)))
            #expect(paths(photos, .test) == test)
        }
    }

    @Test func emptyPartsAreRefused() {
        #expect(throws: PhotoFolderFailure.emptySubset(.test, photos: 10, validationSplit: 0.05)) {
            try DatasetSplit.split(files([5, 5]), SplitPlan(test: 0.05))
        }
        #expect(throws: PhotoFolderFailure.emptySubset(.validation, photos: 4, validationSplit: 0.1)) {
            try DatasetSplit.split(files([2, 2]), SplitPlan(fold: Fold(2, of: 10)))
        }
    }

    /// A folder with train, val and test is taken as it is.
    @Test func givenSplitIsTaken() throws {
        let photos = try TinyPhotos(classes: ["daisy", "roses"], perClass: 6)
        let root = photos.folder.path + "/divided"
        func fill(_ part: String, _ names: [String], _ numbers: Range<Int>) throws {
            for name in names {
                try FileManager.default.createDirectory(
                    atPath: "\(root)/\(part)/\(name)", withIntermediateDirectories: true)
                for number in numbers {
                    try FileManager.default.copyItem(
                        atPath: "\(photos.data)/\(name)/\(number).jpg",
                        toPath: "\(root)/\(part)/\(name)/\(number).jpg")
                }
            }
        }
        try fill("train", ["daisy", "roses"], 0..<3)
        #expect(throws: PhotoFolderFailure.notDivided(root)) { try ImageFolder(divided: root) }
        try fill("test", ["roses"], 5..<6)
        // Without a validation folder the split of the training photos provides one.
        let partly = try Dataset(
            path: root, imageSize: 32, split: SplitPlan(validation: 0.4, isGiven: true), cacheDirectory: nil)
        #expect(partly.trainingCount == 4 && partly.validationCount == 2 && partly.testPhotos.count == 1)
        #expect(partly.photos.allSatisfy { $0.file.text.hasPrefix("train/") })
        try fill("valid", ["daisy", "roses"], 3..<5)
        let dataset = try Dataset(
            path: root, imageSize: 32, split: SplitPlan(isGiven: true), cacheDirectory: nil)
        #expect(dataset.classes == ["daisy", "roses"])
        #expect(dataset.trainingCount == 6 && dataset.validationCount == 4)
        #expect(dataset.indices(of: .test) == [10] && dataset.photo(10).file.text == "test/roses/5.jpg")
        #expect(dataset.photo(10).label == 1 && dataset.square(at: 10).count == 32 * 32 * 3)
        for (part, subset) in [("train", Subset.training), ("valid", .validation)] {
            #expect(
                dataset.indices(of: subset).allSatisfy { dataset.photo($0).file.text.hasPrefix(part + "/") })
        }
        try FileManager.default.createDirectory(
            atPath: root + "/valid/tulips", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: "\(photos.data)/roses/0.jpg", toPath: root + "/valid/tulips/0.jpg")
        #expect(
            throws: PhotoFolderFailure.classNotTrained(
                root + "/valid", name: "tulips", classes: ["daisy", "roses"])
        ) { try ImageFolder(divided: root) }
    }
}
