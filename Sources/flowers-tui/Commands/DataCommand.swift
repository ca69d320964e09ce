import ArgumentParser
import Basics
import Canvas
import Network
import Photos

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Inspect the photos of a folder, or fetch the flowers.",
        discussion:
            "Decoded photos are kept for the next run: `flowers-tui cache` lists them, `cache clear` removes them.",
        subcommands: [Split.self, DataCheckCommand.self, DataStatsCommand.self, Fetch.self])

    struct DataOptions: ParsableArguments {
        @Option(
            help: "Folder with one folder of photos per class.", completion: .directory, transform: typedPath)
        var data: String
        @OptionGroup var split: SplitOptions
        @OptionGroup var photos: ReadingOptions
        @OptionGroup var left: ExcludeOption
        @Flag(help: "Print JSON.")
        var json = false
        @OptionGroup var place: PlaceOptions

        func load() throws -> Dataset {
            try Dataset(
                path: data, reading: photos.reading, split: split.plan,
                exclusions: try left.list(),
                cacheDirectory: Home.cachePath() + "/pixels",
                threads: place.threadCount)
        }
    }

    struct Split: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List every photo with its label and subset, in Keras' order.")
        @OptionGroup var options: DataOptions

        private struct Line: Encodable {
            var file: PhotoPath
            var label: String
            var subset: Subset
        }

        func run() throws {
            let dataset = try options.load()
            dataset.warn()
            for photo in dataset.photos + dataset.testPhotos {
                let label = dataset.classes[photo.label]
                Console.line(
                    options.json
                        ? try jsonLine(Line(file: photo.file, label: label, subset: photo.subset))
                        : "\(photo.subset.rawValue)\t\(visible(label))\t\(visible(photo.file.text))")
            }
        }
    }

    struct Fetch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetch the flowers and the weights into the cache, and say where they are.")
        @Option(
            help: "A folder to use instead of the flowers; it is only checked.", completion: .directory,
            transform: typedPath)
        var data: String?
        @OptionGroup var network: NetworkOptions
        @Flag(help: "Print one JSON object.")
        var json = false

        private struct Report: Encodable {
            var photos: String
            var name: String
            var synthetic: Bool
            var weights: String?
            var weightsDescription: String
        }

        func run() throws {
            let bar = ProgressLine(isShown: Console.errorIsTerminal)
            let report = SourceReport(
                progress: { bar.show($0) },
                warn: {
                    bar.clear()
                    Console.error("warning: \($0)")
                })
            defer { bar.clear() }
            let photos = try PhotosSource().resolve(directory: data, report: report)
            let weights = try WeightsSource(network: network.network).resolve(file: nil, report: report)
            bar.clear()
            if json {
                Console.line(
                    try jsonLine(
                        Report(
                            photos: photos.directory, name: photos.name, synthetic: photos.synthetic,
                            weights: weights.path, weightsDescription: weights.origin.text)))
            } else {
                Console.say("photos: \(photos.directory)\(photos.synthetic ? " (synthetic)" : "")")
                Console.say("weights: \(weights.path ?? "none") (\(weights.origin.text))")
            }
        }
    }
}
