import Photos
import Recipes

extension TrainerEvent.Warning {
    init(_ problem: DatasetProblem) {
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
        }
    }
}
