import Canvas
import Foundation
import Photos
import Recipes
import Runs

/// A run as messages of event files, in Keras' layout: one file for the training, one for the
/// validation, and one for the run itself.
///
/// Tags are those of `keras.callbacks.TensorBoard` where it has them. Epochs count from 0, batches
/// from 1 over the whole run.
struct RunEvents {
    enum Stream: String, CaseIterable {
        case run = ""
        case train, validation
    }

    struct Record: Equatable {
        var stream: Stream
        var tag: String
        var step: Int
        /// Seconds since 1970.
        var time: Double
        var message: EventMessage

        /// Whether a file that lacks it is still the whole log of its run: pictures depend on files
        /// that may be gone, and a run that goes on has not ended.
        var isOptional: Bool { RunEvents.optionalTags.contains(tag) }
    }

    static let optionalTags: Set = [
        "photos", "augmented_photos", "confusion_matrix", EventMessage.endTag, "",
    ]

    private let recipe: Recipe
    private var classes: [String] = []
    private var hasBegun = false
    private var stepsPerEpoch = 0
    private var learningRate = 0.0

    init(_ recipe: Recipe) { self.recipe = recipe }

    /// Returns the messages for an event, in their order.
    ///
    /// - Parameter confusion: that of the epoch that ended, if it is known.
    mutating func records(
        _ event: TrainerEvent, time: Double, confusion: ConfusionMatrix? = nil
    ) -> [Record] {
        switch event {
        case .runStarted(let started): return begin(started, time)
        case .stageStarted(let started):
            learningRate = started.learningRate
            return []
        case .batchEnded(let batch):
            (stepsPerEpoch, learningRate) = (batch.steps, batch.learningRate)
            return [
                scalar(.train, "batch_loss", batch.batchLoss, step: step(batch.epoch, batch.step), time)
            ]
        case .epochEnded(let epoch): return end(epoch, time, confusion)
        case .commandApplied(let applied) where applied.command.isChange:
            let text = Self.table([
                ["change", "from", "to", "by", "epoch", "batch"],
                [
                    Self.name(applied.command), applied.before ?? "", applied.after ?? "",
                    (applied.by ?? .key).rawValue, "\(applied.epoch + 1)", "\(applied.step)",
                ],
            ])
            return [
                Record(
                    stream: .run, tag: "changes", step: step(applied.epoch, applied.step), time: time,
                    message: .text(text))
            ]
        case .runEnded(let end):
            // It goes on.
            if end.reason == .interrupted { return [] }
            return [
                Record(
                    stream: .run, tag: EventMessage.endTag, step: 0, time: time,
                    message: .end(succeeded: end.reason != .failed, time))
            ]
        case .commandApplied, .checkpointSaved, .warning: return []
        }
    }

    private mutating func begin(_ started: TrainerEvent.RunStarted, _ time: Double) -> [Record] {
        // A run that goes on starts again.
        if hasBegun { return [] }
        (hasBegun, classes) = (true, started.classes)
        let settings = Self.settings(recipe)
        let facts = [
            ["run", started.run], ["photos", started.data], ["weights", started.weights],
            ["training photos", "\(started.trainImages)"],
            ["validation photos", "\(started.validationImages)"],
            ["classes", started.classes.joined(separator: ", ")],
        ]
        let rows = settings.sorted { $0.key < $1.key }.map { [$0.key, "\($0.value)"] }
        return [
            Record(
                stream: .run, tag: EventMessage.settingsTag, step: 0, time: time,
                message: .settings(settings, start: time)),
            Record(
                stream: .run, tag: "settings", step: 0, time: time,
                message: .text(Self.table([["setting", "value"]] + facts + rows))),
        ]
    }

    private func end(
        _ epoch: TrainerEvent.EpochEnded, _ time: Double, _ confusion: ConfusionMatrix?
    ) -> [Record] {
        var result = [
            scalar(.train, "epoch_loss", epoch.trainLoss, step: epoch.epoch, time),
            scalar(.train, "epoch_accuracy", epoch.trainAccuracy, step: epoch.epoch, time),
            scalar(.train, "epoch_learning_rate", learningRate, step: epoch.epoch, time),
            scalar(.validation, "epoch_loss", epoch.validationLoss, step: epoch.epoch, time),
            scalar(.validation, "epoch_accuracy", epoch.validationAccuracy, step: epoch.epoch, time),
        ]
        if let confusion, confusion.classes == classes.count {
            let picture = MatrixPicture.draw(confusion, classes)
            result.append(Self.picture(picture, "confusion_matrix", step: epoch.epoch, time))
        }
        return result
    }

    static func picture(
        _ picture: RGBImage, _ tag: String, in stream: Stream = .validation, step: Int, _ time: Double
    ) -> Record {
        Record(
            stream: stream, tag: tag, step: step, time: time,
            message: .picture(picture.png(), width: picture.width, height: picture.height))
    }

    private func scalar(
        _ stream: Stream, _ tag: String, _ value: Double, step: Int, _ time: Double
    ) -> Record {
        Record(stream: stream, tag: tag, step: step, time: time, message: .scalar(Float(value)))
    }

    private func step(_ epoch: Int, _ step: Int) -> Int { epoch * stepsPerEpoch + step }

    /// The command's name in the JSON stream.
    private static func name(_ command: TrainerCommand) -> String {
        let json = (try? JSONEncoder().encode(command)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return String(json.split(separator: "\"").dropFirst().first ?? "").replacing("_", with: " ")
    }

    /// A table in Markdown; its first row is the head.
    private static func table(_ rows: [[String]]) -> String {
        let lines = rows.map { row in
            "| "
                + row.map { $0.replacing("|", with: "\\|").replacing("\n", with: " ") }.joined(
                    separator: " | ")
                + " |"
        }
        let rule = "|" + String(repeating: " --- |", count: rows[0].count)
        return ([lines[0], rule] + lines.dropFirst()).joined(separator: "\n")
    }

    /// A recipe's settings by their names in `config.json`.
    private static func settings(_ recipe: Recipe) -> [String: EventMessage.Setting] {
        guard let json = try? Checkpoint.Header.encoder().encode(recipe),
            let values = try? JSONDecoder().decode([String: Value].self, from: json)
        else { return [:] }
        return values.compactMapValues(\.setting)
    }

    private struct Value: Decodable {
        /// Nil for a value of several parts.
        var setting: EventMessage.Setting?

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let flag = try? value.decode(Bool.self) {
                setting = .flag(flag)
            } else if let number = try? value.decode(Double.self) {
                setting = .number(number)
            } else if let text = try? value.decode(String.self) {
                setting = .text(text)
            }
        }
    }
}

extension EventMessage.Setting: CustomStringConvertible {
    package var description: String {
        switch self {
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        case .flag(let flag): "\(flag)"
        case .text(let text): text
        }
    }
}
