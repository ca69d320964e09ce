import Basics

/// Keras' split of a folder: shuffled by NumPy's `RandomState(seed)`, with the last
/// `validationSplit` fraction of the list kept for validation.
package enum DatasetSplit {
    /// The recipe's seed. The run's own seed does not move photos between the subsets.
    package static let seed: UInt32 = 42

    /// Returns the photos in Keras' order, training photos first.
    ///
    /// - Parameter files: class by class, as `ImageFolder` lists them.
    /// - Throws: `PhotoFolderFailure` if either subset would be empty.
    package static func split(
        _ files: [ImageFolder.File], validationSplit: Double, seed: UInt32 = seed
    ) throws -> [Photo] {
        let validation = Int(validationSplit * Double(files.count))
        guard validation > 0, validation < files.count else {
            throw PhotoFolderFailure.emptySubset(
                validation == 0 ? .validation : .training, photos: files.count,
                validationSplit: validationSplit)
        }
        var generator = MersenneTwister(seed: seed)
        let training = files.count - validation
        return generator.permutation(files.count).enumerated().map { position, index in
            Photo(
                file: files[index].path, label: files[index].label,
                subset: position < training ? .training : .validation)
        }
    }
}
