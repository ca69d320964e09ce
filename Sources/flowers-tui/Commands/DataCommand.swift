import ArgumentParser
import Core

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Look at the photos of a folder.", subcommands: [Split.self, Check.self])

    struct DataOptions: ParsableArguments {
        @Option(help: "Folder with one folder of photos per class.")
        var data: String
        @Option(help: "Fraction of the photos kept for validation.")
        var validationSplit = 0.2
        @Flag(help: "Print JSON.")
        var json = false
        @OptionGroup var place: PlaceOptions

        func load() throws -> Dataset {
            try Dataset(
                path: data, validationSplit: validationSplit, cacheDirectory: Home.cachePath() + "/pixels",
                threads: place.threadCount)
        }
    }

    struct Split: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List every photo with its label and subset, in Keras' order.")
        @OptionGroup var options: DataOptions

        private struct Line: Encodable {
            var file: String
            var label: String
            var subset: Subset
        }

        func run() throws {
            let dataset = try options.load()
            dataset.warnOfSkipped()
            for photo in dataset.photos {
                let label = dataset.classes[photo.label]
                Console.line(
                    options.json
                        ? try jsonLine(Line(file: photo.file, label: label, subset: photo.subset))
                        : "\(photo.subset.rawValue)\t\(label)\t\(photo.file)")
            }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decode every photo; count the classes and list what cannot be used.")
        @OptionGroup var options: DataOptions

        private struct Report: Encodable {
            var data: String
            var classes: [String: Int]
            var training: Int
            var validation: Int
            var skipped: [SkippedPhoto]
        }

        func run() throws {
            let dataset = try options.load()
            let counts = dataset.classes.indices.map { label in dataset.photos.count { $0.label == label } }
            if options.json {
                Console.line(
                    try jsonLine(
                        Report(
                            data: dataset.path,
                            classes: Dictionary(uniqueKeysWithValues: zip(dataset.classes, counts)),
                            training: dataset.trainingCount, validation: dataset.validationCount,
                            skipped: dataset.skipped)))
                return
            }
            for (name, count) in zip(dataset.classes, counts) { print("\(count)\t\(name)") }
            print("\(dataset.trainingCount) for training, \(dataset.validationCount) for validation")
            for photo in dataset.skipped { print("skipped \(photo.file): it \(photo.reason)") }
        }
    }
}
