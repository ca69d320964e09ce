import ArgumentParser
import Basics
import Photos
import Training

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Loss and accuracy of a run, a checkpoint or a Keras model on photos.")

    @Argument(
        help: "A run's id, a checkpoint file, or a Keras .h5/.keras model of this architecture.",
        transform: typedPath)
    var checkpoint: String
    @Option(help: "Folder with one folder of photos per class.", transform: typedPath)
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
        dataset.warnOfSkipped()
        let result = try classifier.evaluate(dataset, subset: subset == .all ? nil : .validation)
        if json {
            Console.line(try jsonLine(result))
        } else {
            Console.line("loss \(result.loss)  accuracy \(result.accuracy)  on \(result.images) photos")
        }
    }
}

extension Dataset {
    func warnOfSkipped() {
        for photo in skipped { Console.error("warning: skipped \(photo.file): it \(photo.reason).") }
        if let first = missingExclusions.first {
            Console.error(
                "warning: \(missingExclusions.count) of the photos to leave out are not in \(path), such as \(first)."
            )
        }
        if let cacheWarning { Console.error("warning: \(cacheWarning)") }
    }
}
