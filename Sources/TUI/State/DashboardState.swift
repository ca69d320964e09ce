import Core
import Plots

public enum Screen: Int, CaseIterable, Sendable {
    case train, data, model, predictions, log

    var title: Phrase {
        switch self {
        case .train: .screenTrain
        case .data: .screenData
        case .model: .screenModel
        case .predictions: .screenPredictions
        case .log: .screenLog
        }
    }

    /// What the key table says of the key that shows it.
    var description: Phrase {
        switch self {
        case .train: .describeScreenTrain
        case .data: .describeScreenData
        case .model: .describeScreenModel
        case .predictions: .describeScreenPredictions
        case .log: .describeScreenLog
        }
    }
}

/// What lies over the screen and takes the keys.
enum Dialog: Equatable, Sendable {
    /// The keys, narrowed by what is typed.
    case help(scroll: Int = 0, query: TextField = TextField())
    /// Everything that a key does, by name.
    case palette(query: TextField = TextField(), chosen: Int = 0)
    case confirm(Confirmation)
    case unfreeze(layer: Int)
    case form(Form)
    /// The learning-rate finder; the rate that enter applies, by its index among the points, nil for the suggested one.
    case sweep(chosen: Int?)
    /// The runs that can lie behind the charts.
    case runs(query: TextField = TextField(), chosen: Int = 0)
    /// Index into the predictions that are shown.
    case prediction(Int)
    /// What a layer makes of a photo.
    case featureMaps(layer: Int)
    /// A photo that the person named.
    case outsidePhoto
    /// The chosen photo of the samples.
    case sample
    /// What the network gets of the bench's photo, or of a view of it: 0 is the photo itself.
    case tensor(view: Int)
    /// The doctor's chosen finding, and one of its photos.
    case finding(copy: Int)

    /// What cannot be undone by a key, and so is asked.
    enum Confirmation: Equatable, Sendable { case quit, finishStage, freeze, restoreBest, stopKeepingBest }
}

/// Everything that the dashboard shows; changed by `reduce` only.
public struct DashboardState: Sendable {
    public var size: Size
    public var screen = Screen.train
    var dialog: Dialog?
    var toast: (text: String, until: Double)?
    var themes: [String]
    var theme: String
    let strings: Strings
    let keys: KeyMap
    /// Seconds since the dashboard opened.
    var now = 0.0

    var status = TrainerStatus.preparing
    /// Whether the trainer waits, or will after what it does now: a validation pass does not show it in `status`.
    var isPaused = false
    var preparation: Preparation?
    var context: SessionContext?
    var stage: TrainerEvent.StageStarted?
    var learningRate = 0.0
    var batch: TrainerEvent.BatchEnded?
    var epochs: [TrainerEvent.EpochEnded] = []
    /// What an undo takes back, the newest last.
    var undos: [Undo] = []
    /// The next change is an undo, and not itself to be undone.
    var isUndoing = false
    var history = RunHistory()
    var charts = ChartSettings()
    /// Another run behind this one's curves.
    var ghost: GhostRun?
    var marks: [LineChart.Mark] = []
    var log: [LogEntry] = []
    var predictions: PredictionSet?
    /// Those of the epochs before as well.
    var predictionHistory = PredictionHistory(classes: [], files: [])
    /// What the newest predictions come to, once it is worked out.
    var inspection: PredictionInspection?
    var predicting = PredictionSettings()
    /// Those that filter and order leave, see `arrangePredictions`.
    var shownPredictions: [Prediction] = []
    var photoInspection = PhotoInspection()
    /// What the person noted of photos, by file.
    var photoNotes: [String: PhotoNote] = [:]
    var outsidePhoto: OutsidePhoto?
    var layerHistory = LayerHistory()
    var layerMaps = LayerMaps()
    /// What each photo was taken for before, while those that changed are shown.
    var changedPhotos: [Int: Prediction] = [:]
    /// What `shownPredictions` was made by; nil when it must be made anew.
    var arrangement: Arrangement?
    /// The trainer's settings as they are now.
    var settings: TrainerSettings?
    var sweep: LearningRateSweep?
    /// All runs of the home folder, once they have been asked for.
    var runs: [RunRecord]?
    var ended: TrainerEvent.RunEnded?
    var failure: String?
    var lastSaved: String?
    var isQuitting = false
    /// Whether another process trains the run.
    var isAttached = false
    /// Whether a recorded run is played anew; there is nothing to save or to leave running.
    var isReplay = false
    /// The run is being given to a process of its own.
    var isDetaching = false
    /// When training began and how long it took in all once it ended, by `now`.
    var startedAt: Double?
    var endedAt: Double?

    var data = DataState()
    /// Folder of the runs; empty where it is not known.
    var home = ""
    /// Index into the data screen's photos that are shown, and which augmentations are drawn.
    var sampleCursor = 0
    var variant: UInt64 = 0
    var layerCursor = 100
    /// Index of the first shown layer on the screen.
    var layerTop = 0
    /// The boundary that `u` applies.
    var chosenLayer = 100
    /// Index into the predictions that are shown.
    var predictionCursor = 0
    /// Index into the log's lines that are shown; nil follows the newest.
    var logCursor: Int?
    /// What the lists are narrowed by, for each screen.
    var filters: [Screen: TextField] = [:]
    /// Whether the screen's filter is being typed.
    var isFiltering = false
    /// Rates that were typed, the newest last.
    var typedRates: [String] = []
    /// Paths of photos that were typed, the newest last.
    var typedPaths: [String] = []
    /// Where on a chart the mouse went down, in epochs.
    var drag: (chart: ChartTarget, from: Double)?
    /// Where and when the mouse was pressed last, to tell a double press.
    var lastPress: (column: Int, row: Int, time: Double)?

    struct LogEntry: Sendable, Equatable {
        var clock: String
        var text: String
        var isWarning: Bool
        /// Where on the charts it happened, in epochs; nil before the first batch.
        var position: Double?
    }

    /// A change to the run that can be taken back.
    enum Undo: Sendable, Equatable {
        /// The learning rate before.
        case rate(Double)
        /// The first layer that trained before; nil when all was frozen.
        case layer(Int?)
    }

    public init(
        size: Size, themes: [String] = ["dark"], theme: String = "dark", language: Language = .english,
        keys: KeyMap = KeyMap(), preferences: DashboardPreferences = DashboardPreferences()
    ) {
        (self.size, self.themes, self.theme, self.keys) = (size, themes, theme, keys)
        strings = Strings(language)
        adopt(preferences)
    }

    /// Base parameters and the head's that train when layers from `layer` on do.
    func trainableParameters(from layer: Int) -> Int {
        guard let context else { return 0 }
        return context.layers.dropFirst(max(0, layer)).reduce(context.headParameters) {
            $0 + $1.trainableParameters
        }
    }

    /// Whether the run trains and so could do without this screen.
    var canDetach: Bool { status != .preparing && !status.isLast }

    var elapsed: Double { startedAt.map { (endedAt ?? now) - $0 } ?? 0 }

    /// Position on the charts' x axis: epochs done, fractions included.
    var position: Double {
        guard let batch else { return Double(epochs.count) }
        return Double(batch.epoch) + Double(batch.step) / Double(max(1, batch.steps))
    }
}

enum DashboardAction: Sendable {
    case key(Key)
    case session(SessionEvent, clock: String)
    /// What the pointer does, and what lies under it.
    case mouse(MouseEvent, on: MouseTarget?)
    /// Text that the terminal says was pasted.
    case paste(String)
    case tick(Double)
    case resize(Size)
    case runsListed([RunRecord], problem: String?)
    case ghostLoaded(GhostRun?, problem: String?)
    /// Theme files changed; `problem` says why one cannot be used.
    case themesChanged([String], problem: String?)
    case inspected(PredictionInspection)
    case inspectorAnswered(Inspector.Answer)
    case notesLoaded([String: PhotoNote], run: String)
    case photoLoaded(String, RGBImage?, problem: String?)
    /// What an errand could not do, for the person.
    case errandFailed(String)
    case data(DataAnswer)
    /// What the program takes of the machine, about once a second.
    case resources(ResourceSample)
}

/// What the loop must do after a reduction.
enum Effect: Sendable, Equatable {
    case send(TrainerCommand)
    /// Answered by `runsListed`.
    case listRuns
    /// Answered by `ghostLoaded`.
    case loadGhost(run: String)
    /// Answered by `inspected`.
    case inspect(PredictionSet, classes: Int)
    /// Answered by `inspectorAnswered`.
    case ask(Inspector.Request)
    /// Answered by `notesLoaded`.
    case loadNotes(run: String)
    case keepNote(PhotoNote, file: String, run: String)
    /// Answered by `photoLoaded`: the photo as a square of `side` pixels.
    case loadPhoto(String, side: Int)
    case askData(DataRequest)
    /// Keeps what the person chose for the next time.
    case remember(DashboardPreferences)
    case setTheme(String)
    case redraw
    case interrupt
    /// Leave once the session has ended.
    case quit
    /// Give the run to a process of its own, then leave.
    case detach
    /// Leave at once; another process trains the run.
    case leave
}
