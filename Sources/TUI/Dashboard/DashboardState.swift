package import Basics
package import Canvas
package import Keys
import Network
package import Photos
package import Phrases
package import Recipes
package import Runs
package import Sessions
package import Training

/// A dialog: it is drawn over the screen and receives the keys.
package enum Dialog: Equatable, Sendable {
    /// The key reference, filtered by `query`.
    case help(scroll: Int = 0, query: TextField = TextField())
    /// The command palette: every key action, by name.
    case palette(query: TextField = TextField(), chosen: Int = 0)
    case confirm(Confirmation)
    case unfreeze(layer: Int)
    /// The run's checkpoints, one of which is to be restored. `chosen` is an index into
    /// `shownCheckpoints`; nil stands for the one kept as the best.
    case checkpoints(CheckpointPurpose, chosen: Int?)
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
    /// The histograms of a layer's weights, or of the head's (`Backbone.headLayer`).
    case histograms(layer: Int)
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
        case quit, finishStage, freeze
        /// Whether to send commands, the first of which raises the learning rate a hundredfold.
        case raiseRate(Double, then: [TrainerCommand])
        /// Whether to replace a file, with the effect that does.
        case replaceFile(String, by: Effect)
    }
}

/// The whole state of the dashboard: the parts that own it, and what they share. Only `reduce`
/// changes it.
package struct DashboardState: Sendable {
    package var size: Size
    package var screen = Screen.train
    package var dialog: Dialog?
    package var toast: (text: String, until: Double)?
    package let strings: Strings
    package let keys: KeyMap
    /// Seconds since the dashboard opened.
    var now = 0.0
    /// Writes a time in seconds since 1970 as the time of day where the user is. Nil if that is
    /// unknown: then the log has the times at which events arrived.
    package var timeOfDay: (@Sendable (Double) -> String)?
    /// The folder that holds the runs; empty if unknown.
    package var home = ""
    /// The processor's units for bfloat16, until a new run that leaves them idle has been told of them;
    /// nil without any.
    package var unusedUnits: String?
    /// The run's photos, layers and recipe; nil until it is prepared.
    package var context: SessionContext?

    package var run = RunState()
    package var departure = Departure()
    package var charts = ChartState()
    package var data = DataState()
    package var model = ModelState()
    package var predictions = PredictionsState()
    package var log = LogState()
    package var runs = RunsState()
    package var outside = OutsidePhotos()
    package var themes: ThemeChoice
    package var filters = ListFilters()
    var pointer = PointerState()
    /// Answers of the inspector so far, to number them.
    var answers = 0

    package init(
        size: Size, themes: [String] = ["dark"], theme: String = "dark", language: Language = .english,
        keys: KeyMap = KeyMap(), preferences: DashboardPreferences = DashboardPreferences()
    ) {
        (self.size, self.themes, self.keys) = (size, ThemeChoice(names: themes, chosen: theme), keys)
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
    package var canDetach: Bool { run.status != .preparing && !run.status.isLast }

    package var elapsed: Double { run.startedAt.map { (run.endedAt ?? now) - $0 } ?? 0 }

    /// Position on the charts' x axis: epochs completed, with fractions.
    package var position: Double { run.timeline.position }
    package var stage: TrainerEvent.StageStarted? { run.timeline.stage }
    package var batch: TrainerEvent.BatchEnded? { run.timeline.batch }
    package var epochs: [TrainerEvent.EpochEnded] { run.timeline.epochs }
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
    /// A message to show.
    case told(String)
    /// The session that was asked for cannot be shown.
    case sessionRefused(UserError)
    /// A run has branched off; nil if it could not.
    case branched(String?, problem: UserError?)
    /// Validation accuracies of runs, epoch by epoch.
    case curvesLoaded([String: [Double]])
    /// A file was written.
    case wrote(String)
    /// No file was written, because there is one already; the effect replaces it.
    case fileIsThere(String, again: Effect)
    case checkpointsListed([CheckpointEntry], run: String)
    case runsListed([RunRecord], problem: UserError?)
    case ghostLoaded(GhostRun?, problem: UserError?)
    /// Theme files changed; `problem` says why one of them cannot be used.
    case themesChanged([String], problem: UserError?)
    /// The picture of a screen was written to this path.
    case screenSaved(String)
    case inspected(PredictionInspection)
    case inspectorAnswered(Inspector.Answer)
    case notesLoaded([PhotoPath: PhotoNote], run: String)
    case photoLoaded(String, RGBImage?, problem: UserError?)
    /// The path named a folder, with these photos.
    case photosFound(folder: String, [String], problem: UserError?)
    case pathCompleted(typed: String, PhotoPathCompletion)
    /// Background work failed.
    case errandFailed(UserError)
    case data(DataAnswer)
    /// The training process's resource use, about once a second.
    case resources(ResourceSample)
}

/// Work that the main loop does after a reduction.
package enum Effect: Sendable, Equatable {
    case send(TrainerCommand)
    /// Answered by `runsListed`.
    case listRuns
    /// Shows another session in place of this one, which is handed over to a background process if
    /// this one trains it.
    case openSession(SessionRequest)
    /// Answered by `curvesLoaded`.
    case loadCurves(runs: [String])
    /// Sets a run's note and tags; answered by `runsListed`.
    case annotate(run: String, note: String, tags: [String])
    /// Answered by `branched`.
    case branch(run: String, from: CheckpointChoice, RunChanges)
    /// Answered by `wrote` or `fileIsThere`, as is `writeReport`.
    case exportWeights(run: String, CheckpointChoice, path: String, replacing: Bool = false)
    case writeReport(run: String, path: String, replacing: Bool = false)
    /// Answered by `checkpointsListed`.
    case listCheckpoints(run: String)
    /// Answered by `ghostLoaded`.
    case loadGhost(run: String)
    /// Answered by `inspected`.
    case inspect(PredictionSet, classes: Int)
    /// Answered by `inspectorAnswered`.
    case ask(Inspector.Request)
    /// Answered by `notesLoaded`.
    case loadNotes(run: String)
    case keepNote(PhotoNote, file: PhotoPath, run: String)
    /// Answered by `photoLoaded`, with the photo as a square of `side` pixels, or by `photosFound`.
    case loadPhoto(String, side: Int)
    /// Answered by `pathCompleted`.
    case completePath(String)
    case askData(DataRequest)
    /// Tells a person who looks elsewhere.
    case notify(String)
    /// Saves the view settings for the next session.
    case remember(DashboardPreferences)
    case setTheme(String)
    /// Saves the frame as an SVG of this name; answered by `screenSaved`.
    case saveScreen(named: String)
    case redraw
    case interrupt
    /// Leaves once the session has ended.
    case quit
    /// Hands the run over to a background process, then leaves.
    case detach
    /// Leaves at once; another process trains the run, or it is a replay.
    case leave
}
