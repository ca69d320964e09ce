import ArgumentParser
import Basics
import Canvas
import Foundation
import Photos
import Phrases
import Recipes
import Runs
import Training

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Loss and accuracy of a run, a checkpoint or a Keras model on photos.",
        discussion: """
            A run is evaluated on its own validation photos, with the split and the exclusions that it was \
            trained with. Another folder given with --data is a test folder: all its photos count, matched with \
            the classes by name.
            """)

    @OptionGroup var model: TrainedModelOptions
    @Option(
        help: "Folder with one folder of photos per class (default: the run's).", completion: .directory,
        transform: typedPath)
    var data: String?
    @Option(
        help:
            "validation: Keras' last 20 %, or those of the run; test: the run's test photos; all: every photo (default: validation, or all of a test folder)."
    )
    var subset: Choice?
    @Option(help: "Fraction of the photos kept for validation (default: the run's, else 0.2).")
    var validationSplit: Double?
    @OptionGroup var left: ExcludeOption
    @Flag(help: "Print one JSON object.")
    var json = false

    enum Choice: String, ExpressibleByArgument, CaseIterable { case validation, test, all }

    /// The result as JSON.
    private struct Report: Encodable {
        var loss: Double
        var accuracy: Double
        /// Bounds of Wilson's 95 % interval of the accuracy.
        var accuracyLow: Double?
        var accuracyHigh: Double?
        var images: Int
        var subset: String
        /// `last`, `loss` or `accuracy` for a run's last or best weights.
        var weights: String?
        /// Epochs that the weights were trained for.
        var epoch: Int?
    }

    func validate() throws {
        if let validationSplit, !(validationSplit > 0 && validationSplit < 1) {
            throw ValidationError("--validation-split must be between 0 and 1, not \(validationSplit).")
        }
        if validationSplit != nil, subset == .test {
            throw ValidationError("--subset test takes the run's own split; leave --validation-split out.")
        }
        if validationSplit != nil, subset == .all {
            throw ValidationError("--subset all takes every photo; leave --validation-split out.")
        }
    }

    func run() throws {
        let model = try model.load()
        let recipe = model.classifier.header?.recipe
        if let split = recipe?.validationSplit, let validationSplit, validationSplit != split {
            throw ValidationError(
                "\(model.words) was trained with --validation-split \(split): with \(validationSplit) it would be tested "
                    + "on photos it was trained on. Leave the option out, or give --subset all.")
        }
        let path = try folder(model)
        let exclusions = try exclusions(model)
        if subset == .test, recipe?.split.test == 0, recipe?.split.isGiven != true {
            throw ValidationError(
                "\(model.words) has no test photos of its own; give a folder of them with --data, or train with --test-split."
            )
        }
        let isOwn = try recipe == nil || isOwnFolder(path, exclusions, model)
        let chosen = subset ?? (isOwn ? .validation : .all)
        let result =
            switch chosen {
            case .validation: try evaluateSplit(model, path, recipe?.split, exclusions, .validation)
            case .test: try evaluateSplit(model, path, recipe?.split, exclusions, .test)
            case .all: try evaluateAll(model, path, exclusions)
            }
        let interval = Proportion(accuracy: result.accuracy, of: result.images)?.interval
        let which = model.bestMeasure?.rawValue ?? (model.run == nil ? nil : "last")
        if json {
            Console.line(
                try jsonLine(
                    Report(
                        loss: result.loss, accuracy: result.accuracy, accuracyLow: interval?.lowerBound,
                        accuracyHigh: interval?.upperBound, images: result.images,
                        subset: chosen.rawValue, weights: which, epoch: model.classifier.epoch)))
        } else {
            let photos = chosen == .all ? "photos" : "\(chosen.rawValue) photos"
            Console.say("loss \(result.loss)  accuracy \(result.accuracy)  on \(result.images) \(photos)")
            if let interval {
                Console.say("95 % interval of the accuracy: \(interval.fourDigits)")
            }
            Console.say("with \(model.words)")
        }
    }

    // MARK: What to evaluate on

    /// - Throws: `ValidationError` if nothing says where the photos are.
    private func folder(_ model: TrainedModel) throws -> String {
        if let data { return data }
        guard let header = model.classifier.header else {
            throw ValidationError("Give --data a folder with one folder of photos per class.")
        }
        if let own = header.recipe.data { return own }
        return try PhotosSource(cache: Home.cachePath()).resolve(directory: nil, report: SourceReport())
            .directory
    }

    /// The photos that the run left out, and those of `--exclude`.
    private func exclusions(_ model: TrainedModel) throws -> ExclusionList {
        let more = try left.list()
        guard let recipe = model.classifier.header?.recipe, let listed = recipe.exclude else { return more }
        guard let run = model.run else {
            let known = FileManager.default.fileExists(atPath: listed)
            if !known {
                Console.error(
                    "warning: the photos that were left out in training are not known: there is no list \(listed)."
                )
            }
            return ExclusionList((known ? try ExclusionList(path: listed).files : []) + more.files)
        }
        return ExclusionList(try run.loadExclusions(recipe).files + more.files)
    }

    /// Whether the photos are those that the run was trained with, here or in another place.
    private func isOwnFolder(
        _ path: String, _ exclusions: ExclusionList, _ model: TrainedModel
    ) throws -> Bool {
        guard let header = model.classifier.header else { return false }
        func real(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
        if data == nil || real(path) == real(header.data) { return true }
        guard let photos = header.photos else { return false }
        // Photos that were moved; a test folder that cannot be split is none of them. Nothing need be
        // decoded to tell.
        let moved = try? dataset(path, header.recipe.split, exclusions, model, isLazy: true)
        return moved?.fingerprint == photos
    }

    /// Photos are read as those of the training were.
    private func reading(_ model: TrainedModel) -> PhotoReading {
        model.classifier.header?.recipe.reading ?? PhotoReading()
    }

    private func dataset(
        _ path: String, _ split: SplitPlan?, _ exclusions: ExclusionList, _ model: TrainedModel,
        isLazy: Bool = false
    ) throws -> Dataset {
        try Dataset(
            path: path, reading: reading(model), imageSize: model.classifier.imageSize,
            inputScale: model.classifier.inputScale,
            split: split ?? SplitPlan(validation: validationSplit ?? 0.2),
            exclusions: exclusions, cacheDirectory: Home.cachePath() + "/pixels", isLazy: isLazy,
            threads: self.model.place.threadCount)
    }

    private func evaluateSplit(
        _ model: TrainedModel, _ path: String, _ split: SplitPlan?, _ exclusions: ExclusionList,
        _ subset: Subset
    ) throws -> Classifier.Evaluation {
        let dataset = try dataset(path, split, exclusions, model)
        dataset.warn()
        if let photos = model.classifier.header?.photos, photos != dataset.fingerprint {
            Console.error(
                "warning: the photos of \(path) are not those that the network was trained with, so it may have been "
                    + "trained on some of these.")
        }
        if subset == .test, dataset.testPhotos.isEmpty {
            throw ValidationError("\(path) has no test photos.")
        }
        return try model.classifier.evaluate(dataset, subset: subset)
    }

    private func evaluateAll(
        _ model: TrainedModel, _ path: String, _ exclusions: ExclusionList
    ) throws -> Classifier.Evaluation {
        let folder = try ImageFolder(path: path, reading(model), isForTraining: false)
        let classes = model.classifier.classes ?? folder.classes
        guard classes.count == model.classifier.classCount else {
            throw UserError(
                "\(model.words) tells \(model.classifier.classCount.of("class", "classes")) apart, but \(path) has \(classes.count) "
                    + "(\(classes.joined(separator: ", "))).")
        }
        let photos = try LabelledPhotos(folder, classes: classes, exclusions: exclusions)
        for name in photos.missingClasses {
            Console.error("warning: \(path) has no photo of the class \(name).")
        }
        for (name, count) in photos.unknownClasses.byName {
            Console.error(
                "warning: \(path)/\(name) is left out (\(count.of("photo"))): "
                    + "the network does not know this class.")
        }
        let progress = ProgressLine(isShown: Console.errorIsTerminal)
        defer { progress.clear() }
        return try model.classifier.evaluate(
            photos,
            skipped: {
                progress.clear()
                Console.error("warning: \($0.message)")
            },
            progress: { progress.show("evaluating", done: $0, of: photos.files.count) })
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
