package import Foundation
package import Recipes

/// The status of a run.
package enum RunStatus: String, Codable, Sendable, CaseIterable {
    case running, finished, stopped, interrupted, failed
}

/// The record of a run in an index, as printed by `runs list --json`.
package struct RunRecord: Codable, Sendable, Equatable {
    package var run: String
    /// `interrupted` also if the process that trained the run is gone without recording an end.
    package var status: RunStatus
    package var created: Date
    package var ended: Date?
    /// The photo folder, and the origin of the weights in words.
    package var data: String
    package var weights: String
    package var seed: UInt64
    package var recipe: Recipe
    package var epochsDone: Int
    package var epochs: Int
    /// The epoch with the lowest validation loss; the loss and accuracy after it are those of that
    /// epoch.
    package var bestEpoch: Int?
    package var bestValidationLoss: Double?
    package var bestValidationAccuracy: Double?
    /// The epoch with the highest validation accuracy.
    package var mostAccurateEpoch: Int?
    package var highestValidationAccuracy: Double?
    package var lastValidationLoss: Double?
    package var lastValidationAccuracy: Double?
    /// Number of validation photos; nil if it was not recorded.
    package var validationImages: Int?
    /// The process that trains the run or trained it last, for messages.
    package var pid: Int
    package var host: String
    /// A person's note on the run; empty if there is none.
    package var note = ""
    /// In alphabetical order.
    package var tags: [String] = []
    /// Whether front ends can attach, for a run that is being trained (`LiveRuns.noted`).
    package var attachable: Bool?

    private enum CodingKeys: String, CodingKey {
        case run, status, created, ended, data, weights, seed
        case recipe = "configuration"
        case epochsDone, epochs, bestEpoch, bestValidationLoss, bestValidationAccuracy, mostAccurateEpoch,
            highestValidationAccuracy, lastValidationLoss,
            lastValidationAccuracy, validationImages, pid, host, note, tags, attachable
    }

    package init(
        run: String, status: RunStatus, created: Date, ended: Date?, data: String, weights: String,
        seed: UInt64, recipe: Recipe, epochsDone: Int, epochs: Int, bestEpoch: Int?,
        bestValidationLoss: Double?, bestValidationAccuracy: Double?, mostAccurateEpoch: Int? = nil,
        highestValidationAccuracy: Double? = nil, lastValidationLoss: Double?,
        lastValidationAccuracy: Double?, validationImages: Int? = nil, pid: Int, host: String,
        note: String = "", tags: [String] = []
    ) {
        (self.run, self.status, self.created, self.ended) = (run, status, created, ended)
        (self.data, self.weights, self.seed, self.recipe) = (data, weights, seed, recipe)
        (self.epochsDone, self.epochs, self.bestEpoch) = (epochsDone, epochs, bestEpoch)
        self.bestValidationLoss = bestValidationLoss
        self.bestValidationAccuracy = bestValidationAccuracy
        (self.mostAccurateEpoch, self.highestValidationAccuracy) = (
            mostAccurateEpoch, highestValidationAccuracy
        )
        self.lastValidationLoss = lastValidationLoss
        (self.lastValidationAccuracy, self.validationImages) = (lastValidationAccuracy, validationImages)
        (self.pid, self.host, self.note, self.tags) = (pid, host, note, tags)
    }

    /// The 95 % interval of the highest validation accuracy; nil if there is none.
    package var interval: ClosedRange<Double>? {
        guard let validationImages, let highestValidationAccuracy else { return nil }
        return Proportion(accuracy: highestValidationAccuracy, of: validationImages)?.interval
    }

    /// Returns one line of JSON, with keys in snake case and times in ISO 8601.
    package func jsonLine() throws -> String {
        let encoder = Checkpoint.Header.encoder()
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
