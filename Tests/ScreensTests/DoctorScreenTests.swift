import Basics
import Canvas
import Doctor
import Keys
import Photos
import Phrases
import ScreenSupport
import Screens
import Testing
import Training

@testable import Dashboard

/// The doctor's findings on the data screen.
@Suite struct DoctorScreenTests {
    var state = Sample.state()

    init() { Sample.press("2", &state) }

    mutating func press(_ keys: Key...) -> [Effect] { keys.flatMap { state.reduce(.key($0)) } }

    private func text() throws -> String { try Sample.view().render(state).plainText }
    private var kind: Finding.Kind? { state.data.doctor.finding(state.data.doctor.cursor)?.kind }

    @Test mutating func theDoctorStartsSaysHowFarItIsAndStops() throws {
        Sample.press("vvv", &state)
        #expect(try text().contains("The photos have not been checked yet: press c."))
        #expect(press(.character("c")) == [.askData(.startDoctor)])
        _ = state.reduce(
            .data(.doctorProgress(.init(phase: .examiningPhotos, done: 20, total: 60, unit: .photos))))
        #expect(try text().contains("examining photos · 20 of 60 photos"))
        // Enter does not stop it by mistake.
        #expect(press(.enter) == [])
        #expect(press(.character("c")) == [.askData(.stopDoctor)])
        // A late result of a stopped doctor is ignored.
        _ = state.reduce(.data(.doctorFound(Sample.report, photos: [:])))
        #expect(state.data.doctor.report == nil)
        #expect(press(.enter) == [.askData(.startDoctor)])
        _ = state.reduce(.data(.doctorFailed(UserError("There is no folder photos."))))
        #expect(try text().contains("There is no folder photos."))
        #expect(try text().contains("c: try again"))
    }

    @Test mutating func aKeyOfAnyViewOfThePhotosCallsTheDoctor() {
        #expect(press(.character("c")) == [.askData(.startDoctor)] && state.data.view == .doctor)
    }

    @Test mutating func findingsStandByKindWithTheirCounts() throws {
        Sample.examine(&state)
        let text = try text()
        #expect(
            text.contains("unreadable files: 1")
                && text.contains("pictures in both training and validation: 1"))
        #expect(text.contains("likely wrong labels: 9"))
        #expect(
            text.contains("daisy/0.jpg") && text.contains("daisy/50.jpg") && text.contains("looks like roses")
        )
        // A file that cannot be decoded has no picture, but the photos of the next finding have theirs.
        #expect(text.contains(state.strings[.noPicture]) && state.data.doctor.photos["daisy/bad.jpg"] == nil)
        _ = press(.down)
        #expect(try !self.text().contains(state.strings[.noPicture]))
    }

    @Test mutating func nothingFoundIsSaid() throws {
        _ = press(.character("c"))
        var report = Sample.report
        (report.findings, report.warnings) = ([], ["Labels and outliers were not checked."])
        _ = state.reduce(.data(.doctorFound(report, photos: [:])))
        let text = try text()
        #expect(
            text.contains("Nothing suspicious found.")
                && text.contains("Labels and outliers were not checked."))
        #expect(press(.character("x")) == [] && state.toast != nil)
    }

    @Test mutating func kindsAreSteppedThrough() {
        Sample.examine(&state)
        #expect(kind == .unreadable)
        _ = press(.right)
        #expect(kind == .leak)
        _ = press(.right, .down, .down)
        #expect(kind == .wrongLabel && state.data.doctor.cursor == 4)
        // First to the start of this kind, then to the kind before.
        _ = press(.left)
        #expect(state.data.doctor.cursor == 2)
        _ = press(.left)
        #expect(kind == .leak)
        _ = press(.end, .right, .down)
        #expect(kind == .outlier && state.data.doctor.cursor == 11)
        _ = press(.home)
        #expect(state.data.doctor.cursor == 0 && state.data.doctor.top == 0)
    }

    @Test(arguments: [Size(columns: 40, rows: 12), Size(columns: 80, rows: 24), Size(columns: 200, rows: 60)])
    func theChosenFindingIsAlwaysInSight(size: Size) throws {
        var state = Sample.state(columns: size.columns, rows: size.rows)
        Sample.press("2", &state)
        Sample.examine(&state)
        for key in Array(repeating: Key.down, count: 14) + [.up, .up, .pageUp, .pageDown, .end, .home, .end] {
            _ = state.reduce(.key(key))
            let view = try Sample.view()
            _ = view.render(state)
            #expect(view.targets.all.contains { $0.target == .finding(state.data.doctor.cursor) })
            state.checkInvariants()
        }
    }

    @Test mutating func aFilterOfItsOwnNarrowsByKindFileAndSentence() {
        Sample.examine(&state)
        for (text, count) in [
            ("label", 9), ("wrong_label", 9), ("tulips", 1), ("same picture", 1), ("nothing", 0),
        ] {
            Sample.press("/\(text)\r", &state)
            #expect(state.data.doctor.shown.count == count, "\(text)")
            _ = press(.escape)
            #expect(state.data.doctor.shown.count == 12)
        }
        Sample.press("/label\r", &state)
        // The samples keep their own filter.
        _ = press(.character("v"))
        #expect(state.data.view == .samples && state.data.shown.count == 60)
    }

    @Test mutating func findingsAreMarkedAloneAndByKind() throws {
        Sample.examine(&state)
        _ = press(.down, .character("x"))
        // Of two copies, the training photo is marked.
        #expect(state.data.doctor.marked == ["daisy/0.jpg"] && state.data.doctor.isUnwritten)
        _ = press(.down, .character("X"))
        #expect(
            state.data.doctor.marked.count == 10
                && state.toast?.text == "likely wrong labels: all marked, photos: 9.")
        #expect(try text().contains("marked for exclusion: 10 · W writes the list"))
        _ = press(.character("x"))
        #expect(state.data.doctor.marked.count == 9)
        // One of the kind is unmarked, so the first press marks all.
        _ = press(.character("X"), .character("X"))
        #expect(state.data.doctor.marked == ["daisy/0.jpg"])
    }

    @Test mutating func copiesAreMarkedOneByOneInTheLargePicture() throws {
        Sample.examine(&state)
        _ = press(.down, .enter)
        #expect(state.dialog == .finding(copy: 0))
        _ = press(.right, .right, .character("x"))
        #expect(state.dialog == .finding(copy: 1) && state.data.doctor.marked == ["daisy/50.jpg"])
        #expect(try text().contains("✗ excluded"))
        #expect(state.data.doctor.mark(of: Sample.report.findings[1]) == .none)
        _ = press(.down)
        #expect(state.data.doctor.cursor == 2 && state.dialog == .finding(copy: 0))
        // With a single photo, left and right move to other findings as well.
        _ = press(.right, .character("x"), .escape)
        #expect(state.data.doctor.cursor == 3 && state.data.doctor.marked.count == 2 && state.dialog == nil)
    }

    @Test mutating func theListIsWrittenWhereThePersonSays() throws {
        state.home = "home"
        Sample.examine(&state)
        #expect(press(.character("W")) == [] && state.toast?.text.contains("Nothing is marked") == true)
        state.context?.dataset.exclusions = ExclusionList(["roses/old.jpg"])
        _ = press(.character("x"), .character("W"))
        guard case .form(let form) = state.dialog else { return #expect(Bool(false), "no form") }
        #expect(form.text(0) == "home/exclude.txt")
        // Without a file name the form stays open and says why.
        _ = press(.control("u"), .enter)
        #expect(state.dialog != nil)
        #expect(try text().contains("Enter a file name."))
        for key in "my list" { _ = press(.character(key)) }
        _ = press(.tab, .right)
        #expect(
            press(.enter) == [
                .askData(
                    .write(ExclusionList(["daisy/bad.jpg", "roses/old.jpg"]), path: "my list", adds: true))
            ])
        _ = state.reduce(.data(.listWritten(path: "my list", listed: 2, lost: 0)))
        #expect(state.toast?.text == "photos listed: 2 · exclude them with --exclude my list")
        #expect(!state.data.doctor.isUnwritten)
        // The next time, the form suggests the same file.
        #expect(state.exclusionsForm.text(0) == "my list")
        _ = press(.down, .character("x"))
        #expect(state.data.doctor.isUnwritten)
        _ = press(.character("q"))
        #expect(try text().contains("Marked photos that no list"))
    }

    @Test mutating func aListThatCannotBeWrittenIsSaid() {
        Sample.examine(&state)
        _ = press(.character("x"))
        _ = state.reduce(.data(.listFailed(UserError("The disk is full."))))
        #expect(state.toast?.text == "The disk is full." && state.data.doctor.isUnwritten)
    }

    @Test mutating func theMouseChoosesOpensAndScrolls() throws {
        Sample.examine(&state)
        let view = try Sample.view()
        func place(_ target: MouseTarget) throws -> Rect {
            _ = view.render(state)
            return try #require(view.targets.all.last { $0.target == target }).rect
        }
        let leak = try place(.finding(1))
        _ = state.reduce(.mouse(MouseEvent(.press, column: leak.column, row: leak.row), on: .finding(1)))
        #expect(state.data.doctor.cursor == 1 && state.dialog == nil)
        _ = state.reduce(.mouse(MouseEvent(.wheelDown, column: leak.column, row: leak.row), on: .finding(1)))
        #expect(state.data.doctor.cursor == 2)
        _ = state.reduce(.mouse(MouseEvent(.wheelUp, column: leak.column, row: leak.row), on: .finding(1)))
        state.now = 100
        _ = state.reduce(.mouse(MouseEvent(.press, column: leak.column, row: leak.row), on: .finding(1)))
        #expect(state.dialog == .finding(copy: 0))
        _ = try place(.copy(1))
        _ = state.reduce(.mouse(MouseEvent(.press, column: 1, row: 1), on: .copy(1)))
        #expect(state.dialog == .finding(copy: 1) && state.data.doctor.marked.isEmpty)
        _ = state.reduce(.mouse(MouseEvent(.press, column: 1, row: 1), on: .copy(1)))
        #expect(state.data.doctor.marked == ["daisy/50.jpg"])
    }
}
