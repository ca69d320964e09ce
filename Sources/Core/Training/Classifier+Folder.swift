package import Basics
import Foundation
import Network
package import Photos

/// A folder of labelled photos beside the classes of a network: matched by name, as the folder
/// need not have the same classes in the same order.
package struct LabelledPhotos: Sendable {
    /// Paths of the photos whose class the network knows.
    package let files: [String]
    /// The class of each, as an index of the network's.
    package let labels: [Int]
    /// Classes of the network without a photo.
    package let missingClasses: [String]
    /// Class folders that the network does not know, with the numbers of their photos.
    package let unknownClasses: Tally

    /// - Parameter classes: of the network.
    /// - Throws: `InspectionFailure` if no class is known to both.
    package init(_ folder: ImageFolder, classes: [String], exclusions: ExclusionList = ExclusionList()) throws
    {
        let labelOf = Dictionary(zip(classes.map { PhotoPath($0) }, classes.indices)) { first, _ in first }
        var (files, labels, unknown): ([String], [Int], Tally) = ([], [], [:])
        for file in folder.files where !exclusions.contains(file.path) {
            guard let label = labelOf[PhotoPath(folder.classes[file.label])] else {
                unknown.add(folder.classes[file.label])
                continue
            }
            files.append("\(folder.path)/\(file.path)")
            labels.append(label)
        }
        guard !files.isEmpty else {
            throw InspectionFailure.noKnownClass(folder: folder.path, classes: classes)
        }
        (self.files, self.labels) = (files, labels)
        let present = Set(labels)
        missingClasses = classes.indices.filter { !present.contains($0) }.map { classes[$0] }
        unknownClasses = unknown
    }
}

extension Classifier {
    /// Computes loss and accuracy on labelled photos, straight from their files.
    ///
    /// - Parameters:
    ///   - skipped: called for each photo that cannot be decoded, and is left out.
    ///   - progress: called with the number of photos done.
    /// - Throws: `InspectionFailure` if none can be decoded, `ClassifierFailure` if a photo may have several labels.
    package func evaluate(
        _ photos: LabelledPhotos, skipped: (UserError) -> Void, progress: (_ done: Int) -> Void
    ) throws -> Evaluation {
        try checkAnswer()
        var (loss, correct, images) = (0.0, 0, 0)
        for start in stride(from: 0, to: photos.files.count, by: batchCapacity) {
            let range = start..<min(start + batchCapacity, photos.files.count)
            for (index, result) in zip(range, predict(files: Array(photos.files[range]))) {
                switch result {
                case .success(let probabilities):
                    let score = TrainingEngine.score(
                        probabilities, [photos.labels[index]], images: 1, classes: classCount)
                    loss += score.lossSum
                    correct += score.correct
                    images += 1
                case .failure(let error): skipped(error)
                }
            }
            progress(range.upperBound)
        }
        guard images > 0 else { throw InspectionFailure.nothingDecodes }
        return Evaluation(
            loss: loss / Double(images), accuracy: Double(correct) / Double(images), images: images)
    }
}
