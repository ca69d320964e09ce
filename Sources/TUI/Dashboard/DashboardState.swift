import Basics
import Canvas
import Keys
import Network
import Photos
import Phrases
import Recipes
import Runs
import Sessions
import Training

/// A dialog: it is drawn over the screen and receives the keys.
package enum Dialog: Equatable, Sendable {
    /// The key reference, filtered by `query`.
    case help(scroll: Int = 0, query: TextField = TextField())
    /// The command palette: every key action, by name.
    case palette(query: TextField = TextField(), chosen: Int = 0)
    case confirm(Confirmation)
    case unfreeze(layer: Int)
    case form(Form)
    /// The learning-rate finder. `chosen` is the index of the point whose rate enter applies; nil
    /// stands for the suggested rate.
    case sweep(chosen: Int?)
    /// The runs that can be drawn behind the charts.
    case runs(query: TextField = TextField(), chosen: Int = 0)
    /// An opened validation photo; an index into `shownPredictions`.
    case prediction(Int)
    /// A layer's feature maps for a photo.
    case featureMaps(layer: Int)
    /// A photo file that the user named, with its classification.
    case outsidePhoto
    /// The chosen training or validation photo, enlarged.
    case sample
    /// The network's input for the bench's photo: 0 is the photo itself, higher numbers its
    /// augmented views.
    case tensor(view: Int)
    /// The doctor's chosen finding; `copy` is an index into its files.
    case finding(copy: Int)

    /// Questions that are asked before an action that no key can undo.
    package enum Confirmation: Equatable, Sendable {
        case quit, finishStage, freeze, restoreBest, stopKeepingBest
    }
}

/// The whole state of the dashboard. Only `reduce` changes it.
package struct DashboardState: Sendable {
    package var size: Size
    package var screen = Screen.train
    package var dialog: Dialog?
    package var toast: (text: String, until: Double)?
    package var themes: [String]
    package var theme: String
    package let strings: Strings
    package let keys: KeyMap
    /// Seconds since the dashboard opened.
    var now = 0.0
    /// Writes a time in seconds since 1970 as the time of day where the user is. Nil if that is
    /// unknown: then the log has the times at which events arrived.
    package var timeOfDay: (@Sendable (Double) -> String)?

    package var status = TrainerStatus.preparing
    /// Whether training is paused or about to pause. `status` cannot tell during a validation pass.
    package var isPaused = false
    package var preparation: Preparation?
    package var context: SessionContext?
    package var learningRate = 0.0
    /// The run's epochs, best epoch, phases and marks.
    package internal(set) var timeline = RunTimeline()
    /// Changes that can be undone, the newest last.
    var undos: [Undo] = []
    /// Whether the next reported change comes from an undo and must not be added to `undos`.
    var isUndoing = false
    package var history = RunHistory()
    package var charts = ChartSettings()
    /// Another run, drawn behind this one's curves.
    package var ghost: GhostRun?
    package var log: [LogEntry] = []
    package var predictions: PredictionSet?
    /// Predictions of this epoch and the earlier ones.
    package var predictionHistory = PredictionHistory(classes: [], files: [])
    /// Metrics of the newest predictions, once they are computed.
    package var inspection: PredictionInspection?
    package var predicting = PredictionSettings()
    /// Predictions that pass the filter, in the chosen order; see `arrangePredictions`.
    package var shownPredictions: [Prediction] = []
    package var photoInspection = PhotoInspection()
    /// The user's marks and notes, by file.
    package var photoNotes: [PhotoPath: PhotoNote] = [:]
    package var outsidePhoto: OutsidePhoto?
    package var layerHistory = LayerHistory()
    package var layerMaps = LayerMaps()
    /// Earlier predictions by photo, while only changed predictions are shown.
    package var changedPhotos: [Int: Prediction] = [:]
    /// The settings that produced `shownPredictions`; nil forces a rebuild.
    package var arrangement: Arrangement?
    /// The trainer's current settings.
    package var settings: TrainerSettings?
    package var sweep: LearningRateSweep?
    /// All runs in the home folder; nil until they are listed.
    package var runs: [RunRecord]?
    package var ended: TrainerEvent.RunEnded?
    package var failure: String?
    var lastSaved: String?
    package var isQuitting = false
    /// Whether another process trains the run.
    package var isAttached = false
    /// Whether this is a replay of a recorded run, with nothing to save or to leave running.
    package var isReplay = false
    /// Whether the run is being handed over to a background process.
    package var isDetaching = false
    /// When training began and when it ended, on the clock of `now`.
    package var startedAt: Double?
    var endedAt: Double?

    package var data = DataState()
    /// The folder that holds the runs; empty if unknown.
    package var home = ""
    /// Index of the chosen photo in `data.shown`, and the seed of the augmented views.
    package var sampleCursor = 0
    package var variant: UInt64 = 0
    package var layerCursor = 100
    /// Index into `shownLayers` of the first layer on the screen.
    package var layerTop = 0
    /// The first layer that `u` unfreezes.
    package var chosenLayer = 100
    /// Index of the chosen prediction in `shownPredictions`.
    package var predictionCursor = 0
    /// Index of the chosen line in `shownLog`; nil follows the newest.
    package var logCursor: Int?
    /// List filters, by screen.
    var filters: [Screen: TextField] = [:]
    /// Whether the user is typing in the screen's filter.
    package var isFiltering = false
    /// Learning rates typed so far, the newest last.
    package var typedRates: [String] = []
    /// Photo paths typed so far, the newest last.
    var typedPaths: [String] = []
    /// The chart and the position, in epochs, where a drag began.
    var drag: (chart: ChartTarget, from: Double)?
    /// Cell and time of the previous mouse press, to detect double clicks.
    var lastPress: (column: Int, row: Int, time: Double)?

    package struct LogEntry: Sendable, Equatable {
        package var clock: String
        package var text: String
        package var isWarning: Bool
        /// Position on the charts' x axis, in epochs; nil before the first batch.
        package var position: Double?
    }

    /// A change to the run that can be undone.
    enum Undo: Sendable, Equatable {
        /// The previous learning rate.
        case rate(Double)
        /// The first layer that trained before; nil if the whole base was frozen.
        case layer(Int?)
    }

    package init(
        size: Size, themes: [String] = ["dark"], theme: String = "dark", language: Language = .english,
        keys: KeyMap = KeyMap(), preferences: DashboardPreferences = DashboardPreferences()
    ) {
        (self.size, self.themes, self.theme, self.keys) = (size, themes, theme, keys)
        strings = Strings(language)
        adopt(preferences)
    }

    /// Trainable parameters, head included, if the layers from `layer` on are unfrozen.
    package func trainableParameters(from layer: Int) -> Int {
        guard let context else { return 0 }
        return context.layers.dropFirst(max(0, layer)).reduce(context.headParameters) {
            $0 + $1.trainableParameters
        }
    }

    /// Whether the run is in progress and can continue without this dashboard.
    package var canDetach: Bool { status != .preparing && !status.isLast }

    package var elapsed: Double { startedAt.map { (endedAt ?? now) - $0 } ?? 0 }

    /// Position on the charts' x axis: epochs completed, with fractions.
    package var position: Double { timeline.position }
    package var stage: TrainerEvent.StageStarted? { timeline.stage }
    package var batch: TrainerEvent.BatchEnded? { timeline.batch }
    package var epochs: [TrainerEvent.EpochEnded] { timeline.epochs }
}

package enum DashboardAction: Sendable {
    case key(Key)
    case session(SessionEvent, clock: String)
    /// A mouse event and the target under the pointer.
    case mouse(MouseEvent, on: MouseTarget?)
    /// Text that the terminal marked as pasted.
    case paste(String)
    case tick(Double)
    case resize(Size)
    case runsListed([RunRecord], problem: String?)
    case ghostLoaded(GhostRun?, problem: String?)
    /// Theme files changed; `problem` says why one of them cannot be used.
    case themesChanged([String], problem: String?)
    case inspected(PredictionInspection)
    case inspectorAnswered(Inspector.Answer)
    case notesLoaded([PhotoPath: PhotoNote], run: String)
    case photoLoaded(String, RGBImage?, problem: String?)
    /// Background work failed; the message is for the user.
    case errandFailed(String)
    case data(DataAnswer)
    /// The training process's resource use, about once a second.
    case resources(ResourceSample)
}

/// Work that the main loop does after a reduction.
package enum Effect: Sendable, Equatable {
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
    case keepNote(PhotoNote, file: PhotoPath, run: String)
    /// Answered by `photoLoaded`, with the photo as a square of `side` pixels.
    case loadPhoto(String, side: Int)
    case askData(DataRequest)
    /// Saves the view settings for the next session.
    case remember(DashboardPreferences)
    case setTheme(String)
    case redraw
    case interrupt
    /// Leaves once the session has ended.
    case quit
    /// Hands the run over to a background process, then leaves.
    case detach
    /// Leaves at once; another process trains the run, or it is a replay.
    case leave
}
