import Basics
import Foundation
import Photos
import Phrases
import Recipes
import Runs
import Store

/// The data for a report on a recorded run.
struct RunReport {
    let folder: RunFolder
    let record: RunRecord
    let header: Checkpoint.Header
    let events: [TrainerEvent]
    let timeline: RunTimeline
    /// Nil for runs of older versions, which kept no predictions.
    let history: PredictionHistory?
    /// The epoch whose predictions are shown, counted from 1: the last or the best.
    let shownEpoch: Int
    let system: SystemDescription?
    let usesBest: Bool
    let language: Language
    /// The checkpoint with the weights of the epoch shown.
    let checkpoint: String
    /// The folder of the run's photos.
    var photos: String

    /// - Parameters:
    ///   - best: whether to show the best epoch, if there is one, instead of the last. A run that
    ///     was ended with its best epoch always shows that one.
    ///   - measure: what makes an epoch the best; nil for the run's own measure.
    /// - Throws: `UserError` if there is no such run or it has no completed epoch.
    init(
        run id: String, home: String, best: Bool, by measure: BestMeasure? = nil,
        language: Language = .english
    ) throws {
        self.language = language
        folder = try RunFolder.find(home: home, id: id)
        record = try RunStore(home: home, .reading).show(folder.id).run
        header = try Checkpoint.Header.load(folder.last)
        events = EventLog.read(folder.events).filter(Self.isSound)
        timeline = RunTimeline(events)
        guard let last = timeline.epochs.last else {
            throw UserError(
                "Run \(folder.id) has no completed epoch to report on: let it train to the end of one.")
        }
        history = try? PredictionHistory(run: folder)
        let keptBest = events.contains {
            if case .commandApplied(let applied) = $0 { applied.command == .stopKeepingBest } else { false }
        }
        let shown = best || keptBest ? timeline.best(by: measure ?? header.recipe.bestMeasure) : nil
        usesBest = shown != nil
        let kept = usesBest ? (try? folder.checkpoint(.best(measure)))?.path : nil
        checkpoint = kept ?? (usesBest ? folder.best : folder.last)
        photos = header.data
        shownEpoch = (shown ?? last).epoch + 1
        system = SystemDescription.load(from: folder)
    }

    /// Whether an event's numbers can be drawn; a log from elsewhere may hold anything.
    private static func isSound(_ event: TrainerEvent) -> Bool {
        let sound = 0...Int(Int32.max)
        return switch event {
        case .batchEnded(let batch):
            sound.contains(batch.epoch) && sound.contains(batch.step) && sound.contains(batch.steps)
        case .epochEnded(let epoch): sound.contains(epoch.epoch)
        case .commandApplied(let applied): sound.contains(applied.epoch) && sound.contains(applied.step)
        case .stageStarted(let stage): sound.contains(stage.epoch)
        case .runStarted, .checkpointSaved, .warning, .runEnded: true
        }
    }

    var epochs: [TrainerEvent.EpochEnded] { timeline.epochs }
    var classes: [String] { header.classes }
    var shown: PredictionHistory.Epoch? { history?[shownEpoch] }
    var predictions: [Prediction] { history?.set(shownEpoch)?.predictions ?? [] }
    var calibration: Calibration { Calibration(predictions, classes: classes.count) }

    /// The temperature that calibrates the predictions, and their calibration with it; nil if they are
    /// better left as they are.
    var scaling: (temperature: Double, calibration: Calibration)? {
        guard let scaling = TemperatureScaling(fitting: predictions, classes: classes.count) else {
            return nil
        }
        let scaled = Calibration(predictions.map { scaling($0) }, classes: classes.count)
        return scaling.helps(from: calibration, to: scaled) ? (scaling.temperature, scaled) : nil
    }

    /// Returns the wrong predictions with the highest confidence.
    func worst(_ count: Int) -> [Prediction] {
        Array(
            predictions.filter { $0.isUsable(classes: classes.count) && !$0.isCorrect }
                .sorted { ($1.confidence, $0.photo) < ($0.confidence, $1.photo) }.prefix(count))
    }

    /// The path of a photo; nil if its name would lead out of the data folder.
    func file(_ photo: Int) -> String? {
        guard let history, history.files.indices.contains(photo) else { return nil }
        let name = history.files[photo].text
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return name.hasPrefix("/") || parts.contains("..") || name.contains("\0")
            ? nil : "\(photos)/\(name)"
    }

    func name(_ label: Int) -> String {
        classes.indices.contains(label) ? classes[label] : language("class \(label)", "类别 \(label)")
    }
}

extension Language {
    /// Returns the text of this language.
    func callAsFunction(_ english: String, _ simplifiedChinese: String) -> String {
        switch self {
        case .english: english
        case .simplifiedChinese: simplifiedChinese
        }
    }
}
