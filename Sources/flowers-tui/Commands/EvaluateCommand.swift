import ArgumentParser
import Basics
import Canvas
import Photos
import Recipes
import Training

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Loss and accuracy of a run, a checkpoint or a Keras model on photos.")

    @Argument(help: "A run's id, a checkpoint file, or a Keras .h5/.keras model of this architecture.")
    var checkpoint: String
    @Option(help: "Folder with one folder of photos per class.")
    var data: String
    @Option(help: "validation: Keras' last 20 %; all: every photo.")
    var subset: Choice = .validation
    @Option(help: "Fraction of the photos kept for validation.")
    var validationSplit = 0.2
    @OptionGroup var left: ExcludeOption
    @Flag(help: "Print one JSON object.")
    var json = false
    @OptionGroup var place: PlaceOptions

    enum Choice: String, ExpressibleByArgument, CaseIterable { case validation, all }

    func run() throws {
        let classifier = try Classifier(
            checkpoint: checkpoint, home: place.homePath, threads: place.threadCount)
        let dataset = try Dataset(
            path: data, imageSize: classifier.imageSize, validationSplit: validationSplit,
            exclusions: try left.list(),
            cacheDirectory: Home.cachePath() + "/pixels", threads: place.threadCount)
        dataset.warn()
        let result = try classifier.evaluate(dataset, subset: subset == .all ? nil : .validation)
        if json {
            Console.line(try jsonLine(result))
        } else {
            print("loss \(result.loss)  accuracy \(result.accuracy)  on \(result.images) photos")
        }
    }
}

extension Dataset {
    /// Prints what the folder's owner should know on standard error.
    func warn() {
        for photo in damagedPhotos {
            Console.error("warning: skipped \(visible(photo.file.text)): it \(photo.reason).")
        }
        Console.warn(folderProblems)
        if let cacheWarning { Console.error("warning: \(cacheWarning)") }
    }
}

extension Console {
    static func warn(_ problems: [DatasetProblem]) {
        for problem in problems { error("warning: \(visible(TrainerEvent.Warning(problem).message))") }
    }
}
