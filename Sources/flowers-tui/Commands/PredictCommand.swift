import ArgumentParser
import Core

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Classify photos with a run, a checkpoint or a Keras model.")

    @Argument(help: "A run's id, a checkpoint file, or a Keras .h5/.keras model of this architecture.")
    var checkpoint: String
    @Argument(help: "JPEG or PNG files.")
    var files: [String]
    @Option(help: "List of photos to pass over: one path a line, of which a file's path is the end.")
    var exclude: String?
    @Flag(help: "Print one JSON object a photo.")
    var json = false
    @OptionGroup var place: PlaceOptions

    private struct Line: Encodable {
        var file: String
        var label: String
        var confidence: Float
        /// By class name.
        var probabilities: [String: Float]
    }

    func run() throws {
        let classifier = try Classifier(checkpoint: checkpoint, home: place.homePath, threads: place.threadCount)
        let classes = classifier.classes ?? (0..<classifier.classCount).map { "class \($0)" }
        var failed = false
        let exclusions = try exclude.map { try ExclusionList(path: $0) } ?? ExclusionList()
        for file in files where !exclusions.coversEnd(of: file) {
            do {
                let probabilities = try classifier.predict(file: file)
                let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
                if json {
                    Console.line(
                        try jsonLine(
                            Line(
                                file: file, label: classes[best], confidence: probabilities[best],
                                probabilities: Dictionary(uniqueKeysWithValues: zip(classes, probabilities)))))
                } else {
                    print("\(file): \(classes[best]) \((probabilities[best] * 100).rounded()) %")
                }
            } catch let error as UserError {
                Console.error("flowers-tui: \(error.message)")
                failed = true
            }
        }
        if failed { throw ExitCode.failure }
    }
}
