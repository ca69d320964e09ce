import Foundation

extension TrainerEvent: Codable {
    /// The event's name in the JSON stream, the value of its key `event`.
    package var name: String { Kind(self).rawValue }

    /// Returns one line of the JSON stream without the newline: an object with snake-case keys,
    /// sorted.
    package func jsonLine() throws -> String {
        String(decoding: try Self.encoder().encode(self), as: UTF8.self)
    }

    /// - Throws: `DecodingError` if the line is not an event or contains impossible numbers.
    package init(jsonLine line: some StringProtocol) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        self = try decoder.decode(TrainerEvent.self, from: Data(line.utf8))
        guard isPlausible else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "impossible numbers"))
        }
    }

    static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return encoder
    }

    private enum Key: String, CodingKey { case event }

    private enum Kind: String, Codable {
        case runStarted = "run_started"
        case stageStarted = "stage_started"
        case batchEnded = "batch_ended"
        case epochEnded = "epoch_ended"
        case commandApplied = "command_applied"
        case checkpointSaved = "checkpoint_saved"
        case warning
        case runEnded = "run_ended"

        init(_ event: TrainerEvent) {
            self =
                switch event {
                case .runStarted: .runStarted
                case .stageStarted: .stageStarted
                case .batchEnded: .batchEnded
                case .epochEnded: .epochEnded
                case .commandApplied: .commandApplied
                case .checkpointSaved: .checkpointSaved
                case .warning: .warning
                case .runEnded: .runEnded
                }
        }
    }

    package init(from decoder: any Decoder) throws {
        let kind = try decoder.container(keyedBy: Key.self).decode(Kind.self, forKey: .event)
        switch kind {
        case .runStarted: self = .runStarted(try RunStarted(from: decoder))
        case .stageStarted: self = .stageStarted(try StageStarted(from: decoder))
        case .batchEnded: self = .batchEnded(try BatchEnded(from: decoder))
        case .epochEnded: self = .epochEnded(try EpochEnded(from: decoder))
        case .commandApplied: self = .commandApplied(try CommandApplied(from: decoder))
        case .checkpointSaved: self = .checkpointSaved(try CheckpointSaved(from: decoder))
        case .warning: self = .warning(try Warning(from: decoder))
        case .runEnded: self = .runEnded(try RunEnded(from: decoder))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Kind(self), forKey: .event)
        switch self {
        case .runStarted(let value): try value.encode(to: encoder)
        case .stageStarted(let value): try value.encode(to: encoder)
        case .batchEnded(let value): try value.encode(to: encoder)
        case .epochEnded(let value): try value.encode(to: encoder)
        case .commandApplied(let value): try value.encode(to: encoder)
        case .checkpointSaved(let value): try value.encode(to: encoder)
        case .warning(let value): try value.encode(to: encoder)
        case .runEnded(let value): try value.encode(to: encoder)
        }
    }
}
