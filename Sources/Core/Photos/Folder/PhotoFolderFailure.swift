import Basics

/// A photo folder that cannot be listed or trained on. Paths are `PathText`.
package enum PhotoFolderFailure: Failure {
    case missing(_ path: String)
    case isFile(_ path: String)
    case cannotBeRead(_ path: String)
    /// The folder is divided into training, validation or test folders.
    case divided(DividedFolder)
    case aboveClasses(_ path: String, classes: String)
    /// Photos, but no class folders.
    case noClasses(_ path: String, photos: Int)
    /// The same in a folder beside others: it may be a class itself.
    case mayBeClass(_ path: String, photos: Int, parent: String)
    case noFolders(_ path: String)
    case noPhotos(_ path: String, others: Tally)
    case oneClass(_ path: String, name: String)
    case noUsablePhoto(_ path: String, first: PhotoPath, PhotoFault)
    case oneUsableClass(_ path: String, name: String)
    /// A validation split that leaves a subset empty.
    /// A folder that is said to be divided and is not.
    case notDivided(_ path: String)
    /// A class of a validation or test folder that the training folder does not have.
    case classNotTrained(_ path: String, name: String, classes: [String])
    case emptySubset(Subset, photos: Int, validationSplit: Double)
}

/// A set of photos that is divided into folders for training, validation or test.
package struct DividedFolder: Sendable, Equatable {
    package var path: String
    /// The names of those folders.
    package var parts: [String]
    /// The folder to train on.
    package var training: String
    /// Whether that has class folders.
    package var hasClasses: Bool
    /// The folders to evaluate on.
    package var evaluation: [String]
    /// Those of them that are for validation and for the test.
    package var validation: String?
    package var test: String?

    package init(
        path: String, parts: [String], training: String, hasClasses: Bool, evaluation: [String],
        validation: String? = nil, test: String? = nil
    ) {
        (self.path, self.parts, self.training) = (path, parts, training)
        (self.hasClasses, self.evaluation) = (hasClasses, evaluation)
        (self.validation, self.test) = (validation, test)
    }
}
