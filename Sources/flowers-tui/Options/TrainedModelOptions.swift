import ArgumentParser
import Basics
import Foundation
import Recipes
import Runs
import Training

/// The trained weights that a command uses: of a run, a checkpoint or a Keras model.
struct TrainedModelOptions: ParsableArguments {
    @Argument(
        help:
            "A run's id, a checkpoint file, or a Keras .h5/.keras model on one of the bases in docs/models.md.",
        completion: .file(), transform: typedPath)
    var checkpoint: String
    @Flag(help: "Use a run's best weights, by its own measure, instead of its last ones.")
    var best = false
    @Option(
        help: "What makes weights the best: loss (lowest) or accuracy (highest), on the validation photos.")
    var bestBy: BestMeasure?
    @Option(
        help:
            "Views of each photo whose probabilities are averaged: none, or flip, the photo and its mirror image (default: the run's --tta, else none)."
    )
    var tta: TestTimeViews?
    @OptionGroup var file: ModelFileOptions
    @OptionGroup var place: PlaceOptions

    func validate() throws {
        if best || bestBy != nil, isFile {
            throw ValidationError("--best chooses among a run's weights; \(checkpoint) is a file.")
        }
    }

    /// A file named like a run's id is a file.
    private var isFile: Bool { FileManager.default.fileExists(atPath: checkpoint) }

    private var choice: CheckpointChoice {
        bestBy.map { .best($0) } ?? (best ? .best(nil) : .last)
    }

    /// - Throws: `UserError` if there is no such run or file, or it has no weights.
    func load() throws -> TrainedModel {
        let run = isFile ? nil : try RunFolder.find(home: place.homePath, id: checkpoint)
        let saved = try run?.checkpoint(choice)
        var options = file.options
        options.views = tta
        let classifier = try Classifier(
            checkpoint: saved?.path ?? checkpoint, home: place.homePath, threads: place.threadCount,
            options: options)
        classifier.warnOfAssumption()
        return TrainedModel(classifier: classifier, run: run, checkpoint: saved, choice: choice)
    }
}

/// Trained weights with their origin.
struct TrainedModel {
    let classifier: Classifier
    /// Nil for a file.
    let run: RunFolder?
    let checkpoint: RunFolder.SavedCheckpoint?
    let choice: CheckpointChoice

    /// The measure by which the weights are the best; nil for the last ones and for a file.
    var bestMeasure: BestMeasure? {
        guard case .best(let measure) = choice else { return nil }
        return measure ?? checkpoint?.header.recipe.bestMeasure
    }

    /// Names of the classes in the order of the head's units.
    var classes: [String] {
        classifier.classes ?? (0..<classifier.classCount).map { "class \($0)" }
    }

    /// The weights in words, such as `run 0001, last weights (epoch 4; the best are of epoch 3)`.
    var words: String {
        guard let run, let progress = checkpoint?.header.progress else { return classifier.path }
        var place = "epoch \(progress.epoch)"
        if progress.step > 0 { place += ", batch \(progress.step)" }
        guard let bestMeasure else {
            let best = checkpoint.flatMap { progress[best: $0.header.recipe.bestMeasure] }.map {
                $0.epoch + 1
            }
            let other = best.flatMap { $0 == progress.epoch ? nil : "; the best are of epoch \($0): --best" }
            return "run \(run.id), last weights (\(place)\(other ?? ""))"
        }
        return "run \(run.id), best weights by \(bestMeasure.rawValue) (\(place))"
    }
}
