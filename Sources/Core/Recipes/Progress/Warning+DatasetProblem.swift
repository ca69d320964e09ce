package import Photos

extension TrainerEvent.Warning {
    /// Words a problem of a photo folder.
    package init(_ problem: DatasetProblem) {
        switch problem {
        case .exclusionsMissing(let count, let folder, let first):
            self.init(
                .exclusionsMissing,
                count == 1
                    ? "The exclusion list names \(first), which is not in \(folder)."
                    : "The exclusion list names \(count) photos that are not in \(folder), such as \(first).",
                values: ["\(count)", folder, first])
        case .classOfOne(let name):
            self.init(
                .classOfOne, "The class \(name) has only 1 photo; add more, or it can hardly be learnt.",
                values: [name])
        case .classOnlyInValidation(let name, let photos):
            self.init(
                .classOnlyInValidation,
                "All \(photos) photos of the class \(name) are kept for validation; add more, or it "
                    + "cannot be learnt.", values: [name, "\(photos)"])
        case .classesWithoutValidation(let names):
            let list = Self.list(names)
            self.init(
                .classesWithoutValidation,
                "There is no validation photo of \(list), so validation says nothing about \(names.count == 1 ? "it" : "them"); add photos or raise --validation-split.",
                values: [list])
        case .systemFiles(let files):
            self.init(
                .systemFiles, "Left out as files of the system: \(files.list).", values: [files.list])
        case .emptyClasses(let names):
            let list = Self.list(names)
            self.init(
                .emptyClasses,
                "Left out as classes without a usable photo, which Keras would count: \(list).",
                values: [list])
        case .otherFiles(let files):
            self.init(
                .otherFiles,
                "Not read: \(files.byKind.list) (\(files.byClass.listByName)); convert photos to JPEG or PNG and name them .jpg, .jpeg or .png.",
                values: [files.byKind.list, files.byClass.listByName])
        case .filesOfKerasOnly(let files):
            self.init(
                .filesOfKerasOnly,
                "Not read, though Keras reads them and so splits otherwise: \(files.byKind.list) (\(files.byClass.listByName)); convert them to JPEG or PNG.",
                values: [files.byKind.list, files.byClass.listByName])
        case .loosePhotos(let count):
            self.init(
                .loosePhotos,
                "Not used: \(count) photo\(count == 1 ? "" : "s") beside the class folders; move them into one.",
                values: ["\(count)"])
        case .hiddenFolders(let folders):
            self.init(
                .hiddenFolders,
                "Photos in hidden folders are used, as by Keras: \(folders.listByName).",
                values: [folders.listByName])
        case .classesAlike(let names):
            let list = names.map { "\"\($0)\"" }.joined(separator: ", ")
            self.init(
                .classesAlike,
                "The names of the classes \(list) look alike; if they are one class, put their photos into one folder.",
                values: [list])
        case .imbalance(let largest, let photos, let smallest, let fewest):
            self.init(
                .imbalance,
                "The classes are imbalanced: \(photos) photos of \(largest), but \(fewest) of \(smallest); accuracy says little about small classes.",
                values: [largest, "\(photos)", smallest, "\(fewest)"])
        case .turnedPhotos(let turned):
            self.init(
                .turnedPhotos,
                "\(turned.total) photo\(turned.total == 1 ? " is" : "s are") stored turned, by their EXIF orientation (\(turned.listByName)); they are shown upright, but train as they are stored, as in Keras.",
                values: ["\(turned.total)", turned.listByName])
        }
    }

    private static func list(_ names: [String]) -> String { NameList.joined(names.map(NameList.quoted)) }
}
