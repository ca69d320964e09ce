import Basics
import Canvas
import Keys
import Photos
import Recipes
import Runs
import ScreenSupport
import Sessions
import Testing
import Training

@testable import Dashboard

@Suite struct PredictionTests {
    var state = Sample.state()

    mutating func press(_ keys: Key...) -> [Effect] {
        keys.flatMap { state.reduce(.key($0)) }.filter { if case .remember = $0 { false } else { true } }
    }

    private var files: [PhotoPath] {
        state.predictions.shown.map { state.context!.dataset.photos[$0.photo].file }
    }

    @Test(arguments: [
        ("daisy→dandelion", [true, false, false]), ("daisy->dandelion", [true, false, false]),
        (" daisy -> ", [true, true, false]),
        ("→roses", [false, true, false]), ("→", [true, true, true]), ("primrose→", [false, false, true]),
        ("rose→", [false, false, true]),
        ("wrong", [true, true, false]), ("7.jpg", [false, true, false]), ("nothing", [false, false, false]),
        ("", [true, true, true]),
    ])
    func aFilterNarrowsByTextOrByClasses(text: String, expected: [Bool]) {
        let filter = PredictionFilter(text, classes: ["daisy", "dandelion", "roses", "primrose"])
        let photos = [
            ("daisy/1.jpg", "daisy", "dandelion", "wrong"), ("daisy/7.jpg", "daisy", "roses", "wrong"),
            ("primrose/3.jpg", "primrose", "primrose", "right"),
        ]
        #expect(photos.map { filter.matches(file: $0.0, truth: $0.1, guess: $0.2, words: $0.3) } == expected)
    }

    /// When one class's name contains another's, the whole name selects that class only.
    @Test func aWholeNameMeansThatClassOnly() {
        let filter = PredictionFilter("rose→", classes: ["rose", "primrose"])
        #expect(filter.matches(file: "", truth: "rose", guess: "rose", words: ""))
        #expect(!filter.matches(file: "", truth: "primrose", guess: "rose", words: ""))
    }

    @Test func ordersPutWhatMattersFirst() {
        func prediction(_ photo: Int, _ truth: Float, _ other: Float) -> Prediction {
            Prediction(photo: photo, label: 0, probabilities: [truth, other, 1 - truth - other])
        }
        let set = [
            prediction(0, 0.9, 0.1), prediction(1, 0.2, 0.7), prediction(2, 0.5, 0.3),
            prediction(3, 0.05, 0.95), prediction(4, 0.3, 0.4),
        ]
        func photos(_ order: PredictionSettings.Order) -> [Int] { order.sorted(set).map(\.photo) }
        #expect(photos(.file) == [0, 1, 2, 3, 4])
        #expect(photos(.confidentlyWrong) == [3, 1, 4, 2, 0])
        #expect(photos(.leastCertain) == [4, 2, 1, 0, 3])
        #expect(photos(.highestLoss) == [3, 1, 4, 2, 0])
    }

    @Test mutating func onlyTheWrongOnesAreShown() {
        #expect(press(.character("4"), .character("x")) == [])
        #expect(state.predictions.shown.count == 3 && state.predictions.shown.allSatisfy { !$0.isCorrect })
        _ = press(.character("x"))
        #expect(press(.character("x")) == [] && state.predictions.shown.count == 12)
    }

    /// Every fourth photo is wrong now; in the epoch before, every third was.
    @Test mutating func thoseThatChangedAreShown() {
        _ = press(.character("4"), .character("x"), .character("x"))
        let photos = Set(state.predictions.shown.map(\.photo))
        let before = state.predictions.history.set(5)!.predictions
        let expected = Set(
            zip(before, state.predictions.set!.predictions).filter { $0.predicted != $1.predicted }.map(
                \.1.photo)
        )
        #expect(photos == expected && !photos.isEmpty && photos.count < 12)
        #expect(
            state.predictions.changed[photos.min()!]!.predicted
                == before.first { $0.photo == photos.min()! }!.predicted)
        // The list follows the reference: epoch 3, in which every second photo was wrong.
        _ = press(.character("v"), .character("c"), .character("c"))
        let first = state.predictions.history.set(3)!.predictions
        let since = Set(
            zip(first, state.predictions.set!.predictions).filter { $0.predicted != $1.predicted }.map(
                \.1.photo))
        #expect(Set(state.predictions.shown.map(\.photo)) == since && since != photos)
    }

    @Test mutating func marksAndNotesAreKept() {
        let file = state.context!.dataset.photos[state.predictions.shown[0].photo].file
        #expect(
            press(.character("4"), .character("*")) == [
                .keepNote(PhotoNote(isMarked: true), file: file, run: "0042")
            ])
        _ = press(.character("i"))
        let effects = press(.character("h"), .character("m"), .character("*"), .enter)
        #expect(
            effects == [.keepNote(PhotoNote(isMarked: true, text: "hm*"), file: file, run: "0042")]
                && state.dialog == nil)
        for text in ["★", "hm*", "marked"] {
            state.filters[.predictions] = TextField(text)
            state.clampCursors()
            #expect(files == [file])
        }
        // With the note deleted and the mark removed, an empty note is stored.
        _ = press(.enter, .character("i"))
        _ = press(.control("u"), .enter)
        state.filters[.predictions] = nil
        #expect(press(.enter, .character("*")) == [.keepNote(PhotoNote(), file: file, run: "0042")])
        #expect(state.predictions.notes.isEmpty)
    }

    @Test mutating func notesOfARunAreLoadedWithIt() {
        let effects = state.reduce(.session(.ready(Sample.context()), clock: ""))
        #expect(effects.contains(.loadNotes(run: "0042")))
        _ = state.reduce(.notesLoaded(["daisy/48.jpg": PhotoNote(text: "?")], run: "0041"))
        #expect(state.predictions.notes.isEmpty)
        _ = state.reduce(.notesLoaded(["daisy/48.jpg": PhotoNote(text: "?")], run: "0042"))
        #expect(state.predictions.notes.count == 1)
    }

    @Test mutating func anyPhotoCanBeClassified() {
        _ = press(.character("4"), .character("F"))
        _ = state.reduce(.paste("'/photos/my rose.jpg'"))
        let path = "/photos/my rose.jpg"
        #expect(press(.enter) == [.loadPhoto(path, side: 160), .ask(.explain(.file(path)))])
        #expect(state.dialog == .outsidePhoto)
        // An unreadable path comes back in the form with the reason, to be corrected.
        _ = state.reduce(.photoLoaded(path, nil, problem: UserError("There is no file \(path).")))
        guard case .form(let form) = state.dialog else { return #expect(Bool(false), "no form") }
        #expect(form.text(0) == path && form.problem?.contains("no file") == true)
        _ = press(.enter)
        _ = state.reduce(.photoLoaded(path, RGBImage(width: 1, height: 1, pixels: [1, 2, 3]), problem: nil))
        #expect(state.outside.photo?.image != nil && state.dialog == .outsidePhoto)
        #expect(press(.escape) == [] && state.dialog == nil)
    }

    /// A number identifies a photo's thumbnail; after a path that failed it once was given again.
    @Test mutating func noPhotoGetsTheNumberOfAnotherOne() throws {
        var numbers: [Int] = []
        for name in ["a.jpg", "gone.jpg", "b.jpg"] {
            _ = state.classify("/photos/" + name)
            try numbers.append(#require(state.outside.photo?.number))
            if name == "gone.jpg" {
                _ = state.reduce(
                    .photoLoaded("/photos/" + name, nil, problem: UserError("There is no file.")))
                #expect(state.outside.photo == nil)
            }
        }
        #expect(Set(numbers).count == 3 && numbers.allSatisfy { $0 < 0 })
    }

    /// The weights of one epoch can change, by a save, so an epoch does not identify a map.
    @Test mutating func eachAnswerOfTheInspectorHasItsOwnPictures() throws {
        _ = press(.character("4"), .enter, .character("m"))
        var revisions: [Int] = []
        for _ in 0..<2 {
            Sample.answer(&state)
            #expect(state.predictions.opened.explanation != nil)
            revisions += [state.predictions.opened.revision]
        }
        #expect(revisions[0] != revisions[1])
    }

    @Test mutating func aCellOfTheMatrixOpensItsPhotos() {
        #expect(
            press(
                .character("4"), .character("v"), .right, .down, .down, .down, .right, .right, .right, .enter)
                == [])
        // 48, 52 and 56 (sunflowers, roses and dandelion) are predicted as the next class.
        #expect((state.predictions.settings.label, state.predictions.settings.predicted) == (3, 4))
        #expect(files == ["sunflowers/48.jpg"] && state.predictions.settings.view == .photos)
        // An empty cell shows a message and stays on the matrix.
        #expect(press(.escape, .character("v"), .home, .right, .right, .enter) == [])
        #expect(
            state.predictions.settings.view == .confusion
                && state.toast?.text == "No photo of daisy was predicted as roses.")
    }

    @Test mutating func theMatrixIsSetBesideEarlierEpochs() {
        #expect(press(.character("4"), .character("c")) == [])
        #expect(state.predictions.settings.reference == .none && state.toast != nil)
        _ = press(.character("v"), .character("c"))
        #expect(state.reference?.name == "change since epoch 5")
        _ = press(.character("c"))
        #expect(state.reference?.name == "change since epoch 3")
        // Without another run behind the charts, the choices end here.
        _ = press(.character("c"))
        #expect(state.reference == nil)
        var ghost = GhostRun(name: "0007", events: Sample.ghostEvents)
        ghost.predictions = PredictionHistory(Sample.context().dataset)
        ghost.predictions?.append(Sample.predictions(epoch: 4) { _ in false })
        _ = state.reduce(.ghostLoaded(ghost, problem: nil))
        _ = press(.character("c"), .character("c"), .character("c"))
        #expect(
            state.reference?.name == "compared with run 0007, epoch 4"
                && state.reference?.matrix.accuracy == 1)
    }

    @Test mutating func theThresholdMovesWithinItsBounds() {
        _ = press(.character("4"), .character("v"), .character("v"), .right, .up, .pageDown)
        #expect(state.predictions.settings.threshold == 62)
        _ = press(.home, .left)
        #expect(state.predictions.settings.threshold == 0)
        _ = press(.end, .right)
        #expect(state.predictions.settings.threshold == 100)
    }

    // MARK: The inspector

    @Test mutating func aMapIsAskedForAndFollowsThePhoto() {
        #expect(press(.character("4"), .enter, .character("m")) == [.ask(.explain(.photo(48)))])
        #expect(state.predictions.opened.label == 4)
        _ = state.reduce(.inspectorAnswered(.explained(.photo(48), Sample.explanation, epoch: 6)))
        #expect(state.predictions.opened.explanation != nil)
        #expect(press(.up) == [] && state.predictions.opened.label == 3)
        // The next photo gets an explanation of its own.
        #expect(press(.right) == [.ask(.explain(.photo(49)))])
        #expect(state.predictions.opened.explanation == nil)
        // A late answer for another photo is ignored.
        _ = state.reduce(.inspectorAnswered(.explained(.photo(48), Sample.explanation, epoch: 6)))
        #expect(state.predictions.opened.explanation == nil)
        #expect(press(.character("m"), .right) == [] && state.predictions.opened.label == nil)
    }

    @Test mutating func aFailureOfTheInspectorIsSaid() {
        _ = press(.character("4"), .enter, .character("n"))
        #expect(state.predictions.opened.wantsNeighbors)
        _ = state.reduce(
            .inspectorAnswered(
                .failed(
                    .neighbors(.photo(48), count: 4), UserError(SessionFailure.notSavedYet("0042")))))
        #expect(
            !state.predictions.opened.wantsNeighbors
                && state.toast?.text.hasPrefix("Run 0042 was not saved yet") == true)
    }

    @Test mutating func featureMapsGoThroughLayersAndPhotos() {
        #expect(press(.character("3"), .character("m")) == [.ask(.featureMaps(layer: 100, .photo(0)))])
        #expect(
            press(.right, .down) == [
                .ask(.featureMaps(layer: 101, .photo(0))), .ask(.featureMaps(layer: 101, .photo(1))),
            ])
        #expect(
            press(.home, .left) == [
                .ask(.featureMaps(layer: 0, .photo(1))), .ask(.featureMaps(layer: 0, .photo(1))),
            ])
        #expect(press(.character("f")) == [.ask(.filters)])
        #expect(press(.escape) == [] && state.dialog == nil)
    }

    /// A resumed run shows its last epoch's predictions at once.
    @Test func aResumedRunShowsItsLastPredictions() {
        var context = Sample.context()
        context.predictions.append(Sample.predictions(epoch: 2) { $0 % 2 == 0 })
        var state = DashboardState(size: Size(columns: 80, rows: 24))
        state.reduceAtOnce(.session(.ready(context), clock: ""))
        #expect(state.predictions.shown.count == 12 && state.predictions.inspection?.epoch == 2)
        #expect(state.predictions.history.epochs.map(\.epoch) == [2])
    }
}
