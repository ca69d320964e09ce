import ArgumentParser
import Basics
import Canvas
import Exports
import Foundation
import Logs
import Network
import Photos
import Phrases
import Recipes
import Runs
import Sessions
import Training

extension RunsCommand {
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a run's network, a report on it, or its plots.",
            discussion: """
                safetensors: weights under Keras' names, without the optimizer's state. keras, keras-weights, h5, onnx, \
                tflite and tflite-int8: the network for other programs (docs/export.md). tensorboard: event files in a folder \
                for the run in the one given with --output; csvlogger: its epochs as a table, as Keras' CSVLogger writes \
                them (docs/logs.md). html: one page that needs no other file. svg: each plot as a file in the folder given with --output, or the one chosen with --plot as \
                that file. What is there already is refused without --replace.
                """)

        enum Format: String, ExpressibleByArgument, CaseIterable {
            case safetensors, keras
            case kerasWeights = "keras-weights"
            case h5, onnx, tflite
            case tfliteInt8 = "tflite-int8"
            case tensorboard, csvlogger
            case html, svg
        }

        @Argument(help: "The run's id.") var id: String
        @Option(
            name: .shortAndLong,
            help:
                "File to write, - for standard output; a folder for tensorboard, and for svg without --plot.",
            completion: .file(), transform: typedPath)
        var output: String
        @Option(help: "\(Format.allCases.dropLast().map(\.rawValue).joined(separator: ", ")) or svg.")
        var format: Format = .safetensors
        @Option(help: "One plot alone: \(ReportPlot.allCases.map(\.rawValue).joined(separator: ", ")).")
        var plot: ReportPlot?
        @Flag(help: "The run's best epoch instead of the last one.") var best = false
        @Option(help: "The best epoch by this measure: loss (lowest) or accuracy (highest).")
        var bestBy: BestMeasure?
        @Option(
            help:
                "Folder of the photos for html, if it has moved, or to calibrate tflite-int8 on (default: the run's).",
            completion: .directory, transform: typedPath)
        var data: String?
        @Option(help: "Language of a report and its plots: en or zh-Hans.") var lang: Language = .english
        @OptionGroup var existing: ReplaceOption
        @OptionGroup var options: HomeOptions

        private var replace: Bool { existing.replace }

        func validate() throws {
            if plot != nil, format != .svg {
                throw ValidationError("--plot chooses a plot of --format svg; give that as well.")
            }
            if data != nil, format != .tfliteInt8, format != .html {
                throw ValidationError("--data is for --format html and tflite-int8; leave it out.")
            }
            if bestBy != nil, [.html, .svg, .tensorboard, .csvlogger].contains(format) {
                throw ValidationError("--best-by chooses the weights of a network; give --best for a report.")
            }
            if best, [.tensorboard, .csvlogger].contains(format) {
                throw ValidationError("--format \(format.rawValue) writes all epochs; leave --best out.")
            }
        }

        func run() throws {
            // A minute of calibration is too late to learn that.
            if !isFolder { try ExportFile.check(output, replacing: replace) }
            switch format {
            case .safetensors: try exportWeights()
            case .keras, .kerasWeights, .h5, .onnx, .tflite, .tfliteInt8: try exportNetwork()
            case .tensorboard: try exportEventFiles()
            case .csvlogger: try exportTable()
            case .html: try exportPage()
            case .svg: try exportPlots()
            }
        }

        /// Whether the output is a folder.
        private var isFolder: Bool { format == .tensorboard || format == .svg && plot == nil }

        private func checkpoint() throws -> (folder: RunFolder, checkpoint: Checkpoint) {
            let folder = try RunFolder.find(home: options.path, id: id)
            let chosen = try folder.checkpoint(bestBy.map { .best($0) } ?? (best ? .best(nil) : .last))
            return (folder, try Checkpoint.load(chosen.path).withoutMoments)
        }

        private func exportWeights() throws {
            let checkpoint = try checkpoint().checkpoint
            let kind = try checkpoint.export(to: output, replacing: replace)
            Self.report("wrote \(output): \(checkpoint.tensors.count) tensors", kind)
        }

        private func exportNetwork() throws {
            let (folder, checkpoint) = try checkpoint()
            let graph = ExportGraph(checkpoint)
            var notes: [String] = []
            let file: Data
            if let network = NetworkFormat(rawValue: format.rawValue) {
                file = try network.encode(graph)
            } else {
                let quantization = try Quantization(folder, checkpoint, graph, data: data)
                file = TFLiteFormat.encode(quantization.network)
                notes = quantization.notes
            }
            let kind = try ExportFile.write(file, to: output, replacing: replace)
            Self.report("wrote \(output): \((file.count + 1023) / 1024) KiB", kind)
            for note in notes { Self.report(note, kind) }
            if kind == .file, let suffix = format.suffix, !output.hasSuffix(suffix) {
                Console.error("warning: Keras opens only files whose names end in \(suffix).")
            }
        }

        private func exportEventFiles() throws {
            let folder = try RunFolder.find(home: options.path, id: id)
            let predictions = try? PredictionHistory(run: folder)
            let path = try TensorBoardLog.write(
                folder, recipe: folder.loadRecipe(), predictions: predictions,
                sheets: sheets(folder), to: output, replacing: replace)
            Console.say("wrote \(path): look at it with tensorboard --logdir \(output)")
        }

        /// Some of the photos, if they are still those of the run.
        private func sheets(_ folder: RunFolder) -> TensorBoardLog.Sheets {
            guard let header = try? CheckpointHeader.load(folder.last),
                let dataset = try? Dataset(
                    path: header.data, reading: header.recipe.reading, imageSize: header.recipe.imageSize,
                    inputScale: header.recipe.architecture.inputScale,
                    split: header.recipe.split,
                    exclusions: folder.loadExclusions(header.recipe),
                    cacheDirectory: Home.cachePath() + "/pixels", isLazy: true),
                header.photos == nil || header.photos == dataset.fingerprint
            else { return TensorBoardLog.Sheets() }
            return TensorBoardLog.Sheets(dataset.summary, header.recipe)
        }

        private func exportTable() throws {
            let folder = try RunFolder.find(home: options.path, id: id)
            let table = Data(EpochCSV.table(EventLog.read(folder.events)).utf8)
            let kind = try ExportFile.write(table, to: output, replacing: replace)
            Self.report("wrote \(output)", kind)
        }

        private func report() throws -> RunReport {
            try RunReport(
                run: id, home: options.path, best: best || bestBy != nil, by: bestBy, language: lang)
        }

        private func exportPage() throws {
            var report = try report()
            if let data {
                let place = RunReplay.Place(
                    home: options.path, cache: Home.cachePath(), threads: Machine.cores,
                    movedData: UserPath.absolute(data))
                report.photos = try RunReplay.photos(of: report.folder, report.header, place).path
            }
            // Without a readable checkpoint the page only lacks the activation maps.
            let classifier = try? Classifier(
                checkpoint: report.checkpoint, home: options.path, threads: 1)
            let page = Data(ReportPage(report: report, classifier: classifier).html().utf8)
            let kind = try ExportFile.write(page, to: output, replacing: replace)
            Self.report("wrote \(output): \((page.count + 1023) / 1024) KiB", kind)
        }

        private func exportPlots() throws {
            let report = try report()
            if let plot {
                guard let graphic = plot.graphic(report) else {
                    throw UserError(
                        "Run \(report.folder.id) recorded nothing for the plot \(plot.rawValue); choose another one."
                    )
                }
                let kind = try ExportFile.write(
                    Data(ReportStyle.alone(graphic).utf8), to: output, replacing: replace)
                Self.report("wrote \(output)", kind)
                return
            }
            let files = ReportPlot.allCases.compactMap { plot in
                plot.graphic(report).map {
                    (name: "\(plot.rawValue).svg", data: Data(ReportStyle.alone($0).utf8))
                }
            }
            try ExportFile.write(files, in: output, replacing: replace)
            for file in files { Console.say("wrote \(output)/\(file.name)") }
            if replace { removeOtherPlots(than: Set(files.map(\.name))) }
        }

        /// Removes an earlier export's plots that this one has not: they would pass for this run's.
        private func removeOtherPlots(than written: Set<String>) {
            for name in ReportPlot.allCases.map({ "\($0.rawValue).svg" }) where !written.contains(name) {
                if unlink("\(output)/\(name)") == 0 {
                    Console.say("removed \(output)/\(name), for which this run recorded nothing")
                }
            }
        }

        /// Says what was written, but not into a stream that carries it.
        static func report(_ text: String, _ kind: ExportFile.Kind) {
            switch kind {
            case .file: Console.say(text)
            case .stream: Console.error(text)
            }
        }
    }
}

extension RunsCommand.Export.Format {
    /// The end that Keras wants of a file's name.
    fileprivate var suffix: String? {
        switch self {
        case .keras, .kerasWeights, .h5: NetworkFormat(rawValue: rawValue)?.suffix
        case .safetensors, .onnx, .tflite, .tfliteInt8, .tensorboard, .csvlogger, .html, .svg: nil
        }
    }
}

extension ReportPlot: ExpressibleByArgument {}
