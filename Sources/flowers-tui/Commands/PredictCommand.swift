import ArgumentParser
import Basics
import Canvas
import Foundation
import Photos
import Recipes
import Runs
import Training

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Classify photos with a run, a checkpoint or a Keras model.",
        discussion: """
            Photos are named by files, folders (with all folders below them) and patterns; - reads paths from \
            standard input, one a line or separated by NUL. What cannot be read is listed and passed over; the \
            exit status is then 1.
            """)

    @OptionGroup var model: TrainedModelOptions
    @Argument(
        help: "Photo files, folders of them, patterns such as 'photos/*.jpg', or - for a list.",
        completion: .file(), transform: typedPath)
    var files: [String]
    @Option(
        help: "List of photos to pass over: one path a line, of which a file's path is the end.",
        completion: .file(), transform: typedPath)
    var exclude: String?
    @Option(
        help:
            "Files of a folder that are photos: keras (JPEG, PNG, BMP, GIF) or all (also WebP, HEIC, AVIF, TIFF)."
    )
    var imageFormats = ImageFormats.keras
    @Flag(help: "Print one JSON object per photo, with the probabilities of all classes.")
    var json = false
    @Option(help: "File to write a table to, or - for standard output: file, label and confidence.")
    var csv: String?
    @Option(help: ArgumentHelp("Tell the K most probable classes of each photo.", valueName: "K"))
    var top: Int?
    @Option(
        help:
            "PNG to write: the photo, with its class activation map laid over it; for one photo.",
        completion: .file(), transform: typedPath)
    var cam: String?
    @Option(name: .customLong("class"), help: "Class that --cam shows (default: the most probable).")
    var camClass: String?
    @Option(
        help:
            "Safetensors file to write: base_output, features, maps, logits and probabilities; for one photo.",
        completion: .file(), transform: typedPath)
    var tensors: String?

    func validate() throws {
        for (option, value) in [("--cam", cam), ("--tensors", tensors)] where value != nil && files.count > 1
        {
            throw ValidationError("\(option) takes one photo, not \(files.count).")
        }
        if camClass != nil, cam == nil {
            throw ValidationError("--class says what --cam shows; give --cam as well.")
        }
        if let top, top < 1 { throw ValidationError("--top must be 1 or more, not \(top).") }
        if json, csv == "-" {
            throw ValidationError("--json and --csv - both print to standard output; give one of them.")
        }
        if files.filter({ $0 == "-" }).count > 1 { throw ValidationError("- can be given only once.") }
    }

    func run() throws {
        let exclusions = try exclude.map { try ExclusionList(path: $0) } ?? ExclusionList()
        try sparePhotos()
        let model = try model.load()
        if cam != nil || tensors != nil {
            guard !exclusions.coversEnd(of: files[0]) else {
                throw UserError(
                    "\(files[0]) is on the list \(exclude ?? ""), so there is nothing to explain.")
            }
            return try explain(model)
        }
        var batch = PredictionBatch(model, exclusions, imageFormats)
        if let csv, csv != "-" {
            let rows = PredictionTable(.csv, of: model, top: top)
            let lines = PredictionTable(.json, of: model, top: top)
            try ExportFile.write(csv, replacing: true) { file in
                try file.append(line: rows.heading ?? "")
                try batch.run(files) { photo, probabilities in
                    try file.append(line: try rows.line(photo, probabilities))
                    if json { Console.line(try lines.line(photo, probabilities)) }
                    return true
                }
            }
        } else {
            let lines = PredictionTable(json ? .json : csv == nil ? .text : .csv, of: model, top: top)
            if let heading = lines.heading { Console.line(heading) }
            try batch.run(files) { photo, probabilities in
                Console.line(try lines.line(photo, probabilities))
                return Console.takesOutput
            }
        }
        if !json || csv != nil { batch.summarize() }
        if batch.failures > 0 { throw ExitCode.failure }
    }

    /// Tables and maps replace those of an earlier time, but no photo that was named by mistake.
    private func sparePhotos() throws {
        for (option, output) in [("--csv", csv), ("--tensors", tensors), ("--cam", cam)] {
            guard let output, output != "-", let kind = FileKind(path: output),
                PhotoHeader.Format(rawValue: kind.rawValue) != nil
            else { continue }
            // A map is a picture itself.
            if option == "--cam", !files.contains(where: { Self.isSameFile($0, output) }) { continue }
            throw UserError("\(output) is a photo, which \(option) would replace: name another file.")
        }
    }

    private static func isSameFile(_ first: String, _ second: String) -> Bool {
        var (a, b) = (stat(), stat())
        return PathText.withCPath(first) { stat($0, &a) } == 0
            && PathText.withCPath(second) { stat($0, &b) } == 0 && a.st_dev == b.st_dev
            && a.st_ino == b.st_ino
    }

    private func explain(_ model: TrainedModel) throws {
        let classes = model.classes
        let explanation = try model.classifier.explain(.file(files[0]))
        var label = explanation.predicted
        if let camClass {
            // Two classes may differ only in how an accent is written.
            let exact = classes.firstIndex { PhotoPath($0) == PhotoPath(camClass) }
            guard let index = exact ?? classes.firstIndex(of: camClass) else {
                throw UserError(
                    "\(model.words) knows no class \(camClass): it tells \(classes.joined(separator: ", ")) apart."
                )
            }
            label = index
        }
        if let cam {
            // The map is too coarse for a larger picture to show more.
            let photo = try RGBImage(file: files[0], model.classifier.reading).fitted(to: 1024)
            try ExportFile.write(
                explanation.picture(of: label, over: photo).png(), to: cam, replacing: true)
        }
        if let tensors {
            try Safetensors.export(
                explanation.tensors, metadata: ["classes": classes.joined(separator: "\n")], to: tensors,
                replacing: true)
        }
        Console.line(
            try PredictionTable(json ? .json : .text, of: model, top: top).line(
                files[0], explanation.probabilities))
    }
}
