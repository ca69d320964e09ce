import ArgumentParser
import Basics
import Foundation
import Recipes
import Runs
import Training

extension RunsCommand {
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a run's weights, a report on it, or its plots.",
            discussion: """
                safetensors: weights under Keras' names, without the optimizer's state. html: one page that needs no other file. \
                svg: each plot as a file in the folder given with --output, or the one chosen with --plot as that file.
                """)

        enum Format: String, ExpressibleByArgument, CaseIterable { case safetensors, html, svg }

        @Argument(help: "The run's id.") var id: String
        @Option(
            name: .shortAndLong, help: "File to write; a folder for svg without --plot.",
            transform: typedPath)
        var output: String
        @Option(help: "safetensors, html or svg.") var format: Format = .safetensors
        @Option(help: "One plot alone: \(ReportPlot.allCases.map(\.rawValue).joined(separator: ", ")).")
        var plot: ReportPlot?
        @Flag(help: "The run's best epoch instead of the last one.") var best = false
        @Option(help: "The best epoch by this measure: loss (lowest) or accuracy (highest).")
        var bestBy: BestMeasure?
        @OptionGroup var options: HomeOptions

        func validate() throws {
            if plot != nil, format != .svg {
                throw ValidationError("--plot chooses a plot of --format svg; give that as well.")
            }
        }

        func run() throws {
            switch format {
            case .safetensors: try exportWeights()
            case .html: try exportPage()
            case .svg: try exportPlots()
            }
        }

        private func exportWeights() throws {
            let folder = try RunFolder.find(home: options.path, id: id)
            let chosen = try folder.checkpoint(bestBy.map { .best($0) } ?? (best ? .best(nil) : .last))
            let checkpoint = try Checkpoint.load(chosen.path).withoutMoments
            let kind = try checkpoint.export(to: output)
            Self.report("wrote \(output): \(checkpoint.tensors.count) tensors", kind)
        }

        private func exportPage() throws {
            let report = try RunReport(run: id, home: options.path, best: best || bestBy != nil, by: bestBy)
            // Without a readable checkpoint the page only lacks the activation maps.
            let classifier = try? Classifier(
                checkpoint: report.checkpoint, home: options.path, threads: 1)
            let page = Data(ReportPage(report: report, classifier: classifier).html().utf8)
            let kind = try ExportFile.write(page, to: output)
            Self.report("wrote \(output): \((page.count + 1023) / 1024) KiB", kind)
        }

        private func exportPlots() throws {
            let report = try RunReport(run: id, home: options.path, best: best || bestBy != nil, by: bestBy)
            if let plot {
                guard let graphic = plot.graphic(report) else {
                    throw UserError(
                        "Run \(report.folder.id) recorded nothing for the plot \(plot.rawValue); choose another one."
                    )
                }
                let kind = try ExportFile.write(Data(ReportStyle.alone(graphic).utf8), to: output)
                Self.report("wrote \(output)", kind)
                return
            }
            try Home.prepare(output)
            for plot in ReportPlot.allCases {
                guard let graphic = plot.graphic(report) else { continue }
                let file = "\(output)/\(plot.rawValue).svg"
                let kind = try ExportFile.write(Data(ReportStyle.alone(graphic).utf8), to: file)
                Self.report("wrote \(file)", kind)
            }
        }

        /// Says what was written, but not into a stream that carries it.
        private static func report(_ text: String, _ kind: ExportFile.Kind) {
            switch kind {
            case .file: Console.say(text)
            case .stream: Console.error(text)
            }
        }
    }
}

extension ReportPlot: ExpressibleByArgument {}
