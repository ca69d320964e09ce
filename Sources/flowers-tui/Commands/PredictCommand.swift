import ArgumentParser
import Basics
import Foundation
import Photos
import Recipes
import Training

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Classify photos with a run, a checkpoint or a Keras model.")

    @Argument(
        help: "A run's id, a checkpoint file, or a Keras .h5/.keras model of this architecture.",
        transform: typedPath)
    var checkpoint: String
    @Argument(help: "JPEG or PNG files.", transform: typedPath)
    var files: [String]
    @Option(
        help: "List of photos to pass over: one path a line, of which a file's path is the end.",
        transform: typedPath)
    var exclude: String?
    @Flag(help: "Print one JSON object a photo, with the probabilities of all classes.")
    var json = false
    @Option(
        help:
            "PNG to write: the photo, with what speaks for the class laid over it (a class activation map); for one photo.",
        transform: typedPath)
    var cam: String?
    @Option(name: .customLong("class"), help: "Class that --cam shows (default: the most probable).")
    var camClass: String?
    @Option(
        help:
            "Safetensors file to write: base_output, features, maps, logits and probabilities; for one photo.",
        transform: typedPath)
    var tensors: String?
    @OptionGroup var place: PlaceOptions

    private struct Line: Encodable {
        var file: String
        var label: String
        var confidence: Float
        /// Probabilities by class name.
        var probabilities: [String: Float]
    }

    func validate() throws {
        for (option, value) in [("--cam", cam), ("--tensors", tensors)] where value != nil && files.count > 1
        {
            throw ValidationError("\(option) takes one photo, not \(files.count).")
        }
        if camClass != nil, cam == nil {
            throw ValidationError("--class says what --cam shows; give --cam as well.")
        }
    }

    func run() throws {
        let classifier = try Classifier(
            checkpoint: checkpoint, home: place.homePath, threads: place.threadCount)
        let classes = classifier.classes ?? (0..<classifier.classCount).map { "class \($0)" }
        if cam != nil || tensors != nil { return try explain(classifier, classes) }
        var failed = false
        let exclusions = try exclude.map { try ExclusionList(path: $0) } ?? ExclusionList()
        for file in files where !exclusions.coversEnd(of: file) {
            do {
                try report(file, try classifier.predict(file: file), classes)
            } catch let error as UserError {
                Console.error(error.line)
                failed = true
            }
        }
        if failed { throw ExitCode.failure }
    }

    private func report(_ file: String, _ probabilities: [Float], _ classes: [String]) throws {
        let best = Prediction(photo: 0, label: 0, probabilities: probabilities).predicted
        if json {
            Console.line(
                try jsonLine(
                    Line(
                        file: file, label: classes[best], confidence: probabilities[best],
                        probabilities: Dictionary(zip(classes, probabilities)) { first, _ in first })))
        } else {
            Console.say("\(file): \(classes[best]) \((probabilities[best] * 100).rounded()) %")
        }
    }

    private func explain(_ classifier: Classifier, _ classes: [String]) throws {
        let explanation = try classifier.explain(.file(files[0]))
        var label = explanation.predicted
        if let camClass {
            guard let index = classes.firstIndex(of: camClass) else {
                throw UserError(
                    "\(checkpoint) knows no class \(camClass): it tells \(classes.joined(separator: ", ")) apart."
                )
            }
            label = index
        }
        if let cam {
            // The map is too coarse for a larger picture to show more.
            let photo = try RGBImage(file: files[0]).fitted(to: 1024)
            try ExportFile.write(explanation.picture(of: label, over: photo).png(), to: cam)
        }
        if let tensors {
            try Safetensors.export(
                explanation.tensors, metadata: ["classes": classes.joined(separator: "\n")], to: tensors)
        }
        try report(files[0], explanation.probabilities, classes)
    }
}
