import Basics
import COpenBLAS
import Canvas
import Foundation
import Photos
import Recipes

/// A diagnosis: the findings that follow from a survey.
struct Diagnosing {
    private let folder: ImageFolder
    private let survey: PhotoSurvey
    private let options: DataDoctor.Options
    /// Survey rows of the usable photos that are not already left out.
    private let rows: [Int]
    private let labels: [Int]
    private let records: [PhotoRecord]
    /// Subset of each photo by path; empty if there are too few photos to split.
    private let subsets: [PhotoPath: Subset]

    init(folder: ImageFolder, survey: PhotoSurvey, options: DataDoctor.Options) {
        (self.folder, self.survey, self.options) = (folder, survey, options)
        let usable = folder.files.indices.filter { survey.records[$0].isUsable }
        let photos = try? DatasetSplit.split(usable.map { folder.files[$0] }, options.split)
        subsets = Dictionary(
            (photos ?? []).map { ($0.file, $0.subset) }, uniquingKeysWith: { first, _ in first })
        rows = usable.filter { !options.exclusions.contains(folder.files[$0].path) }
        labels = rows.map { [folder] in folder.files[$0].label }
        records = rows.map { survey.records[$0] }
    }

    func report(_ findings: [Finding], _ warnings: [DoctorFailure]) -> DoctorReport {
        var counts = Tally()
        for name in folder.classes { counts.add(name, 0) }
        for label in labels { counts.add(folder.classes[label]) }
        let kept = records.map { subsets[$0.path] }
        let listed = folder.files.count { options.exclusions.contains($0.path) }
        return DoctorReport(
            data: folder.path, classes: counts, training: kept.count { $0 == .training },
            validation: kept.count { $0 == .validation },
            test: subsets.values.contains(.test) ? kept.count { $0 == .test } : nil, excluded: listed,
            skipped: unusable.map {
                SkippedPhoto(file: $0.path, fault: $0.file.fault!, kind: $0.file.kind)
            },
            findings: findings,
            warnings: problems.map { TrainerEvent.Warning($0).message } + warnings.map { "\($0)" },
            examined: survey.examinedCount)
    }

    /// Problems of the folder besides the findings.
    private var problems: [DatasetProblem] {
        let photos = zip(rows, labels).map { row, label -> Photo in
            let path = folder.files[row].path
            return Photo(file: path, label: label, subset: subsets[path] ?? .training)
        }.filter { $0.subset != .test }
        var leftOut = folder.leftOut
        let present = Set(labels)
        leftOut.emptyClasses += folder.classes.indices.filter { !present.contains($0) }.map {
            folder.classes[$0]
        }
        let skipped = unusable.map {
            SkippedPhoto(file: $0.path, fault: $0.file.fault!, kind: $0.file.kind)
        }
        // Too few photos to split leave validation empty, which is another problem. The turned photos
        // are findings.
        return DatasetProblem.found(in: leftOut, skipped: skipped)
            + DatasetProblem.found(among: folder.classes, photos: photos, turned: Tally())
            .filter { problem in
                if case .classesWithoutValidation = problem { return !subsets.isEmpty }
                return true
            }
    }

    /// Returns a finding for each class with photos that EXIF says are to be turned.
    private var turned: [Finding] {
        folder.classes.indices.compactMap { label in
            let photos = rows.indices.filter {
                labels[$0] == label && records[$0].header.map { $0.orientation != .upright } ?? false
            }
            guard !photos.isEmpty else { return nil }
            let total = labels.count { $0 == label }
            var kinds = Tally()
            for photo in photos { kinds.add("\(records[photo].header!.orientation.rawValue)") }
            let list = kinds.sorted.map { "\($0.count) of orientation \($0.name)" }
            return Finding(
                kind: .orientation, files: photos.map { records[$0].path }, leaveOut: [],
                score: Double(photos.count) / Double(total),
                sentence:
                    "\(photos.count) of \(total) \(total == 1 ? "photo" : "photos") of \(folder.classes[label]) \(photos.count == 1 ? "is" : "are") stored turned, by "
                    + "their EXIF orientation (\(NameList.joined(list))): training sees such photos on their side, as in Keras."
            )
        }
    }

    private var unusable: [PhotoRecord] {
        survey.records.filter { !$0.isUsable && !options.exclusions.contains($0.path) }
    }

    /// Runs all checks.
    ///
    /// - Returns: the findings, most useful first.
    /// - Throws: `CancellationError`.
    func findings(
        progress: @escaping @Sendable (Preparation) -> Void, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> [Finding] {
        let pool = WorkerPool(count: options.threads, isBackground: options.isBackground)
        defer { pool.close() }
        // The pool's threads do all the computing; OpenBLAS would add one per core to each of them.
        openblas_set_num_threads(1)
        func tell(_ phase: Preparation.Phase, _ done: Int, _ total: Int) {
            progress(Preparation(phase: phase, done: done, total: total, unit: .steps))
        }
        tell(.comparingPhotos, 0, 2)
        let neighbors = try survey.features.map {
            try FeatureNeighbors($0, rows: rows, pool: pool, isCancelled: isCancelled)
        }
        tell(.comparingPhotos, 1, 2)
        let groups = DuplicateSearch.groups(
            records, features: survey.features, rows: rows, neighbors: neighbors)
        let copies = groups.filter { !$0.isDoubtful }
        tell(.comparingPhotos, 2, 2)
        var findings =
            FileCheck.findings(unusable + records, imageSize: options.imageSize) + groups.map(finding)
            + turned
        if let features = survey.features, let neighbors {
            let suspects = try LabelCheck.suspects(
                features, rows: rows, labels: labels, classes: folder.classes.count, groups: copies,
                neighbors: neighbors,
                pool: pool, progress: { tell(.checkingLabels, $0, $1) }, isCancelled: isCancelled)
            findings += suspects.map(finding)
            let suspected = Set(suspects.map(\.photo))
            findings += try OutlierSearch.outliers(
                features, rows: rows, labels: labels, classes: folder.classes.count, pool: pool,
                isCancelled: isCancelled
            ).filter { !suspected.contains($0.photo) }.map(finding)
        }
        return findings.sorted(by: Finding.precedes)
    }

    private func finding(_ group: DuplicateSearch.Group) -> Finding {
        let files = group.photos.map { records[$0].path }
        let labels = Set(group.photos.map { self.labels[$0] }).sorted()
        let subsets = files.map { self.subsets[$0] }
        let isLeak = Set(subsets.compactMap(\.self)).count > 1
        if group.isDoubtful { return similar(group, files, isLeak: isLeak) }
        let kind: Finding.Kind =
            labels.count > 1
            ? .conflictingLabels : isLeak ? .leak : group.isExact ? .exactDuplicate : .nearDuplicate
        // Keep the copy in test or validation, so that these measure the same photos as before; within one
        // subset, keep the first by name.
        let kept = files.indices.max { Self.place(subsets[$0]) < Self.place(subsets[$1]) } ?? 0
        let leaveOut = labels.count > 1 ? files : files.indices.filter { $0 != kept }.map { files[$0] }
        let names = zip(files, subsets).map { isLeak && $1 != nil ? "\($0) (\($1!.rawValue))" : $0.text }
        let list = Self.list(names)
        let what =
            group.isExact
            ? "the same picture" : String(format: "nearly the same picture (likeness %.2f)", group.similarity)
        let sentence =
            switch kind {
            case .conflictingLabels:
                "\(list) are \(what) under the labels \(Self.list(labels.map { folder.classes[$0] }))."
            case .leak: "\(list) are \(what): \(Self.leak(Set(subsets.compactMap(\.self))))."
            default: "\(list) are \(what)."
            }
        return Finding(
            kind: kind, files: files, leaveOut: leaveOut, score: Double(group.similarity), sentence: sentence)
    }

    /// The order in which subsets use photos.
    private static func place(_ subset: Subset?) -> Int {
        switch subset {
        case nil, .training: 0
        case .validation: 1
        case .test: 2
        }
    }

    /// Returns why copies in several subsets are a fault.
    private static func leak(_ subsets: Set<Subset>) -> String {
        let shown =
            subsets.contains(.training) ? "training has shown" : "validation has chosen the weights by"
        return "\(subsets.contains(.test) ? "the test" : "validation") asks for what \(shown)"
    }

    private func similar(_ group: DuplicateSearch.Group, _ files: [PhotoPath], isLeak: Bool) -> Finding {
        let names = files.map { file in
            isLeak ? subsets[file].map { "\(file) (\($0.rawValue))" } ?? file.text : file.text
        }
        return Finding(
            kind: .similar, files: files,
            // As with copies, the one in test or validation stays.
            leaveOut: [Self.place(subsets[files[1]]) > Self.place(subsets[files[0]]) ? files[0] : files[1]],
            score: Double(group.similarity),
            sentence: Self.list(names)
                + String(
                    format: " are similar (likeness %.2f): one picture cropped, one scene, or two photos.",
                    group.similarity))
    }

    private func finding(_ suspect: LabelCheck.Suspect) -> Finding {
        let file = records[suspect.photo].path
        let (label, suggested) = (folder.classes[labels[suspect.photo]], folder.classes[suspect.suggested])
        let numbers = suspect.probabilities
        return Finding(
            kind: .wrongLabel, files: [file], leaveOut: [file], score: Double(min(-suspect.margin / 2, 1)),
            sentence: "\(file) looks like \(suggested) "
                + String(format: "(%.2f) rather than ", numbers.suggested) + label
                + String(format: " (%.2f).", numbers.label),
            suggestedClass: suggested)
    }

    private func finding(_ outlier: OutlierSearch.Outlier) -> Finding {
        let file = records[outlier.photo].path
        return Finding(
            kind: .outlier, files: [file], leaveOut: [file], score: Double(min(max(outlier.distance, 0), 1)),
            sentence: "\(file) is unlike the other photos of \(folder.classes[labels[outlier.photo]]) "
                + String(
                    format: "(distance %.2f; half of them are within %.2f).", outlier.distance, outlier.median
                ))
    }

    /// Joins names as `a, b and c`; of many, names only the first few.
    private static func list(_ names: [String]) -> String {
        let shown = names.count <= 6 ? names : names.prefix(5) + ["\(names.count - 5) more"]
        return shown.dropLast().joined(separator: ", ") + " and " + (shown.last ?? "")
    }
}
