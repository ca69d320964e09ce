import Photos
import Phrases
package import Recipes

/// The warning's message in English, as the log keeps it. The dashboard words the kind and the values
/// with `Phrase`s, which name its keys.
extension TrainerWarning: CustomStringConvertible {
    package var description: String {
        switch self {
        case .dataset(let problem): problem.english
        case .lossJumped(let loss, let before, let epoch, let batch):
            "The loss jumped to \(loss.lossText) (it was \(before.lossText)) at epoch \(epoch), batch \(batch); "
                + Self.notApplied
        case .lossNotANumber(let epoch, let batch):
            "The loss is not a number at epoch \(epoch), batch \(batch); " + Self.notApplied
        case .batchesNotApplied(let epoch, let batch):
            "The loss is not a number at epoch \(epoch), batch \(batch); such batches are not applied."
        case .noBestEpoch: "There is no best epoch yet: none has ended."
        case .frozenAlready: "The base is frozen already; only the head trains."
        case .trainsAlready(let layer): "The base trains from layer \(layer) on already."
        case .stageCannotBeShorter: "This stage cannot be shorter: its last epoch has begun."
        case .photoSkipped(let photo, let reason): "Skipped \(photo): it \(reason)."
        case .begunAgain:
            "A photo that looked whole cannot be decoded; the run begins again without it."
        case .photosChanged(let folder):
            "The photos in \(folder) are not those that the run was saved with: what follows is not what an "
                + "unbroken run would have given."
        case .engineChanged(let before, let now):
            "The run was saved with \(before) and goes on with \(now): what follows "
                + "can differ in the last bits from an unbroken run."
        case .balancedTwice:
            "--balanced-sampling and --class-weights balanced both make up for classes of different sizes, so together the "
                + "smallest classes count most; one of the two is enough."
        }
    }

    private static let notApplied =
        "that batch was not applied. Lower the learning rate or take back the best weights, and resume."
}

extension String {
    /// Whether a list of files by format names one that is read on request.
    package var namesKindOnRequest: Bool {
        FileKind.allCases.contains { $0.needsRequest && contains(" \($0.name)") }
    }
}

extension DatasetProblem {
    fileprivate var english: String {
        func list(_ names: [String]) -> String { NameList.joined(names.map(NameList.quoted)) }
        return switch self {
        case .exclusionsMissing(1, let folder, let first):
            "The exclusion list names \(first), which is not in \(folder)."
        case .exclusionsMissing(let count, let folder, let first):
            "The exclusion list names \(count) photos that are not in \(folder), such as \(first)."
        case .classOfOne(let name):
            "The class \(name) has only 1 photo; add more, or it can hardly be learnt."
        case .classOnlyInValidation(let name, let photos):
            "\(photos == 1 ? "The only photo" : "All \(photos) photos") of the class \(name) \(photos == 1 ? "is" : "are") kept for validation; add more, or it cannot be learnt."
        case .classesWithoutValidation(let names):
            "There is no validation photo of \(list(names)), so validation says nothing about \(names.count == 1 ? "it" : "them"); add photos, raise --validation-split, or divide each class for itself: --stratify."
        case .systemFiles(let files): "Left out as files of the system: \(files.list)."
        case .emptyClasses(let names):
            "Left out as classes without a usable photo, which Keras would count: \(list(names))."
        case .otherFiles(let files):
            "Not read: \(files.byKind.list) (\(files.byClass.listByName)); \(files.byKind.list.namesKindOnRequest ? "--image-formats all reads WebP, HEIC, AVIF and TIFF; else " : "")convert photos to JPEG or PNG and name them .jpg, .jpeg or .png."
        case .filesOfKerasOnly(let files):
            "Not read, though Keras reads them and so splits otherwise: \(files.byKind.list) (\(files.byClass.listByName)); convert them to JPEG or PNG."
        case .loosePhotos(let count):
            "Not used: \(count.of("photo")) beside the class folders; move them into one."
        case .hiddenFolders(let folders):
            "Photos in hidden folders are used, as by Keras: \(folders.listByName)."
        case .classesAlike(let names):
            "The names of the classes \(names.map { "\"\($0)\"" }.joined(separator: ", ")) look alike; if they are one class, put their photos into one folder."
        case .imbalance(let largest, let photos, let smallest, let fewest):
            "The classes are imbalanced: \(photos.of("photo")) of \(largest), but \(fewest) of \(smallest); accuracy says little about small classes. --balanced-sampling or --class-weights balanced helps them."
        case .turnedPhotos(let turned):
            "\(turned.total) photo\(turned.total == 1 ? " is" : "s are") stored turned, by their EXIF orientation (\(turned.listByName)); they are shown upright, but train as they are stored, as in Keras, unless you give --exif-orientation apply."
        }
    }
}
