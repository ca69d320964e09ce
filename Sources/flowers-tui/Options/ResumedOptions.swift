import ArgumentParser
import Basics
import Foundation
import Network
import Photos
import Recipes
import Runs

/// The options of a run that goes on: it keeps the settings that it was made with, so an option that
/// says otherwise would be ignored.
enum ResumedOptions {
    /// Options that are named otherwise than their setting in `config.json`.
    private static let names = [
        "divergence_guard": ["--no-divergence-guard"], "keep_checkpoints": ["--keep"],
        "preset": ["--recipe"], "augmentation": ["--augmentation", "--rand-augment", "--cutmix"],
    ]

    /// Finds the options on a command line that contradict the run.
    ///
    /// - Parameters:
    ///   - given: the settings that the command line makes.
    ///   - arguments: the command line, which says which of them were given at all.
    /// - Throws: `ValidationError` that names them.
    static func check(
        _ given: Recipe, against folder: RunFolder,
        arguments: [String] = Array(CommandLine.arguments.dropFirst())
    ) throws {
        let (new, old) = (try values(given), try values(recorded(folder)))
        let contradictions = Set(new.keys).union(old.keys).sorted().compactMap { key -> String? in
            let options = names[key] ?? ["--" + key.replacing("_", with: "-")]
            // Photos may have moved; whether they are the same is seen once they are listed.
            guard key != "data", new[key] != old[key],
                let option = options.first(where: { isGiven($0, in: arguments) })
            else { return nil }
            return "\(option) (\(old[key].map { "the run has \($0)" } ?? "the run has none"))"
        }
        guard contradictions.isEmpty else {
            throw ValidationError(
                "Run \(folder.id) goes on with the settings that it was made with, so this cannot be given: "
                    + "\(contradictions.joined(separator: ", ")). Leave it out, or make a run of other settings "
                    + "from this one: flowers-tui runs branch \(folder.id).")
        }
    }

    /// Whether an option stands on the command line, and not only in the configuration file.
    static func isGiven(
        _ option: String, in arguments: [String] = Array(CommandLine.arguments.dropFirst())
    ) -> Bool {
        arguments.contains { $0 == option || $0.hasPrefix(option + "=") }
    }

    /// Returns the recipe that a run was made with.
    static func recorded(_ folder: RunFolder) throws -> Recipe {
        try (try? CheckpointHeader.load(folder.last).recipe) ?? folder.loadRecipe()
    }

    /// Returns a recipe's settings by their names in `config.json`, as text.
    private static func values(_ recipe: Recipe) throws -> [String: String] {
        var whole = recipe
        // Older runs leave these to the standard.
        whole.divergenceGuard = recipe.divergenceGuard ?? true
        whole.keepCheckpoints = recipe.checkpoints.keep
        whole.model = recipe.architecture
        whole.preset = recipe.preset ?? .notebook
        (whole.schedule, whole.bestBy) = (recipe.schedule ?? .constant, recipe.bestMeasure)
        whole.precision = recipe.basePrecision
        whole.imageFormats = recipe.reading.formats
        whole.exifOrientation = recipe.reading.orientation
        whole.exclude = recipe.exclude.map(UserPath.absolute)
        whole.weights = recipe.weights.map(UserPath.absolute)
        whole.continueFrom = recipe.continueFrom.map(UserPath.absolute)
        let object =
            try JSONSerialization.jsonObject(with: Data(try jsonLine(whole).utf8)) as? [String: Any] ?? [:]
        return object.mapValues { value in
            guard value is [String: Any],
                let data = try? JSONSerialization.data(withJSONObject: value, options: .sortedKeys)
            else { return "\(value)" }
            return String(decoding: data, as: UTF8.self)
        }
    }
}
