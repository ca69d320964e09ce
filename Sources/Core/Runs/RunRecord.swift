import Foundation

/// How a run stands.
public enum RunStatus: String, Codable, Sendable, CaseIterable {
    case running, finished, stopped, interrupted, failed
}

/// What the store knows of a run; `runs list --json` prints it.
public struct RunRecord: Codable, Sendable, Equatable {
    public var run: String
    /// `interrupted` also when the process that trained it is gone without a word.
    public var status: RunStatus
    public var created: Date
    public var ended: Date?
    /// The photos and the weights, in words.
    public var data: String
    public var weights: String
    public var seed: UInt64
    public var configuration: RunConfiguration
    public var epochsDone: Int
    public var epochs: Int
    /// Of the epoch with the lowest validation loss.
    public var bestEpoch: Int?
    public var bestValidationLoss: Double?
    public var bestValidationAccuracy: Double?
    public var lastValidationLoss: Double?
    public var lastValidationAccuracy: Double?
    /// The process that trains or trained it, for messages.
    public var pid: Int
    public var host: String
    /// A person's words about the run; empty without any.
    public var note = ""
    /// In alphabetical order.
    public var tags: [String] = []
    /// Of a run that some process trains: whether front ends can attach to it (`LiveRuns.noted`).
    public var attachable: Bool?

    /// One line of JSON, keys in snake case, times in ISO 8601.
    public func jsonLine() throws -> String {
        let encoder = Checkpoint.Header.encoder()
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
