import ArgumentParser
import Network
import Recipes
import Runs
import Store

struct RunsBranchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "branch",
        abstract:
            "Start a new run from a checkpoint of another one with other settings; that one is unchanged."
    )

    @Argument(help: "The run's id.") var id: String
    @Option(help: "Checkpoint to start from: last, best, or one that runs show lists.") var from = "last"
    @Option(help: "Epochs of stage 1.") var epochs: Int?
    @Option(help: "Epochs of stage 2.") var fineTuneEpochs: Int?
    @Option(help: "First layer of the base that trains in stage 2, by number or name.")
    var fineTuneAt: LayerChoice?
    @Option(help: "Adam's rate in stage 1.") var learningRate: Double?
    @Option(help: "Adam's rate in stage 2.") var fineTuneLearningRate: Double?
    @Option(help: "Photos per step.") var batchSize: Int?
    @Option(help: "Fraction of the features dropped in training.") var dropout: Double?
    @Option(help: "End a stage after this many epochs without a lower validation loss.") var earlyStop: Int?
    @Option(help: "Divide the learning rate by 10 after this many epochs without a lower validation loss.")
    var reduceOnPlateau: Int?
    @Option(
        help:
            "How the learning rate moves within a stage: constant, cosine, step:EPOCHS:FACTOR, warm-up:BATCHES or warm-up-cosine:BATCHES.",
        transform: RunOptions.schedule)
    var schedule: LearningRateSchedule?
    @Option(help: "Seed of shuffling, augmentation and dropout from here on.") var seed: UInt64?
    @Option(help: "Precision of the base: float32, bfloat16 or auto.") var precision: Precision.Choice?
    @OptionGroup var options: RunsCommand.HomeOptions

    func validate() throws {
        // The same limits apply as for a new run.
        var whole = try RunOptions.parse([])
        (whole.epochs, whole.fineTuneEpochs) = (epochs ?? 1, fineTuneEpochs ?? 1)
        whole.batchSize = batchSize ?? 32
        (whole.learningRate, whole.fineTuneLearningRate) = (learningRate ?? 1, fineTuneLearningRate ?? 1)
        (whole.dropout, whole.validationSplit) = (dropout ?? 0, 0.2)
        (whole.earlyStop, whole.reduceOnPlateau) = (earlyStop, reduceOnPlateau)
        try whole.validate()
    }

    func run() throws {
        var changes = RunChanges()
        (changes.epochs, changes.fineTuneEpochs) = (epochs, fineTuneEpochs)
        (changes.learningRate, changes.fineTuneLearningRate) = (learningRate, fineTuneLearningRate)
        (changes.batchSize, changes.dropout, changes.schedule, changes.seed) = (
            batchSize, dropout, schedule, seed
        )
        (changes.earlyStop, changes.reduceOnPlateau) = (earlyStop, reduceOnPlateau)
        changes.precision = precision?.resolved()
        let store = try RunStore(home: options.path)
        let folder = try RunFolder.find(home: options.path, id: id)
        changes.fineTuneAt = try fineTuneAt?.index(in: folder.loadRecipe().architecture)
        let branch = try folder.branch(from: from, changes, in: store)
        if options.json { return Console.line(try store.show(branch.id).run.jsonLine()) }
        Console.line("run \(branch.id) branches from \(from) of run \(id)")
        Console.line(
            "go on with: flowers-tui --run \(branch.id), or without a screen: flowers-tui runs resume \(branch.id)"
        )
    }
}

struct RunsRestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Return a run to one of its checkpoints; the last one is kept as well.")

    @Argument(help: "The run's id.") var id: String
    @Option(help: "Checkpoint to go back to: best, or one that runs show lists.") var from = "best"
    @OptionGroup var options: RunsCommand.HomeOptions

    func run() throws {
        let store = try RunStore(home: options.path)
        let folder = try RunFolder.find(home: options.path, id: id)
        let kept = try folder.restore(from, in: store)
        if options.json { return Console.line(try store.show(folder.id).run.jsonLine()) }
        Console.line(
            "run \(folder.id) stands at \(from)"
                + (kept.map { "; what was its last is kept as \($0)" } ?? ", as it did"))
    }
}
