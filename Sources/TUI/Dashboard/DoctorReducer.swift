import Canvas
package import Doctor
import Foundation
import Keys
import Photos
package import Phrases
import Training

/// Browses, marks and lists the doctor's findings for `--exclude`. Never deletes a photo.
extension DashboardState {
    package var doctorLayout: DoctorLayout { DoctorLayout(size: size) }

    /// Starts the doctor, or stops it if it is running.
    mutating func check() -> [Effect] {
        guard let dataset = context?.dataset else { return [] }
        if data.view != .doctor { show(.doctor) }
        guard !dataset.path.isEmpty else {
            say(strings[.photosInNoFolder])
            return []
        }
        data.doctor.progress = nil
        data.doctor.problem = nil
        data.doctor.isRunning.toggle()
        say(strings[data.doctor.isRunning ? .doctorStarted : .doctorStopped])
        return [.askData(data.doctor.isRunning ? .startDoctor : .stopDoctor)]
    }

    mutating func take(_ report: DoctorReport, _ photos: [PhotoPath: Int]) {
        guard data.doctor.isRunning else { return }
        (data.doctor.isRunning, data.doctor.progress, data.doctor.problem) = (false, nil, nil)
        (data.doctor.report, data.doctor.photos, data.doctor.arrangedBy) = (report, photos, nil)
        if case .finding = dialog { dialog = nil }
        arrangeFindings()
        chooseFinding(0)
        say(
            report.findings.isEmpty
                ? strings[.doctorNothing] : strings(.doctorFound, report.findings.count.grouped))
    }

    /// Rebuilds the list of findings that pass the filter, unless it is up to date. The filter
    /// matches the kind (as displayed or as on the command line), a file or the sentence.
    mutating func arrangeFindings() {
        let filter = (data.doctor.filter?.text ?? "").lowercased()
        if data.doctor.arrangedBy == filter { return }
        data.doctor.arrangedBy = filter
        let findings = data.doctor.report?.findings ?? []
        let kinds = Set(
            Finding.Kind.allCases.filter {
                $0.rawValue.contains(filter) || strings[$0.title].lowercased().contains(filter)
            })
        data.doctor.shown = findings.indices.filter { index in
            let finding = findings[index]
            return filter.isEmpty || kinds.contains(finding.kind)
                || finding.files.contains { $0.text.lowercased().contains(filter) }
                || finding.sentence.lowercased().contains(filter)
        }
        data.doctor.kindCounts = Dictionary(
            data.doctor.shown.map { (findings[$0].kind, 1) }, uniquingKeysWith: +)
        chooseFinding(data.doctor.cursor)
    }

    // MARK: Moving

    mutating func chooseFinding(_ index: Int) {
        data.doctor.cursor = clamp(index, data.doctor.shown.count)
        scrollToFinding()
    }

    mutating func moveFinding(_ steps: Int) { chooseFinding(data.doctor.cursor + steps) }

    /// Scrolls the list just far enough to show the cursor.
    mutating func scrollToFinding() {
        let (cursor, layout) = (data.doctor.cursor, doctorLayout)
        // An upper bound on the findings between the top of the list and the cursor.
        data.doctor.top = clamp(
            min(max(data.doctor.top, cursor - layout.list.rows), cursor), data.doctor.shown.count)
        while data.doctor.top < cursor, !layout.visible(from: data.doctor.top, self).contains(cursor) {
            data.doctor.top += 1
        }
    }

    /// Moves to the first finding of the next or the previous kind.
    mutating func moveKind(_ direction: Int) {
        let doctor = data.doctor
        guard let now = doctor.finding(doctor.cursor) else { return }
        var index = doctor.cursor
        if direction > 0 {
            while let finding = doctor.finding(index), finding.kind == now.kind { index += 1 }
            if index >= doctor.shown.count { index = doctor.cursor }
        } else {
            func start(_ index: Int) -> Int {
                var index = index
                while index > 0, doctor.finding(index - 1)?.kind == doctor.finding(index)?.kind { index -= 1 }
                return index
            }
            index = start(doctor.cursor)
            if index == doctor.cursor, index > 0 { index = start(index - 1) }
        }
        chooseFinding(index)
    }

    // MARK: Marking

    /// Marks the files that the chosen finding would leave out; unmarks them if all are marked.
    mutating func markFinding() {
        guard let finding = data.doctor.finding(data.doctor.cursor) else { return }
        mark(finding.leaveOut, data.doctor.mark(of: finding) != .all)
    }

    /// Does the same for every shown finding of the chosen finding's kind.
    mutating func markKind() {
        let doctor = data.doctor
        guard let kind = doctor.finding(doctor.cursor)?.kind else { return }
        let findings = doctor.shown.indices.compactMap(doctor.finding).filter { $0.kind == kind }
        let marks = findings.contains { doctor.mark(of: $0) != .all }
        let files = Set(findings.flatMap(\.leaveOut))
        mark(files, marks)
        say(strings(marks ? .kindMarked : .kindUnmarked, strings[kind.title], files.count.grouped))
    }

    private mutating func mark(_ files: some Sequence<PhotoPath>, _ marks: Bool) {
        if marks { data.doctor.marked.formUnion(files) } else { data.doctor.marked.subtract(files) }
    }

    // MARK: The opened finding

    mutating func openFinding(_ index: Int) {
        chooseFinding(index)
        guard let finding = data.doctor.finding(data.doctor.cursor) else { return }
        // Among copies, begin with the first that would be left out.
        dialog = .finding(copy: finding.files.firstIndex { finding.leaveOut.contains($0) } ?? 0)
    }

    mutating func pressInFinding(_ key: Key, _ copy: Int) -> [Effect] {
        guard let finding = data.doctor.finding(data.doctor.cursor) else {
            dialog = nil
            return []
        }
        let cursor = data.doctor.cursor
        let visible = doctorLayout.visible(from: data.doctor.top, self).count
        switch key {
        case .enter, .escape, .character("q"): dialog = nil
        case .left where finding.files.count > 1, .character("h") where finding.files.count > 1:
            dialog = .finding(copy: clamp(copy - 1, finding.files.count))
        case .right where finding.files.count > 1, .character("l") where finding.files.count > 1:
            dialog = .finding(copy: clamp(copy + 1, finding.files.count))
        case .up, .left, .character("k"), .character("h"): openFinding(cursor - 1)
        case .down, .right, .character("j"), .character("l"): openFinding(cursor + 1)
        case .pageUp: openFinding(cursor - visible)
        case .pageDown: openFinding(cursor + visible)
        case .home, .character("g"): openFinding(0)
        case .end, .character("G"): openFinding(data.doctor.shown.count - 1)
        case .character("x"):
            guard finding.files.indices.contains(copy) else { break }
            let file = finding.files[copy]
            mark([file], !data.doctor.marked.contains(file))
        default: break
        }
        return []
    }

    // MARK: The list

    var exclusionsForm: Form {
        let path = data.doctor.written?.path ?? (home.isEmpty ? "exclude.txt" : home + "/exclude.txt")
        return Form(
            .exclusions,
            [
                .init(label: .fieldFile, value: .text(TextField(path, limit: 1000))),
                .init(label: .fieldIfThere, value: .choice([.listAnew, .listAdded], chosen: 0)),
            ])
    }

    /// Writes the submitted list: the marked files and those that the run already leaves out.
    mutating func submitExclusions(_ form: Form) -> [Effect] {
        let path = form.text(0)
        guard !path.isEmpty else {
            var form = form
            form.problem = strings[.fileIsNeeded]
            dialog = .form(form)
            return []
        }
        dialog = nil
        let list = ExclusionList((context?.dataset.exclusions.files ?? []) + data.doctor.marked)
        return [.askData(.write(list, path: path, adds: form.chosen(1) == 1))]
    }
}

extension Finding.Kind {
    package var title: Phrase {
        switch self {
        case .unreadable: .findingUnreadable
        case .conflictingLabels: .findingConflict
        case .leak: .findingLeak
        case .wrongLabel: .findingWrongLabel
        case .damaged: .findingDamaged
        case .exactDuplicate: .findingCopy
        case .nearDuplicate: .findingNearCopy
        case .similar: .findingSimilar
        case .singleColor: .findingPlain
        case .tiny: .findingTiny
        case .extremeAspect: .findingLong
        case .outlier: .findingOutlier
        case .wrongExtension: .findingWrongName
        case .orientation: .findingOrientation
        case .colorMode: .findingOddColours
        }
    }
}
