import Core
import Plots

public enum Screen: Int, CaseIterable, Sendable {
    case train, data, model, predictions

    public var name: String {
        switch self {
        case .train: "train"
        case .data: "data"
        case .model: "model"
        case .predictions: "predictions"
        }
    }
}

/// What lies over the screen and takes the keys.
enum Dialog: Equatable, Sendable {
    /// The keys, narrowed by what is typed.
    case help(scroll: Int, query: String = "")
    /// Everything that a key does, by name.
    case palette(query: String, chosen: Int)
    case quit
    case learningRate(text: String, problem: String?)
    case unfreeze(layer: Int)
    case finishStage
    /// Index into the predictions.
    case prediction(Int)
}

/// Everything that the dashboard shows; changed by `reduce` only.
public struct DashboardState: Sendable {
    public var size: Size
    public var screen = Screen.train
    var dialog: Dialog?
    var toast: (text: String, until: Double)?
    var themes: [String]
    var theme: String
    /// Seconds since the dashboard opened.
    var now = 0.0

    var status = TrainerStatus.preparing
    /// Whether the trainer waits, or will after what it does now: a validation pass does not show it in `status`.
    var isPaused = false
    var preparation: Preparation?
    var context: SessionContext?
    var stage: TrainerEvent.StageStarted?
    var stagesSeen = 0
    var learningRate = 0.0
    var batch: TrainerEvent.BatchEnded?
    var epochs: [TrainerEvent.EpochEnded] = []
    /// What `U` takes back, the newest last.
    var undos: [Undo] = []
    /// The next change is an undo, and not itself to be undone.
    var isUndoing = false
    var history = RunHistory()
    var charts = ChartSettings()
    var marks: [LineChart.Mark] = []
    var log: [LogEntry] = []
    var predictions: PredictionSet?
    var ended: TrainerEvent.RunEnded?
    var failure: String?
    var lastSaved: String?
    var isQuitting = false
    /// When training began and how long it took in all once it ended, by `now`.
    var startedAt: Double?
    var endedAt: Double?

    /// Chosen photo of the data screen's sample, and which augmentations are drawn.
    var sampleCursor = 0
    var variant: UInt64 = 0
    var layerCursor = 100
    /// The boundary that `u` applies.
    var chosenLayer = 100
    var predictionCursor = 0

    struct LogEntry: Sendable, Equatable {
        var clock: String
        var text: String
        var isWarning: Bool
    }

    /// A change to the run that can be taken back.
    enum Undo: Sendable, Equatable {
        /// The learning rate before.
        case rate(Double)
        /// The first layer that trained before.
        case layer(Int)
    }

    public init(size: Size, themes: [String] = ["dark"], theme: String = "dark") {
        (self.size, self.themes, self.theme) = (size, themes, theme)
    }

    static let sampleCount = 12

    /// Twelve photos spread over the training set.
    var sample: [Int] {
        guard let dataset = context?.dataset else { return [] }
        let count = dataset.photos.count
        return (0..<min(Self.sampleCount, count)).map { $0 * count / min(Self.sampleCount, count) }
    }

    /// Base parameters and the head's that train when layers from `layer` on do.
    func trainableParameters(from layer: Int) -> Int {
        guard let context else { return 0 }
        return context.layers.dropFirst(max(0, layer)).reduce(context.headParameters) { $0 + $1.trainableParameters }
    }

    var elapsed: Double { startedAt.map { (endedAt ?? now) - $0 } ?? 0 }

    /// Position on the charts' x axis: epochs done, fractions included.
    var position: Double {
        guard let batch else { return Double(epochs.count) }
        return Double(batch.epoch) + Double(batch.step) / Double(max(1, batch.steps))
    }
}

public enum DashboardAction: Sendable {
    case key(Key)
    case mouse(MouseEvent)
    /// Text put in at once.
    case paste(String)
    case session(SessionEvent, clock: String)
    case tick(Double)
    case resize(Size)
    /// Theme files changed; `problem` says why one cannot be used.
    case themesChanged([String], problem: String?)
}

/// What the loop must do after a reduction.
public enum Effect: Sendable, Equatable {
    case send(TrainerCommand)
    case setTheme(String)
    case redraw
    case interrupt
    /// Leave once the session has ended.
    case quit
}
