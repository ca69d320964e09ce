import Basics
import Canvas
import Foundation
import Keys
import Photos
import Recipes
import ScreenSupport
import Testing
import Training

@testable import Dashboard
@testable import Screens

/// The data screen's samples, statistics and augmentation bench.
@Suite struct DataScreenTests {
    var state = Sample.state()

    init() { Sample.press("2", &state) }

    mutating func press(_ keys: Key...) -> [Effect] { keys.flatMap { state.reduce(.key($0)) } }

    private func text() throws -> String { try Sample.view().render(state).plainText }

    /// A state with `count` photos, named by `name`.
    private func state(photos count: Int, name: (Int) -> String = { "daisy/\($0).jpg" }) -> DashboardState {
        var context = Sample.context()
        var dataset = DatasetSummary(
            name: "many", synthetic: false, classes: ["daisy", "雛菊🌼"],
            photos: (0..<count).map {
                Photo(file: PhotoPath(name($0)), label: $0 % 2, subset: $0 % 5 == 0 ? .validation : .training)
            }, skipped: [],
            imageSize: 160, pixels: SamplePixels())
        dataset.path = "photos"
        context.dataset = dataset
        var state = DashboardState(size: Size(columns: 80, rows: 24))
        state.reduceAtOnce(.session(.ready(context), clock: ""))
        Sample.press("2", &state)
        return state
    }

    // MARK: Samples

    @Test mutating func viewsGoRoundAndEscapeLeadsBack() {
        for view in [DataView.statistics, .augmentation, .doctor, .samples, .statistics] {
            _ = press(.character("v"))
            #expect(state.data.view == view)
        }
        _ = press(.escape)
        #expect(state.data.view == .samples)
    }

    @Test mutating func photosAreGoneThroughByRowsPagesAndEnds() {
        let layout = state.sampleLayout
        #expect(layout.columns == 4 && state.data.shown.count == 60)
        _ = press(.right, .down)
        #expect(state.data.cursor == 5)
        _ = press(.pageDown)
        #expect(state.data.cursor == 5 + layout.perPage)
        _ = press(.end, .right)
        #expect(state.data.cursor == 59)
        _ = press(.home, .left, .pageUp)
        #expect(state.data.cursor == 0)
    }

    @Test mutating func thumbnailsGrowAndShrinkWithinBounds() {
        let before = state.sampleLayout.perPage
        _ = press(.character("-"))
        #expect(state.sampleLayout.columns == 5 && state.sampleLayout.perPage > before)
        for _ in 0..<40 { _ = press(.character("-")) }
        let most = state.sampleLayout.columns
        #expect(state.toast?.text.contains("small") == true)
        // The opposite key takes effect at once, however often the first one was pressed.
        _ = press(.character("+"))
        #expect(state.sampleLayout.columns == most - 1)
        for _ in 0..<40 { _ = press(.character("+")) }
        #expect(state.sampleLayout.columns == 1 && state.sampleLayout.perPage >= 1)
    }

    @Test(arguments: [
        ("roses", 12), ("ros", 12), ("validation", 12), ("daisy/5", 3), ("nothing", 0), ("", 60),
    ]) func aFilterNarrowsByClassSubsetAndFile(text: String, count: Int) {
        var state = state
        Sample.press("/\(text)\r", &state)
        #expect(state.data.shown.count == count && state.data.cursor == 0)
    }

    /// A class's whole name selects that class only, whatever the files are called.
    @Test func aWholeNameMeansThatClassOnly() {
        let filter = SampleFilter(
            "daisy", classes: ["daisy", "daisy-like"], training: "training", validation: "validation")
        #expect(
            filter(Photo(file: "x", label: 0, subset: .training))
                && !filter(Photo(file: "daisy-like/daisy.jpg", label: 1, subset: .training)))
    }

    @Test mutating func theChosenPhotoStaysChosenUnderAFilter() {
        _ = press(.right, .right, .right)
        Sample.press("/sunflowers\r", &state)
        #expect(state.chosenPhoto == 3 && state.data.cursor == 0)
        _ = press(.right, .escape)
        #expect(state.chosenPhoto == 8 && state.data.cursor == 8)
    }

    @Test mutating func anEmptyResultSaysSo() throws {
        Sample.press("/nothing\r", &state)
        #expect(try text().contains("No photos match"))
        _ = press(.enter)
        #expect(state.dialog == nil && state.toast != nil)
    }

    @Test mutating func aPhotoIsOpenedFromItsFileAndFollowed() throws {
        #expect(press(.enter) == [.askData(.open(photo: 0, path: "photos/daisy/0.jpg"))])
        #expect(try text().contains("reading the file"))
        #expect(press(.right) == [.askData(.open(photo: 1, path: "photos/dandelion/1.jpg"))])
        // A late answer for another photo is ignored.
        _ = state.reduce(.data(.opened(OpenedPhoto(photo: 0, facts: (7, 7, 7)))))
        #expect(state.data.opened?.facts == nil)
        _ = state.reduce(
            .data(
                .opened(
                    OpenedPhoto(
                        photo: 1, facts: (500, 333, 45_000),
                        image: RGBImage(width: 5, height: 3, pixels: Array(repeating: 1, count: 45))))))
        let text = try text()
        #expect(text.contains("500 × 333 pixels") && text.contains("45 KB") && text.contains("dandelion"))
        #expect(press(.escape) == [] && state.dialog == nil && state.data.cursor == 1)
    }

    @Test func onePhotoAndTenThousandAreShown() throws {
        var one = state(photos: 1)
        for key in [Key.right, .down, .pageDown, .end, .character("-"), .enter, .escape] {
            _ = one.reduce(.key(key))
        }
        #expect(one.data.cursor == 0)
        #expect(try Sample.view().render(one).plainText.contains("photos 1–1 / 1"))
        var many = state(photos: 10_000)
        _ = many.reduce(.key(.end))
        let view = try Sample.view()
        #expect(view.render(many).plainText.contains("/ 10,000"))
        #expect(many.data.cursor == 9999)
    }

    /// Only visible photos are made into thumbnails, a limited number per frame.
    @Test func onlyVisiblePhotosAreRead() throws {
        final class Counter: @unchecked Sendable {
            // Unchecked: only the test's thread uses it.
            var read: [Int] = []
        }
        struct Counted: PhotoPixels {
            let counter: Counter
            func image(at index: Int) -> RGBImage {
                counter.read.append(index)
                return SamplePixels().image(at: index)
            }
            func augmentedImage(at index: Int, variant: UInt64, strength: AugmentationStrength) -> RGBImage {
                image(at: index)
            }
        }
        let counter = Counter()
        var state = state(photos: 10_000)
        state.context!.dataset.pixels = Counted(counter: counter)
        let view = try Sample.view()
        view.thumbnails.mostNew = 5
        var frames = 0
        repeat {
            counter.read = []
            _ = view.render(state)
            #expect(counter.read.count <= 5 && counter.read.allSatisfy { $0 < state.sampleLayout.perPage })
            frames += 1
        } while view.thumbnails.lacksSome && frames < 100
        #expect(frames > 1 && frames < 100)
        counter.read = []
        _ = view.render(state)
        #expect(counter.read.isEmpty)
    }

    /// A page with more pictures than the cache normally keeps is not remade in each frame.
    @Test func whatAFrameShowsIsKept() throws {
        let cache = ThumbnailCache()
        cache.keepsPictures = true
        var made = 0
        for _ in 0..<3 {
            cache.beginFrame()
            for photo in 0..<150 {
                _ = cache.thumbnail(.init(photo: photo, size: Size(columns: 2, rows: 1), depth: .trueColor)) {
                    made += 1
                    return SamplePixels().image(at: photo)
                }
            }
        }
        #expect(made == 150)
    }

    @Test func namesThatCouldSteerTheTerminalAreShown() throws {
        let names = ["雛菊🌼/照片 👩‍🔬.jpg", "daisy/\u{1b}[2J\n.jpg", "daisy/é̂.png"]
        var state = state(photos: 3) { names[$0] }
        let view = try Sample.view()
        for _ in names {
            for key in [
                Key.enter, .escape, .character("v"), .character("v"), .enter, .escape, .escape, .right,
            ] {
                state.reduceAtOnce(.key(key))
                let buffer = view.render(state)
                #expect(
                    buffer.cells.allSatisfy {
                        !$0.text.unicodeScalars.contains { $0.properties.generalCategory == .control }
                    })
                #expect(buffer.cells.count == 80 * 24)
            }
        }
    }

    // MARK: Statistics

    @Test mutating func statisticsAreAskedForOnceAndAgainAfterAFailure() throws {
        let asked = Effect.askData(.count(path: "photos", exclusions: ExclusionList()))
        #expect(press(.character("v")) == [asked])
        #expect(state.reduce(.tick(80)) == [] && press(.down) == [])
        #expect(try text().contains("counting photos"))
        _ = state.reduce(.data(.counting(done: 20, total: 60)))
        #expect(try text().contains("reading file headers: 20 of 60"))
        _ = state.reduce(.data(.countingFailed(UserError("There is no folder photos."))))
        #expect(try text().contains("There is no folder photos."))
        #expect(press(.character("v"), .character("v"), .character("v")).filter { $0 == asked } == [])
        #expect(press(.character("v")) == [asked])
        _ = state.reduce(.data(.counted(Sample.statistics)))
        let text = try text()
        #expect(
            text.contains("training 48") && text.contains("validation 12") && text.contains("median")
                && text.contains("formats: 58 jpeg, 2 png"))
        // Training and validation are counted apart: 10 of daisy's 12 photos train.
        #expect(text.contains("10 + 2"))
    }

    @Test func manyClassesAreScrolled() throws {
        var context = Sample.context()
        let classes = (0..<300).map { "class\($0)" }
        context.dataset = DatasetSummary(
            name: "many", synthetic: false, classes: classes,
            photos: classes.indices.map { Photo(file: "\($0)", label: $0, subset: .training) },
            skipped: [], imageSize: 160, pixels: SamplePixels())
        var state = DashboardState(size: Size(columns: 80, rows: 24))
        _ = state.reduce(.session(.ready(context), clock: ""))
        Sample.press("2v", &state)
        #expect(try Sample.view().render(state).plainText.contains("class0 "))
        _ = state.reduce(.key(.end))
        let text = try Sample.view().render(state).plainText
        #expect(text.contains("class299") && !text.contains("class0 "))
        // Photos that are not in a folder have no files.
        #expect(text.contains("are not in a folder"))
    }

    // MARK: The augmentation bench

    @Test mutating func viewsAreAskedForWheneverWhatIsShownChanges() {
        func asked(
            _ photo: Int, _ seed: UInt64 = 0, _ strength: AugmentationStrength = AugmentationStrength()
        ) -> [Effect] {
            [.askData(.augment(.init(photo: photo, seed: seed, strength: strength)))]
        }
        _ = press(.character("v"))
        #expect(press(.character("v")) == asked(0))
        #expect(press(.right) == asked(1))
        #expect(press(.character("r")) == asked(1, 1))
        #expect(press(.down) == [])
        #expect(press(.character("+")) == asked(1, 1, AugmentationStrength(rotation: 0.25)))
        #expect(press(.character("-")) == asked(1, 1))
        #expect(press(.up, .character("o")) == asked(1, 1, AugmentationStrength(flips: false)))
        // A late answer to an earlier request is ignored.
        _ = state.reduce(
            .data(
                .augmented(
                    AugmentedViews(
                        .init(photo: 0, seed: 0, strength: AugmentationStrength()), state.context!.dataset))))
        #expect(state.data.bench.views == nil)
        #expect(press(.character("0")) == asked(1, 1))
    }

    @Test mutating func anOperationThatWasOffComesBackAsItWas() {
        Sample.press("vvj+++", &state)
        #expect(state.benchStrength == AugmentationStrength(rotation: 0.35))
        Sample.press("o", &state)
        #expect(state.benchStrength == AugmentationStrength(rotation: 0))
        Sample.press("o", &state)
        #expect(state.benchStrength == AugmentationStrength(rotation: 0.35))
        Sample.press(String(repeating: "-", count: 30), &state)
        #expect(state.benchStrength.rotation == 0)
        Sample.press(String(repeating: "+", count: 30), &state)
        #expect(state.benchStrength.rotation == 0.5 && state.benchStrength.problem == nil)
    }

    @Test mutating func whatTheBenchShowsIsAppliedToTheRun() throws {
        Sample.press("vv", &state)
        #expect(press(.character("A")) == [] && state.toast?.text == "These are the run's settings.")
        Sample.press("jj--", &state)
        #expect(try text().contains("Not applied to the run"))
        let strength = AugmentationStrength(zoom: 0.1)
        #expect(press(.character("A")) == [.send(.setAugmentation(strength))])
        var settings = RecipeState(Recipe())
        settings.augmentation = strength
        _ = state.reduce(.session(.settings(settings), clock: ""))
        #expect(try text().contains("These are the run's settings."))
        // A finished run accepts no changes.
        _ = state.reduce(.session(.statusChanged(.finished), clock: ""))
        Sample.press("-", &state)
        #expect(press(.character("A")) == [] && state.toast?.text.contains("finished") == true)
    }

    /// The views of a photo that is mixed name the class of the other one, the dialog its file.
    @Test mutating func photosAreMixedOnTheBench() throws {
        Sample.press("vvjjjjjjo", &state)
        #expect(state.data.bench.operation == .cutmix)
        #expect(state.benchStrength == AugmentationStrength(cutmix: 1))
        let views = try #require(state.data.bench.views)
        let dataset = state.context!.dataset
        let mixed = views.views.dropFirst().compactMap { $0.draw?.mixed }
        #expect(mixed.count == AugmentedViews.count)
        #expect(mixed.allSatisfy { dataset.photos[$0.photo].subset == .training && $0.photo != 0 })
        #expect(try text().contains("% \(dataset.classes[dataset.photos[mixed[0].photo].label])"))
        Sample.press("\r", &state)
        _ = press(.right)
        #expect(try text().contains("of it from \(dataset.photos[mixed[0].photo].file.text)"))
        _ = press(.escape)
        Sample.press("---", &state)
        #expect(state.benchStrength == AugmentationStrength(cutmix: 0.85))
        Sample.press("ko+", &state)
        #expect(state.benchStrength == AugmentationStrength(mixup: 0.25, cutmix: 0.85))
        // More than keys reach, as a command line may ask for, is not lowered by a step up.
        var settings = RecipeState(Recipe())
        settings.augmentation = AugmentationStrength(color: 0.8, cutmix: 2)
        _ = state.reduce(.session(.settings(settings), clock: ""))
        Sample.press("0j+", &state)
        #expect(state.benchStrength.cutmix == 2)
        Sample.press("-", &state)
        #expect(state.benchStrength.cutmix == 1.95 && state.benchStrength.color == 0.8)
    }

    @Test mutating func viewsComeWithTheirDrawsAndTensors() throws {
        Sample.press("vv", &state)
        let views = try #require(state.data.bench.views)
        #expect(
            views.views.count == 13 && views.views[0].draw == nil
                && views.views.dropFirst().allSatisfy { abs($0.draw!.degrees) <= 72 })
        #expect(try text().contains("network input: 8×8×3"))
        Sample.press("\r", &state)
        #expect(state.dialog == .tensor(view: 0))
        let summary = views.views[0].summary.channels[2]
        let text = try text()
        // Blue is 128 everywhere.
        #expect(
            summary.least == summary.greatest && abs(summary.mean - (128 / 127.5 - 1)) < 1e-6
                && text.contains("0.004"))
        #expect(text.contains("A tensor of 8×8×3"))
        _ = press(.left)
        #expect(state.dialog == .tensor(view: 0))
        _ = press(.end)
        #expect(state.dialog == .tensor(view: 12))
        _ = press(.escape)
        #expect(state.dialog == nil)
    }

    // MARK: The mouse

    private mutating func click(_ target: (MouseTarget) -> Bool) throws -> [Effect] {
        let view = try Sample.view()
        _ = view.render(state)
        let place = try #require(view.targets.all.last { target($0.target) })
        return state.reduce(
            .mouse(MouseEvent(.press, column: place.rect.column, row: place.rect.row), on: place.target))
    }

    @Test mutating func theMouseReachesEveryView() throws {
        _ = try click { $0 == .photo(3) }
        #expect(state.data.cursor == 3 && state.dialog == nil)
        state.now = 100
        _ = try click { $0 == .photo(3) }
        #expect(state.dialog == .sample)
        _ = press(.escape)
        _ = try click { $0 == .dataView(.statistics) }
        _ = try click { $0 == .photoClass(2) }
        #expect(
            state.data.view == .samples && state.data.shown.count == 12
                && state.context!.dataset.photos[state.data.shown[0]].label == 2)
        for effect in try click({ $0 == .dataView(.augmentation) }) {
            if case .askData(.augment(let request)) = effect {
                _ = state.reduce(.data(.augmented(AugmentedViews(request, state.context!.dataset))))
            }
        }
        _ = try click { $0 == .operation(.zoom) }
        #expect(state.data.bench.operation == .zoom && state.benchStrength.zoom == 0.2)
        _ = try click { $0 == .benchView(2) }
        #expect(state.dialog == .tensor(view: 2))
        _ = press(.escape)
        state.now = 200
        _ = try click { $0 == .operation(.zoom) }
        #expect(state.benchStrength.zoom == 0)
    }

    @Test mutating func keysOfOtherViewsSayWhereTheyWork() {
        for key in ["x", "X", "W", "o", "A", "0"] as [Character] {
            state.toast = nil
            #expect(
                press(.character(key)) == [] && state.toast?.text.contains("Works in these views") == true,
                "\(key)")
        }
    }
}
