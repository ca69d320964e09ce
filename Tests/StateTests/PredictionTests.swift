import Basics
import Canvas
import Keys
import Network
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
        #expect(press(.enter) == [.loadPhoto(path, side: 160)])
        #expect(state.dialog == .outsidePhoto)
        // An unreadable path comes back in the form with the reason, to be corrected.
        _ = state.reduce(.photoLoaded(path, nil, problem: UserError("There is no file \(path).")))
        guard case .form(let form) = state.dialog else { return #expect(Bool(false), "no form") }
        #expect(form.text(0) == path && form.problem?.contains("no file") == true)
        _ = press(.enter)
        let image = RGBImage(width: 1, height: 1, pixels: [1, 2, 3])
        #expect(
            state.reduce(.photoLoaded(path, image, problem: nil)).contains(.ask(.explain(.file(path)))))
        #expect(state.outside.photo?.image != nil && state.dialog == .outsidePhoto)
        #expect(press(.escape) == [] && state.dialog == nil)
    }

    @Test mutating func theFormCompletesPathsAndTakesFolders() {
        _ = press(.character("4"), .character("F"))
        _ = state.reduce(.paste("/p/ro"))
        #expect(press(.tab) == [.completePath("/p/ro")])
        func form() -> (text: String, problem: String?)? {
            guard case .form(let form)? = state.dialog else { return nil }
            return (form.text(0), form.problem)
        }
        var completion = PhotoPathCompletion("/none/x")
        #expect(completion.text == "/none/x" && completion.names.isEmpty)
        (completion.text, completion.names) = ("/p/rose", ["rose.jpg", "roses/"])
        _ = state.reduce(.pathCompleted(typed: "/p/ro", completion))
        #expect(form()?.text == "/p/rose" && form()?.problem?.contains("roses/") == true)
        // What was typed meanwhile stays.
        _ = press(.character("s"))
        _ = state.reduce(.pathCompleted(typed: "/p/rose", completion))
        #expect(form()?.text == "/p/roses")

        #expect(press(.enter) == [.loadPhoto("/p/roses", side: 160)])
        let files = ["/p/roses/a.jpg", "/p/roses/b.jpg"]
        #expect(
            state.reduce(.photosFound(folder: "/p/roses", files, problem: nil))
                .contains(.loadPhoto(files[0], side: 160)))
        #expect(press(.left) == [])
        #expect(press(.right) == [.loadPhoto(files[1], side: 160)] && press(.right) == [])
        #expect(state.outside.photo?.path == files[1] && state.outside.place == 1)
        // A folder without photos comes back in the form.
        _ = state.classify("/p/empty")
        _ = state.reduce(.photosFound(folder: "/p/empty", [], problem: nil))
        #expect(form()?.text == "/p/empty" && form()?.problem?.contains("/p/empty") == true)
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

    // MARK: Epochs and filters

    /// The sample has recorded epochs 3, 5 and 6.
    @Test mutating func theKeysStepThroughTheRecordedEpochs() throws {
        let epochs = [3, 5, 6].map { state.predictions.history.set($0)! }
        state.predictions.cursor = 4
        let photo = state.predictions.shown[4].photo
        _ = press(.character("4"))
        #expect(press(.character("<")) == [.inspect(epochs[1], classes: 5)])
        #expect(state.predictions.onScreen == epochs[1] && state.epochText == "5 of 6")
        #expect(state.predictions.shown == epochs[1].predictions)
        #expect(state.predictions.shown[state.predictions.cursor].photo == photo)
        #expect(press(.character(","), .character(",")) == [.inspect(epochs[0], classes: 5)])
        #expect(state.toast?.text == "Epoch 3 is the first one recorded.")
        // An epoch that ends meanwhile changes nothing on the screen, and is not inspected.
        let next = Sample.predictions(epoch: 7) { _ in false }
        #expect(state.reduce(.session(.predictions(next), clock: "")) == [])
        #expect(state.predictions.onScreen == epochs[0] && state.epochText == "3 of 7")
        _ = state.reduce(.inspected(PredictionInspection(next, classes: 5)))
        #expect(state.predictions.inspection?.epoch == 6)
        _ = press(.character(">"), .character("."))
        #expect(state.predictions.onScreen == epochs[2])
        #expect(press(.character(">")) == [.inspect(next, classes: 5)] && state.epochText == "7")
        #expect(press(.character(">")) == [] && state.toast?.text == "These are the newest predictions.")
        _ = press(.character("<"))
        #expect(press(.character("0")) == [.inspect(next, classes: 5)] && state.predictions.past == nil)
        _ = press(.character("<"))
        #expect(press(.escape) == [.inspect(next, classes: 5)] && state.predictions.past == nil)
    }

    /// Predictions refreshed within an epoch are not those recorded at its beginning.
    @Test mutating func theRecordedEpochIsThereBesideRefreshedPredictions() {
        let recorded = state.predictions.set
        _ = state.reduce(.session(.predictions(Sample.predictions(epoch: 6) { _ in true }), clock: ""))
        _ = press(.character("4"), .character("<"))
        #expect(state.predictions.onScreen == recorded && state.epochText == "6 of 6")
        _ = press(.character(">"))
        #expect(state.predictions.past == nil)
    }

    @Test mutating func theDifferenceIsThatOfTheEpochShown() {
        _ = press(.character("4"), .character("v"), .character("c"), .character("<"))
        _ = state.reduce(
            .inspected(PredictionInspection(state.predictions.onScreen!, classes: 5)))
        #expect(state.reference?.name == "change since epoch 3")
    }

    /// However the list came to be empty, esc shows all photos again.
    @Test(arguments: ["/nothing\r", "xx", "/tulips\rx", "vvv/nothing\r", "vvv/nothing\rx"])
    mutating func escapeShowsAllPhotosAgain(keys: String) {
        // All are right, and as before, so that neither errors nor changes are left.
        for epoch in 7...8 {
            state.reduceAtOnce(
                .session(.predictions(Sample.predictions(epoch: epoch) { _ in false }), clock: ""))
        }
        Sample.press("4" + keys, &state)
        #expect(state.predictions.shown.isEmpty)
        _ = press(.escape)
        #expect(state.predictions.shown.count == 12 && state.predictions.settings.kept == .all)
    }

    /// What only the photos show is not switched unseen in the matrix.
    @Test mutating func theListIsLeftAloneInTheMatrix() {
        _ = press(.character("4"), .character("v"), .character("x"), .character("o"), .character("/"))
        #expect(state.predictions.settings.kept == .all && state.predictions.settings.order == .file)
        #expect(!state.filters.isTyping && state.toast?.text.hasPrefix("Works in these views: ") == true)
    }

    // MARK: The plane of the features

    private var plane: FeatureProjection {
        // Photo 48 is at the left, 49 in the middle and 50 at the right, above both.
        FeatureProjection(
            points: [(48, 0, 0), (49, 5, 1), (50, 9, 8)].map { .init(photo: $0, x: $1, y: $2) },
            explained: 0.5)
    }

    @Test mutating func thePlaneIsAskedForWhenItIsShown() {
        #expect(
            press(.character("4"), .character("v"), .character("v"), .character("v")) == [.ask(.projection)])
        #expect(press(.down) == [])
        _ = state.reduce(.inspectorAnswered(.projecting(done: 1, total: 3)))
        #expect(state.predictions.plane.progress?.done == 1)
        _ = state.reduce(.inspectorAnswered(.projection(plane, epoch: 6)))
        #expect(state.predictions.plane.progress == nil && state.predictions.plane.place(50)! == (1, 1))
        #expect(state.predictions.plane.place(60) == nil)
        // The next epoch's features are asked for at its end.
        let next = Sample.predictions(epoch: 7) { _ in false }
        #expect(state.reduce(.session(.predictions(next), clock: "")).contains(.ask(.projection)))
    }

    @Test mutating func arrowsGoToTheNearestPhoto() {
        Sample.press("4vvv", &state)
        _ = state.reduce(.inspectorAnswered(.projection(plane, epoch: 6)))
        func photo() -> Int { state.predictions.shown[state.predictions.cursor].photo }
        _ = press(.right)
        #expect(photo() == 49)
        _ = press(.left)
        #expect(photo() == 48)
        _ = press(.left)
        #expect(photo() == 48)
        _ = press(.up)
        #expect(photo() == 49)
        _ = press(.up)
        #expect(photo() == 50)
        #expect(press(.enter) == [] && state.dialog == .prediction(2))
    }

    @Test mutating func aPlaneThatFailedIsTriedAgain() {
        Sample.press("4vvv", &state)
        _ = state.reduce(.inspectorAnswered(.failed(.projection, UserError("Not saved yet."))))
        #expect(state.predictions.plane.problem == "Not saved yet.")
        #expect(
            press(.character("r")) == [.send(.refreshPredictions), .ask(.projection)]
                && state.predictions.plane.problem == nil)
    }

    // MARK: Histograms

    @Test mutating func histogramsOfTheNearestLayerAreShown() {
        #expect(press(.character("3"), .character("H")) == [] && state.dialog == nil)
        #expect(state.toast?.text.hasPrefix("No histograms yet") == true)
        for epoch in 7...8 {
            _ = state.reduce(.session(.epochEnded(Sample.outcome(epoch: epoch)), clock: ""))
        }
        _ = press(.character("H"))
        #expect(state.dialog == .histograms(layer: Architecture.mobileNetV2.layerCount))
        #expect(state.histograms(of: Architecture.mobileNetV2.layerCount).map(\.epoch) == [7, 8])
        #expect(press(.left, .right, .end) == [] && state.dialog == .histograms(layer: 154))
        #expect(press(.escape) == [] && state.dialog == nil)
    }

    // MARK: Calibration

    /// Temperature scaling is offered only where it lowers the calibration error.
    @Test func aTemperatureThatDoesNotHelpIsNotOffered() {
        func inspection(_ confidences: [(Float, right: Bool)]) -> PredictionInspection {
            PredictionInspection(
                PredictionSet(
                    epoch: 1,
                    predictions: confidences.enumerated().map { photo, entry in
                        Prediction(
                            photo: photo, label: entry.right ? 0 : 1,
                            probabilities: [entry.0, 1 - entry.0])
                    }), classes: 2)
        }
        // Always sure, and right two times of three: less confidence is better.
        #expect(
            inspection((0..<30).map { (0.99, right: $0 % 3 > 0) }).temperatureHelps)
        // As sure as right: the best temperature is 1.
        let calibrated = (0..<40).map { (Float(0.75), right: $0 % 4 > 0) }
        #expect(!inspection(calibrated).temperatureHelps)
        #expect(!inspection([]).temperatureHelps)
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
