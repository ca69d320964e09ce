/// Something about a photo folder that a run can go on with but that its owner should know.
package enum DatasetProblem: Sendable, Equatable {
    /// The exclusion list names `count` photos that are not in the folder, `first` among them.
    case exclusionsMissing(count: Int, folder: String, first: String)
    /// The class has a single photo.
    case classOfOne(String)
    /// All photos of the class are kept for validation.
    case classOnlyInValidation(String, photos: Int)
}
