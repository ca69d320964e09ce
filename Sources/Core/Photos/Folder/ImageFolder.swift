import Basics
import Foundation

/// A folder with one folder of photos per class, listed as Keras' `image_dataset_from_directory`
/// lists it: classes sorted by name and, in each, all files with an image suffix, folder by folder,
/// sorted by name (code points).
///
/// Unlike Keras it leaves out what systems and tools put into folders (`SystemFiles`) and, for
/// training, classes without files (docs/photo-folders.md).
package struct ImageFolder: Sendable, Equatable {
    package let path: String
    /// Names of the class folders, as text (`PathText`).
    package let classes: [String]
    /// Relative path and class index of every file, class by class.
    package let files: [File]
    /// Everything else in the folder.
    package let leftOut: LeftOut
    /// How its photos are read.
    package let reading: PhotoReading

    package struct File: Sendable, Equatable {
        package let path: PhotoPath
        package let label: Int
        /// The subset that its folder names; nil if it names none.
        package let subset: Subset?

        package init(path: PhotoPath, label: Int, subset: Subset? = nil) {
            (self.path, self.label, self.subset) = (path, label, subset)
        }
    }

    /// Contents of a folder besides its listed photos.
    package struct LeftOut: Sendable, Equatable {
        /// Files and folders of systems and tools, by name.
        package var systemFiles = Tally()
        /// Classes without files, which Keras would count as classes.
        package var emptyClasses: [String] = []
        /// Files without an image suffix, by class.
        package var others = OtherFiles()
        /// Photos in hidden folders of a class, by folder; they are listed, as by Keras.
        package var hidden = Tally()
        /// Photos beside the class folders.
        package var loosePhotos = 0

        /// Adds the contents of another folder.
        mutating func add(_ other: LeftOut) {
            systemFiles.add(other.systemFiles)
            emptyClasses += other.emptyClasses.filter { !emptyClasses.contains($0) }
            others.add(other.others)
            hidden.add(other.hidden)
            loosePhotos += other.loosePhotos
        }
    }

    /// - Parameters:
    ///   - reading: decides by its formats which files are listed.
    ///   - isForTraining: false also accepts a folder with no photos or fewer than two classes, and
    ///     keeps classes without files.
    /// - Throws: `PhotoFolderFailure` if the folder is missing, unreadable, or one of training and
    ///   validation folders; for training, also if it has no photos or fewer than two classes.
    package init(
        path: String, _ reading: PhotoReading = PhotoReading(), isForTraining: Bool = true
    ) throws {
        guard let status = PathText.status(path) else {
            throw PhotoFolderFailure.missing(path)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw PhotoFolderFailure.isFile(path)
        }
        let tree = try PhotoTree(path: path, formats: reading.formats)
        let layout = FolderLayout(path: path, tree: tree)
        if let divided = layout.divided { throw PhotoFolderFailure.divided(divided) }
        var leftOut = tree.leftOut
        var classes: [String] = []
        var files: [File] = []
        for folder in tree.classes {
            if folder.photos.isEmpty, isForTraining {
                leftOut.emptyClasses.append(folder.name)
                continue
            }
            files += folder.photos.map { File(path: $0, label: classes.count) }
            classes.append(folder.name)
        }
        if isForTraining, classes.count < 2, let failure = layout.otherLevel { throw failure }
        guard !tree.classes.isEmpty || !isForTraining else {
            throw PhotoFolderFailure.noFolders(path)
        }
        guard !files.isEmpty || !isForTraining else {
            throw PhotoFolderFailure.noPhotos(path, others: leftOut.others.byKind)
        }
        guard classes.count > 1 || !isForTraining else {
            throw PhotoFolderFailure.oneClass(path, name: classes[0])
        }
        (self.path, self.classes, self.files, self.leftOut) = (path, classes, files, leftOut)
        self.reading = reading
    }

    /// Lists a folder that is divided into folders for training, validation and test, each with one
    /// folder per class.
    ///
    /// - Throws: `PhotoFolderFailure` if it is not divided, if one of its parts cannot be used, or if
    ///   validation or test have a class that training does not have.
    package init(divided path: String, _ reading: PhotoReading = PhotoReading()) throws {
        guard let status = PathText.status(path) else { throw PhotoFolderFailure.missing(path) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw PhotoFolderFailure.isFile(path) }
        let tree = try PhotoTree(path: path, formats: reading.formats)
        guard let layout = FolderLayout(path: path, tree: tree).divided, layout.hasClasses else {
            throw PhotoFolderFailure.notDivided(path)
        }
        let training = try ImageFolder(path: layout.training, reading)
        var (files, leftOut): ([File], LeftOut) = ([], training.leftOut)
        let labels = Dictionary(
            uniqueKeysWithValues: training.classes.enumerated().map { (PhotoPath($1), $0) })
        let parts: [(Subset, String?)] = [
            (.training, layout.training), (.validation, layout.validation), (.test, layout.test),
        ]
        for case (let subset, let part?) in parts {
            let folder =
                subset == .training ? training : try ImageFolder(path: part, reading, isForTraining: false)
            if subset != .training { leftOut.add(folder.leftOut) }
            let prefix = String(part.dropFirst(path.count).drop { $0 == "/" })
            for file in folder.files {
                let name = folder.classes[file.label]
                guard let label = labels[PhotoPath(name)] else {
                    throw PhotoFolderFailure.classNotTrained(part, name: name, classes: training.classes)
                }
                files.append(
                    File(path: PhotoPath("\(prefix)/\(file.path)"), label: label, subset: subset))
            }
        }
        // Class by class, as of any folder; training photos first.
        let byClass = Dictionary(grouping: files, by: \.label)
        (self.path, classes, self.leftOut, self.reading) = (path, training.classes, leftOut, reading)
        self.files = training.classes.indices.flatMap { byClass[$0] ?? [] }
    }

    /// Lists a folder as a plan for its division asks.
    package init(path: String, _ reading: PhotoReading, for plan: SplitPlan) throws {
        if plan.isGiven { try self.init(divided: path, reading) } else { try self.init(path: path, reading) }
    }
}

/// Numbers by name.
package struct Tally: Sendable, Equatable {
    package private(set) var counts: [PhotoPath: Int] = [:]

    package init() {}

    package var isEmpty: Bool { counts.isEmpty }
    package var total: Int { counts.values.reduce(0, +) }

    package mutating func add(_ name: String, _ count: Int = 1) {
        counts[PhotoPath(name), default: 0] += count
    }

    mutating func add(_ other: Tally) { counts.merge(other.counts, uniquingKeysWith: +) }

    /// Largest number first.
    package var sorted: [(name: String, count: Int)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key.text, $0.value) }
    }

    package var byName: [(name: String, count: Int)] {
        counts.sorted { $0.key < $1.key }.map { ($0.key.text, $0.value) }
    }

    /// `3 WebP, 2 HEIC`; of many names only the first few.
    package var list: String { NameList.joined(sorted.map { "\($0.count) \($0.name)" }) }
    /// `daisy 3, roses 2`.
    package var listByName: String {
        NameList.joined(sorted.map { "\(NameList.quoted($0.name)) \($0.count)" })
    }
}

extension Tally: Codable {
    package init(from decoder: any Decoder) throws {
        for (name, count) in try decoder.singleValueContainer().decode([String: Int].self) {
            add(name, count)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        let names = counts.keys.sorted()
        var container = encoder.singleValueContainer()
        try container.encode(
            Dictionary(uniqueKeysWithValues: zip(PhotoPath.keys(names), names.map { counts[$0]! })))
    }
}

extension Tally: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, Int)...) {
        for (name, count) in elements { add(name, count) }
    }
}

/// Files that are not read, by format and by class.
package struct OtherFiles: Sendable, Equatable {
    package private(set) var byKind = Tally()
    package private(set) var byClass = Tally()

    package var isEmpty: Bool { byKind.isEmpty }

    mutating func add(_ other: OtherFiles) {
        byKind.add(other.byKind)
        byClass.add(other.byClass)
    }

    /// - Parameter file: the file's name.
    mutating func add(_ kind: FileKind?, file: PhotoPath, class name: String) {
        byKind.add(Self.name(kind, file))
        byClass.add(name)
    }

    /// `WebP`, `JPEG named .jfif`, `.xml`.
    private static func name(_ kind: FileKind?, _ file: PhotoPath) -> String {
        let last = file.text.split(separator: "/", omittingEmptySubsequences: true).last ?? ""
        let suffix = last.lastIndex(of: ".").map { last[$0...].lowercased() }
        switch kind {
        case .jpeg, .png: return "\(kind!.name) named \(suffix ?? String(last))"
        case let kind? where kind.isCounted: return kind.name
        default: return suffix ?? "without suffix"
        }
    }
}

/// Lists of names for sentences in any language.
package enum NameList {
    private static let shown = 6

    /// Joins names by commas; of many, names only the first few.
    package static func joined(_ names: [String]) -> String {
        names.prefix(shown).joined(separator: ", ")
            + (names.count > shown ? " … (+\(names.count - shown))" : "")
    }

    /// Puts quotation marks around a name that begins or ends in a blank.
    package static func quoted(_ name: String) -> String {
        name.first?.isWhitespace == true || name.last?.isWhitespace == true ? "\"\(name)\"" : name
    }
}
