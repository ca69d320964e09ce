import Basics
package import Foundation
package import Network

/// A checkpoint's description of itself, as JSON in its metadata under `metadataKey`.
package struct CheckpointHeader: Sendable, Equatable {
    package static let currentVersion = 1
    package static let metadataKey = "flowers_tui"

    /// Version of the format.
    package var version = CheckpointHeader.currentVersion
    /// The run's id, such as `0042`.
    package var run: String
    package var recipe: Recipe
    /// Class names in the order of the head's units.
    package var classes: [String]
    /// The photo folder, and the origin of the run's first weights in words.
    package var data: String
    package var weights: String
    package var state: RecipeState
    package var progress: RunProgress
    /// `Dataset.fingerprint` of the photos; nil in files of older versions.
    package var photos: String?

    package init(
        run: String, recipe: Recipe, classes: [String], data: String, weights: String,
        state: RecipeState, progress: RunProgress, photos: String? = nil
    ) {
        (self.state, self.photos) = (state, photos)
        (self.run, self.recipe, self.classes) = (run, recipe, classes)
        (self.data, self.weights, self.progress) = (data, weights, progress)
    }
}

extension CheckpointHeader: Codable {
    private enum Key: String, CodingKey {
        case version, run, configuration, classes, data, weights, progress, photos
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        version = try values.decode(Int.self, forKey: .version)
        run = try values.decode(String.self, forKey: .run)
        recipe = try values.decode(Recipe.self, forKey: .configuration)
        classes = try values.decode([String].self, forKey: .classes)
        data = try values.decode(String.self, forKey: .data)
        weights = try values.decode(String.self, forKey: .weights)
        let saved = try values.decode(SavedProgress.self, forKey: .progress)
        (state, progress) = (saved.state(recipe), saved.progress)
        photos = try values.decodeIfPresent(String.self, forKey: .photos)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(version, forKey: .version)
        try values.encode(run, forKey: .run)
        try values.encode(recipe, forKey: .configuration)
        try values.encode(classes, forKey: .classes)
        try values.encode(data, forKey: .data)
        try values.encode(weights, forKey: .weights)
        try values.encode(SavedProgress(state, progress), forKey: .progress)
        try values.encodeIfPresent(photos, forKey: .photos)
    }
}

extension CheckpointHeader {
    /// Reads the header from a file's metadata; nil if the file has none.
    ///
    /// - Throws: `CheckpointFailure` if it is from a newer version or cannot be read.
    package init?(metadata: [String: String], path: String) throws {
        guard let text = metadata[Self.metadataKey] else { return nil }
        struct Version: Decodable { var version: Int }
        let version = try? Self.decoder().decode(Version.self, from: Data(text.utf8)).version
        if let version, version > Self.currentVersion {
            throw CheckpointFailure(path, .newer(format: version))
        }
        do {
            self = try Self.decoder().decode(Self.self, from: Data(text.utf8))
        } catch {
            throw CheckpointFailure(path, .headerUnreadable)
        }
        guard recipe.isPlausible, state.isPlausible, progress.isPlausible else {
            throw CheckpointFailure(path, .impossibleNumbers)
        }
    }

    /// Whether a file with this metadata is a checkpoint.
    ///
    /// - Throws: `CheckpointFailure` if it is one that cannot be used.
    package static func isIn(_ metadata: [String: String], _ path: String) throws -> Bool {
        try Self(metadata: metadata, path: path) != nil
    }

    /// Returns `isIn` for weights of a base: those of another whose tensors have the same shapes, but which
    /// computes otherwise, are refused.
    package static func isIn(for architecture: Architecture) -> WeightsFile.MetadataCheck {
        { metadata, path in
            guard let header = try Self(metadata: metadata, path: path) else { return false }
            let own = header.recipe.architecture
            guard own.padding == architecture.padding else {
                throw CheckpointFailure(path, .otherModel(own, wanted: architecture))
            }
            return true
        }
    }

    /// Reads only the header of a file.
    ///
    /// - Throws: `CheckpointFailure` if the file is not a checkpoint.
    package static func load(_ path: String) throws -> CheckpointHeader {
        guard let header = try Self(metadata: Safetensors.readMetadata(path), path: path) else {
            throw CheckpointFailure(path, .noCheckpoint)
        }
        return header
    }

    package static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return encoder
    }

    package static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return decoder
    }
}
