import Basics
import Photos
import Phrases
import Recipes
import Runs
import Sessions
import Testing
import Training
import Wording

/// Every case of every failure has a sentence in both languages that names what it is about.
@Suite struct FailureWordsTests {
    /// A failure inside others.
    private static let inner = UserError(SafetensorsFailure("/in/ner", .noHeader))
    private static let holder = RunHolder(process: 4711, host: "lab")

    /// Expects both sentences to have `parts`, and all that they have to be said in its language.
    private func check(
        _ failure: any Worded, _ parts: String..., at location: SourceLocation = #_sourceLocation
    ) {
        let (english, chinese) = (failure.english, failure.simplifiedChinese)
        for part in parts {
            #expect(english.contains(part), "\(english)", sourceLocation: location)
            #expect(chinese.contains(part), "\(chinese)", sourceLocation: location)
        }
        #expect(english.hasSuffix("."), "\(english)", sourceLocation: location)
        #expect(chinese.hasSuffix("。"), "\(chinese)", sourceLocation: location)
        let hasHan = chinese.unicodeScalars.contains { (0x4e00...0x9fff).contains($0.value) }
        #expect(hasHan && english.unicodeScalars.allSatisfy { !(0x3000...0x9fff).contains($0.value) })
        #expect(!english.contains("..") && !chinese.contains(".。") && !chinese.contains("。。"))
        #expect("\(failure)" == english && Strings(.simplifiedChinese)(UserError(failure)) == chinese)
    }

    @Test func checkpoints() {
        check(CheckpointFailure("/a/b", .newer(format: 17)), "/a/b", "17")
        check(CheckpointFailure("/a/b", .headerUnreadable), "/a/b")
        check(CheckpointFailure("/a/b", .impossibleNumbers), "/a/b")
        check(CheckpointFailure("/a/b", .noCheckpoint), "/a/b")
        check(CheckpointFailure("/a/b", .weightsOnly), "/a/b", "--weights")
        check(
            CheckpointFailure("/a/b", .tensor("dense/bias", shape: [5], found: [2, 7])), "/a/b",
            "dense/bias", "5", "2×7")
        check(CheckpointFailure("/a/b", .tensor("dense/bias", shape: [5], found: nil)), "dense/bias", "5")
        check(CheckpointFailure("/a/b", .notFinite(tensor: "dense/bias")), "/a/b", "dense/bias")
        check(CheckpointFailure("/a/b", .strayMoment("m/dense")), "/a/b", "m/dense")
    }

    @Test func runs() {
        check(RunFailure.noRun("0007", home: "/home/me"), "0007", "/home/me", "flowers-tui runs list")
        check(RunFailure.damagedConfiguration("/c.json", run: "0007"), "/c.json", "0007")
        check(RunFailure.missingExclusions("/x.txt", run: "0007"), "/x.txt", "0007")
        check(
            RunFailure.held("0007", by: Self.holder), "0007", "4711", "lab", "flowers-tui attach 0007",
            "flowers-tui runs stop 0007")
        check(RunFailure.held("0007", by: nil), "0007")
        check(
            RunFailure.noCheckpoint("0007", name: "0009-0000", others: ["best", "last"]), "0007", "0009-0000",
            "best", "last")
        check(RunFailure.noCheckpoint("0007", name: "last", others: []), "0007", "last")
        for measure in BestMeasure.allCases {
            check(
                RunFailure.bestNotKept("0007", by: measure, epoch: 31, kept: [12, 40]), "0007", "31", "12",
                "40")
        }
        check(RunFailure.noPredictions("0007"), "0007")
        check(RunFailure.cannotBeDeleted("0007", path: "/p/q", code: 1), "0007", "/p/q", "not permitted")
        check(RunFailure.leftovers("0007", folder: "/.removed", reason: "busy"), "0007", "/.removed", "busy")
        check(
            RunFailure.cannotBeCopied("0007", to: "/p/0008", reason: "It is full."), "0007", "/p/0008",
            "It is full")
        check(RunFailure.cannotBeCopied("0007", to: "/p/0008", reason: "full"), "0007", "full")
        check(RunFailure.neverBegan("0007"), "flowers-tui runs resume 0007", "flowers-tui runs delete 0007")
        check(RunFailure.nothingLeft(epochs: 12, stage: .head), "12", "--epochs")
        check(RunFailure.nothingLeft(epochs: 12, stage: .fineTune), "12", "--fine-tune-epochs")
        check(RunRemains.unsaved("0007"), "0007")
        check(ProgramFault(signal: "SIGBUS"), "SIGBUS")
        // It ends with a command to copy.
        let saved = RunRemains.saved("0007", path: "/p/last", epochs: 12)
        for sentence in [saved.english, saved.simplifiedChinese] {
            #expect(sentence.contains("/p/last") && sentence.contains("12"))
            #expect(sentence.hasSuffix("flowers-tui --run 0007"))
        }
    }

    @Test func runStores() {
        check(RunStoreFailure.foreign("/h/runs.sqlite"), "/h/runs.sqlite")
        check(RunStoreFailure.cannotBeWritten("/h/runs.sqlite"), "/h/runs.sqlite", "--home")
        check(RunStoreFailure.notKept("/h/runs.sqlite"), "/h/runs.sqlite", "--home")
        check(RunStoreFailure.damaged("/h/runs.sqlite"), "/h/runs.sqlite")
        check(RunStoreFailure.busy("/h/runs.sqlite"), "/h/runs.sqlite")
        check(RunStoreFailure.unusable("/h/runs.sqlite", reason: "disk I/O"), "/h/runs.sqlite", "disk I/O")
        check(RunStoreFailure.longNote(characters: 10_001, most: 10_000), "10001", "10000")
        check(RunStoreFailure.unusableTag("two\nlines", most: 64), "two\nlines", "64")
        check(RunStoreFailure.cannotBeRead("/h/runs.sqlite"), "/h/runs.sqlite")
        check(RunStoreFailure.noLocks("/h/runs.sqlite", home: "/h"), "/h/runs.sqlite", "/h ")
    }

    @Test func epochRecords() {
        for fault in [EpochRecordFailure.Fault.tooLarge, .noRecord, .unknownLayer] {
            check(EpochRecordFailure("/e/0001", fault), "/e/0001")
        }
    }

    @Test func settings() {
        check(SettingFailure.learningRate(-0.5), "-0.5")
        check(SettingFailure.learningRateFactor(-0.5), "-0.5")
        check(SettingFailure.dropout(1.5), "1.5")
        for failure in [SettingFailure.stepSchedule, .warmUp, .guardPatience] { check(failure, "1") }
    }

    @Test func training() {
        check(
            TrainingFailure.lossJumped(to: 12.345, from: 0.5, epoch: 31, batch: 47), "12.3", "0.5", "31",
            "47",
            "--learning-rate", "--fine-tune-learning-rate", "--no-divergence-guard")
        check(TrainingFailure.lossNotANumber(epoch: 31, batch: 47), "31", "47", "--no-divergence-guard")
        check(
            TrainingFailure.endNotSaved("0007", Self.inner), "0007", "/in/ner", "flowers-tui runs resume 0007"
        )
        check(TrainingFailure.notSaved(Self.inner), "/in/ner")
        check(TrainingFailure.noLayer(200, count: 154), "200", "153")
        check(TrainingFailure.cannotTrain(fromLayer: 37, Self.inner), "37", "/in/ner")
        check(TrainingFailure.cannotAddEpochs(-200_000), "-200000")
        // A failure inside another is said in its language too.
        #expect(TrainingFailure.notSaved(Self.inner).simplifiedChinese.contains("不完整"))
    }

    @Test func classifiers() {
        check(ClassifierFailure("/m.keras", .noInputSize), "/m.keras")
        check(ClassifierFailure("/m.keras", .scalesItself), "/m.keras", "--pixels")
        check(ClassifierFailure("/m.keras", .scalingUnknown), "/m.keras", "--pixels", "raw", "unit", "signed")
        check(
            ClassifierFailure("/m.keras", .namesClasses(["rose", "tulip"])), "/m.keras", "rose", "tulip",
            "--classes")
        check(
            ClassifierFailure("/m.keras", .classNames(given: 31, probabilities: 47)), "/m.keras", "31", "47")
        check(ClassifierFailure("/m.keras", .noActivationMap), "/m.keras", "softmax")
        check(ClassifierFailure("/m.keras", .imageSize(96, loaded: 160)), "/m.keras", "96", "160")
        check(
            ClassifierFailure(
                "/m.keras", .classes(2, names: ["rose", "tulip"], folder: "/f", found: ["daisy"])),
            "/m.keras", "2", "rose", "tulip", "/f", "1", "daisy")
        check(
            ClassifierFailure("/m.keras", .classes(2, names: nil, folder: "/f", found: ["daisy"])), "2",
            "daisy")
        check(ClassifierFailure("/m.keras", .severalLabels), "/m.keras", "predict", "evaluate")
        check(ModelAssumption(path: "/m.h5", isScaleAssumed: true), "/m.h5", "160×160", "−1")
        check(ModelAssumption(path: "/m.h5", isScaleAssumed: false), "/m.h5", "160×160")
        check(
            InspectionFailure.noKnownClass(folder: "/f", classes: ["rose", "tulip"]), "/f", "rose", "tulip")
        check(InspectionFailure.nothingDecodes)
        check(InspectionFailure.noPhoto(77, count: 50), "77", "49")
        check(InspectionFailure.noLayer(177, count: 154), "177", "153")
    }

    @Test func sessions() {
        check(
            SessionFailure.otherClasses("0007", trained: ["rose", "tulip"], folder: "/f", found: ["daisy"]),
            "0007", "rose", "tulip", "/f", "daisy")
        check(SessionFailure.otherPhotos("0007", folder: "/f", original: "/g"), "0007", "/f", "/g", "--data")
        check(SessionFailure.beginsAgain("0007"), "0007")
        check(SessionFailure.nothingToShow("0007"), "0007")
        check(SessionFailure.photosGone("0007", path: "/f"), "0007", "/f")
        check(SessionFailure.notSavedYet("0007"), "0007")
        check(SessionFailure.incompleteRecord(Self.inner), "/in/ner")
        check(SessionFailure.checkpointNotKept(Self.inner), "/in/ner")
        check(ReplayNotice.speed(12.345), "12.3")
        check(ReplayNotice.onlyReplayed)
    }

    @Test func control() {
        check(ControlFailure.noPipe(code: 24), "Too many open files")
        check(ControlFailure.noSocket("0007", path: "/s", code: 1), "0007", "/s", "not permitted")
        check(ControlFailure.foreignSocket("/s"), "/s")
        check(ControlFailure.foreignRun("0007"), "0007")
        check(ControlFailure.full("0007", places: 16), "0007", "16")
        check(ControlFailure.otherVersion("0007", trainer: 31, frontEnd: 47), "0007", "31", "47")
        check(ControlFailure.otherLanguage(socket: "/s"), "/s")
        for holder in [Self.holder, nil] {
            let process = holder == nil ? "" : "4711"
            let parts = ("0007", holder == nil ? "" : "lab", process)
            check(ControlFailure.noAnswer("0007", holder: holder), parts.0)
            check(ControlFailure.unreachable("0007", holder: holder), parts.0)
            check(ControlFailure.connectionLost("0007", holder: holder), "flowers-tui attach 0007")
            check(LiveRunFailure.notListening(run: "0007", holder: holder, socket: "/s"), "0007", "/s")
            guard holder != nil else { continue }
            check(ControlFailure.noAnswer("0007", holder: holder), parts.1, parts.2)
            check(ControlFailure.unreachable("0007", holder: holder), parts.1, parts.2)
            check(ControlFailure.connectionLost("0007", holder: holder), parts.1, parts.2)
            check(LiveRunFailure.notListening(run: "0007", holder: holder, socket: "/s"), parts.1, parts.2)
        }
        check(ControlFailure.invalidMessage("0007"), "0007")
        check(ControlFailure.misfit)
        for reason in [RunEndReason.finished, .stopped, .interrupted, .failed] {
            let failure = ControlFailure.connectionLostAtEnd("0007", reason)
            check(failure, "0007")
            #expect(failure.english.contains(reason.rawValue))
        }
        check(ControlFailure.processGone("0007", savedIn: nil), "0007")
        check(ControlFailure.processGone("0007", savedIn: 31), "flowers-tui --run 0007", "31")
        check(BackgroundFailure.noStart("0007", code: 1), "0007", "not permitted")
        check(BackgroundFailure.notBegun("0007", seconds: 60), "0007", "60")
        check(BackgroundFailure.ended("0007", nil), "0007")
        check(BackgroundFailure.ended("0007", Self.inner), "0007", "/in/ner")
        check(LiveRunFailure.noLiveRun(home: "/h"), "/h ", "flowers-tui --run ID")
        check(LiveRunFailure.severalLiveRuns(["0007", "0008"]), "0008", "flowers-tui attach 0007")
        check(LiveRunFailure.notTrained(run: "0007"), "flowers-tui --run 0007")
        check(LiveRunFailure.alreadyOver(run: "0007"), "flowers-tui runs show 0007")
    }

    /// The dashboard words these by their kinds, so the log's English is all there is of them here.
    @Test func warnings() {
        let warnings: [(TrainerWarning, TrainerEvent.Warning.Kind)] = [
            (.lossJumped(to: 12.345, from: 0.5, epoch: 31, batch: 47), .lossJumped),
            (.lossNotANumber(epoch: 31, batch: 47), .lossNotANumber),
            (.batchesNotApplied(epoch: 31, batch: 47), .batchesNotApplied), (.noBestEpoch, .noBestEpoch),
            (.frozenAlready, .frozenAlready), (.trainsAlready(layer: 37), .trainsAlready),
            (.stageCannotBeShorter, .stageCannotBeShorter),
            (.photoSkipped("rose/1.jpg", reason: "is empty"), .photoSkipped), (.begunAgain, .begunAgain),
            (.photosChanged(folder: "/f"), .photosChanged),
            (.engineChanged(from: "AVX2", to: "oneDNN"), .engineChanged), (.balancedTwice, .balancedTwice),
            (.dataset(.exclusionsMissing(count: 1, folder: "/f", first: "a.jpg")), .exclusionsMissing),
            (.dataset(.exclusionsMissing(count: 3, folder: "/f", first: "a.jpg")), .exclusionsMissing),
            (.dataset(.classOfOne("rose")), .classOfOne),
            (.dataset(.classOnlyInValidation("rose", photos: 2)), .classOnlyInValidation),
            (.dataset(.classesWithoutValidation(["rose", " tulip"])), .classesWithoutValidation),
            (.dataset(.emptyClasses(["rose", "tulip"])), .emptyClasses),
            (.dataset(.loosePhotos(3)), .loosePhotos),
            (.dataset(.classesAlike(["rose", "Rose"])), .classesAlike),
            (.dataset(.imbalance(largest: "rose", photos: 90, smallest: "tulip", fewest: 3)), .imbalance),
            (.dataset(.systemFiles(["Thumbs.db": 2])), .systemFiles),
            (.dataset(.hiddenFolders(["rose/.old": 2])), .hiddenFolders),
            (.dataset(.turnedPhotos(["rose": 2])), .turnedPhotos),
        ]
        for (warning, kind) in warnings {
            let event = TrainerEvent.Warning(warning)
            #expect(event.kind == kind && event.message.hasSuffix("."), "\(event.message)")
            // The list of missing photos names only the first where it is the only one.
            let values = event.message.contains("names a.jpg,") ? ["a.jpg"] : event.values ?? []
            #expect(values.allSatisfy(event.message.contains), "\(event.message) \(values)")
        }
        #expect(
            TrainerEvent.Warning(.dataset(.classesWithoutValidation(["rose"]))).message
                == "There is no validation photo of rose, so validation says nothing about it; add photos, raise --validation-split, or divide each class for itself: --stratify."
        )
        #expect(TrainerEvent.Warning(.photoSkipped("rose/1.jpg", reason: "is empty")).file == "rose/1.jpg")
    }

    /// A failure inside a warning serves the process where it happened and is neither kept nor sent.
    @Test func failuresOfWarningsAreNotCoded() throws {
        let warning = TrainerEvent.Warning(RunFailure.noRun("0007", home: "/h"))
        #expect(warning.failure == UserError(RunFailure.noRun("0007", home: "/h")))
        let line = try TrainerEvent.warning(warning).jsonLine()
        #expect(!line.contains("failure"), "\(line)")
        #expect(try TrainerEvent(jsonLine: line) == .warning(.init(message: warning.message)))
    }
}
