import Foundation

/// The status of a run.
public enum RunStatus: String, Codable, Sendable, CaseIterable {
    case running, finished, stopped, interrupted, failed
}

/// The store's record of a run, as printed by `runs list --json`.
public struct RunRecord: Codable, Sendable, Equatable {
    public var run: String
    /// `interrupted` also if the process that trained the run is gone without recording an end.
    public var status: RunStatus
    public var created: Date
    public var ended: Date?
    /// The photo folder, and the origin of the weights in words.
    public var data: String
    public var weights: String
    public var seed: UInt64
    public var configuration: RunConfiguration
    public var epochsDone: Int
    public var epochs: Int
    /// The epoch with the lowest validation loss.
    public var bestEpoch: Int?
    public var bestValidationLoss: Double?
    public var bestValidationAccuracy: Double?
    public var lastValidationLoss: Double?
    public var lastValidationAccuracy: Double?
    /// The process that trains the run or trained it last, for messages.
    public var pid: Int
    public var host: String
    /// A person's note on the run; empty if there is none.
    public var note = ""
    /// In alphabetical order.
    public var tags: [String] = []
    /// Whether front ends can attach, for a run that is being trained (`LiveRuns.noted`).
    public var attachable: Bool?

    /// Returns one line of JSON, with keys in snake case and times in ISO 8601.
    public func jsonLine() throws -> String {
        let encoder = Checkpoint.Header.encoder()
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
