/// Something about a photo folder that a run can go on with but that its owner should know.
package enum DatasetProblem: Sendable, Equatable {
    /// The exclusion list names `count` photos that are not in the folder, `first` among them.
    case exclusionsMissing(count: Int, folder: String, first: String)
    /// The class has a single photo.
    case classOfOne(String)
    /// All photos of the class are kept for validation.
    case classOnlyInValidation(String, photos: Int)
    /// The classes have no validation photo.
    case classesWithoutValidation([String])
    /// Files and folders of systems and tools are left out.
    case systemFiles(Tally)
    /// Classes without a usable photo are left out; Keras would count them.
    case emptyClasses([String])
    /// Files of other formats are not read.
    case otherFiles(OtherFiles)
    /// Files of formats that Keras reads and a run of an older version does not: GIF and BMP.
    case filesOfKerasOnly(OtherFiles)
    /// Photos lie beside the class folders, where none are read.
    case loosePhotos(Int)
    /// Photos in hidden folders of the classes are used, as by Keras.
    case hiddenFolders(Tally)
    /// The classes' names differ only in case, blanks or how accents are written.
    case classesAlike([String])
    /// The largest class has more than `greatestImbalance` times the photos of the smallest.
    case imbalance(largest: String, photos: Int, smallest: String, fewest: Int)
    /// Photos by class that EXIF says are to be turned; training sees them as they are stored.
    case turnedPhotos(Tally)

    static let greatestImbalance = 5

    /// Returns the problems with what a folder holds besides usable photos.
    package static func found(in leftOut: ImageFolder.LeftOut, skipped: [SkippedPhoto]) -> [DatasetProblem] {
        var (others, kerasOnly) = (leftOut.others, OtherFiles())
        var systemFiles = leftOut.systemFiles
        for photo in skipped {
            let name = photo.file.text.split(separator: "/").first.map(String.init) ?? ""
            switch photo.kind {
            case nil: continue
            case .appleDouble: systemFiles.add(FileKind.appleDouble.name)
            case .gif, .bmp: kerasOnly.add(photo.kind, file: photo.file, class: name)
            default: others.add(photo.kind, file: photo.file, class: name)
            }
        }
        return [
            systemFiles.isEmpty ? nil : .systemFiles(systemFiles),
            leftOut.emptyClasses.isEmpty ? nil : .emptyClasses(leftOut.emptyClasses),
            others.isEmpty ? nil : .otherFiles(others),
            kerasOnly.isEmpty ? nil : .filesOfKerasOnly(kerasOnly),
            leftOut.loosePhotos == 0 ? nil : .loosePhotos(leftOut.loosePhotos),
            leftOut.hidden.isEmpty ? nil : .hiddenFolders(leftOut.hidden),
        ].compactMap(\.self)
    }

    /// Returns the problems with the sizes, names and photos of classes.
    ///
    /// - Parameter photos: those in use, by label of `classes`.
    package static func found(
        among classes: [String], photos: [Photo], turned: Tally
    ) -> [DatasetProblem] {
        var counts = [Int](repeating: 0, count: classes.count)
        var training = counts
        for photo in photos where counts.indices.contains(photo.label) {
            counts[photo.label] += 1
            if photo.subset == .training { training[photo.label] += 1 }
        }
        var result = classes.indices.compactMap { label -> DatasetProblem? in
            if counts[label] == 1 { return .classOfOne(classes[label]) }
            return training[label] == 0 && counts[label] > 0
                ? .classOnlyInValidation(classes[label], photos: counts[label]) : nil
        }
        let unseen = classes.indices.filter { counts[$0] > 0 && training[$0] == counts[$0] }
        if !unseen.isEmpty { result.append(.classesWithoutValidation(unseen.map { classes[$0] })) }
        return result + found(among: classes, counts: counts)
            + (turned.isEmpty ? [] : [.turnedPhotos(turned)])
    }

    /// Returns the problems with the numbers of photos in classes, and with their names.
    package static func found(among classes: [String], counts: [Int]) -> [DatasetProblem] {
        var result = alike(classes).map { DatasetProblem.classesAlike($0) }
        let used = classes.indices.filter { counts[$0] > 0 }
        if let most = used.max(by: { counts[$0] < counts[$1] }),
            let least = used.min(by: { counts[$0] < counts[$1] }),
            counts[most] > greatestImbalance * counts[least]
        {
            result.append(
                .imbalance(
                    largest: classes[most], photos: counts[most], smallest: classes[least],
                    fewest: counts[least]))
        }
        return result
    }

    /// Groups of names that look the same but for case, blanks, `_`, `-` and ways to write accents.
    private static func alike(_ classes: [String]) -> [[String]] {
        var groups: [String: [String]] = [:]
        for name in classes {
            let kept = name.lowercased().filter { !$0.isWhitespace && $0 != "_" && $0 != "-" }
            groups[kept, default: []].append(name)
        }
        return groups.values.filter { $0.count > 1 }.sorted { PhotoPath($0[0]) < PhotoPath($1[0]) }
    }
}
