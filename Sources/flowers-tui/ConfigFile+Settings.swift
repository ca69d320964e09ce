import Foundation
import Keys
import Network
import Recipes

/// The settings that the file may have, and a file with all of them.
extension ConfigFile {
    /// A setting of the file, named like its option with `_` for `-`.
    struct Entry {
        let key: String
        /// The default value in TOML; nil if there is none to show.
        let standard: String?
        let comment: String
        /// Whether only the dashboard has this option.
        var isForDashboard = false

        var option: String { "--" + key.replacing("_", with: "-") }
    }

    static let entries: [Entry] = {
        let recipe = Recipe()
        return [
            Entry(
                key: "data", standard: nil,
                comment: "Folder with one folder of photos per class; the flowers otherwise."),
            Entry(
                key: "image_formats", standard: "\"keras\"",
                comment:
                    "Files that are photos: keras (JPEG, PNG, BMP, GIF) or all (also WebP, HEIC, AVIF, TIFF)."
            ),
            Entry(
                key: "exif_orientation", standard: "\"ignore\"",
                comment: "The orientation that EXIF notes: ignore, as Keras does, or apply."),
            Entry(key: "exclude", standard: nil, comment: "List of photos to leave out, one path a line."),
            Entry(key: "weights", standard: nil, comment: "Weights file (default: ImageNet's)."),
            Entry(
                key: "demo", standard: "false",
                comment: "Use random weights if none can be fetched."),
            Entry(
                key: "recipe", standard: "\"notebook\"",
                comment: "Settings to begin with: notebook, or best, which predicts better and takes longer."),
            Entry(
                key: "epochs", standard: "\(recipe.epochs)",
                comment: "Epochs of stage 1, the head on the frozen base."),
            Entry(
                key: "fine_tune_epochs", standard: "\(recipe.fineTuneEpochs)",
                comment: "Epochs of stage 2, fine-tuning."),
            Entry(
                key: "fine_tune_at", standard: "\(recipe.fineTuneAt)",
                comment: "First layer of the base that trains in stage 2, by number or name."),
            Entry(
                key: "learning_rate", standard: "\(recipe.learningRate)", comment: "Adam's rate in stage 1."),
            Entry(
                key: "fine_tune_learning_rate", standard: "\(recipe.fineTuneLearningRate)",
                comment: "Adam's rate in stage 2."),
            Entry(key: "batch_size", standard: "\(recipe.batchSize)", comment: "Photos per step."),
            Entry(
                key: "scale_rate", standard: "\"none\"",
                comment: "How the rates follow the photos per step: none, or linear, with a warm-up."),
            Entry(
                key: "validation_split", standard: "\(recipe.validationSplit)",
                comment: "Fraction of the photos kept for validation."),
            Entry(
                key: "test_split", standard: nil,
                comment: "Fraction of the photos kept for a test by the best weights at the end."),
            Entry(key: "stratify", standard: "false", comment: "Divide each class for itself."),
            Entry(
                key: "given_split", standard: "false",
                comment: "Take training, validation and test photos from the folders train, val and test."),
            Entry(
                key: "balanced_sampling", standard: "false",
                comment: "Draw all classes alike often in training, whatever their sizes."),
            Entry(
                key: "dropout", standard: "\(recipe.dropout)",
                comment: "Fraction of the features dropped in training."),
            Entry(
                key: "early_stop", standard: nil,
                comment: "End a stage after this many epochs without a lower validation loss."),
            Entry(
                key: "reduce_on_plateau", standard: nil,
                comment:
                    "Divide the learning rate by 10 after this many epochs without a lower validation loss."),
            Entry(
                key: "no_divergence_guard", standard: "false",
                comment: "Continue when the loss diverges, instead of pausing or failing."),
            Entry(
                key: "schedule", standard: "\"constant\"",
                comment:
                    "How the learning rate moves within a stage: constant, cosine, step:EPOCHS:FACTOR, warm-up:BATCHES or warm-up-cosine:BATCHES."
            ),
            Entry(
                key: "class_weights", standard: nil,
                comment: "Weights of the classes in the loss: \"balanced\", or a JSON file."),
            Entry(
                key: "label_smoothing", standard: nil,
                comment: "Share of the target that is spread evenly over the classes in training."),
            Entry(
                key: "weight_decay", standard: nil,
                comment: "Weight decay of the kernels that train, as AdamW's."),
            Entry(
                key: "augmentation", standard: "\"flips,rotation:0.2,zoom:0.2\"",
                comment:
                    "Random changes of the training photos; also crop:0.5, color:0.3, mixup:0.2. What is not named is off."
            ),
            Entry(
                key: "rand_augment", standard: nil,
                comment: "Also so many random operations of such a magnitude on each training photo: \"2,9\"."
            ),
            Entry(
                key: "cutmix", standard: nil,
                comment:
                    "Also replace a part of each training photo with one of another, with shares from Beta(A, A): 1.0."
            ),
            Entry(
                key: "ema", standard: nil,
                comment: "Decay of an average of the weights, which is validated and kept: 0.999."),
            Entry(
                key: "rate_decay", standard: nil,
                comment: "Factor of the learning rate from each block of the base to the one below it: 0.9."),
            Entry(
                key: "tta", standard: "\"none\"",
                comment: "Views that the final evaluation averages: none, or flip for the mirror image too."),
            Entry(
                key: "precision", standard: "\"float32\"",
                comment:
                    "Precision of the base: float32, bfloat16, or auto for bfloat16 where the processor has the units."
            ),
            Entry(
                key: "save_every", standard: nil,
                comment: "Also save within epochs: every so many batches (200), \"60s\" or \"5m\"."
            ),
            Entry(
                key: "keep", standard: "\(recipe.checkpoints.keep)",
                comment: "Checkpoints to keep in addition to the last and the best."),
            Entry(
                key: "best_by", standard: "\"loss\"",
                comment: "What makes an epoch the best: loss (lowest) or accuracy (highest)."),
            Entry(
                key: "model", standard: "\"\(recipe.architecture.rawValue)\"",
                comment: "Base of the network: mobilenet-v2, mobilenet-v2-0.35, …, efficientnet-lite4."),
            Entry(
                key: "image_size", standard: "\(recipe.imageSize)",
                comment:
                    "Side in pixels that photos are resized to: 96, 128, 160, 192 or 224; its own for another base."
            ),
            Entry(
                key: "seed", standard: "\(recipe.seed)",
                comment: "Seed of shuffling, augmentation, dropout and the head."),
            Entry(
                key: "threads", standard: nil,
                comment: "Worker threads; one a core otherwise. Never changes the results."),
            Entry(key: "home", standard: nil, comment: "Folder of the runs."),
            Entry(
                key: "tensorboard", standard: nil,
                comment: "Also write event files for TensorBoard, into a folder for each run in this one."),
            Entry(
                key: "metrics_port", standard: nil,
                comment: "Serve the run's numbers to Prometheus on this port of this machine."),
            Entry(
                key: "theme", standard: "\"dark\"",
                comment: "Theme of the dashboard; otherwise the one chosen last.", isForDashboard: true),
            Entry(
                key: "lang", standard: "\"en\"",
                comment: "Language of the dashboard, en or zh-Hans; otherwise the locale's.",
                isForDashboard: true),
            Entry(
                key: "colors", standard: "\"auto\"",
                comment: "Colours of the dashboard: auto, truecolor, 256, 16 or none.",
                isForDashboard: true),
            Entry(
                key: "pictures", standard: "\"auto\"",
                comment:
                    "Photos in the dashboard: auto (the best that the terminal says it has), cells, sixel or kitty.",
                isForDashboard: true),
            Entry(
                key: "mouse", standard: "true",
                comment: "Clicks and the wheel for the dashboard; selecting text then needs Shift.",
                isForDashboard: true),
            Entry(
                key: "bell", standard: "true",
                comment: "Ring the bell when the run ends, diverges or reaches a plateau.",
                isForDashboard: true),
            Entry(
                key: "notify", standard: "true",
                comment: "Send a desktop notification then, on terminals that are known to show one.",
                isForDashboard: true),
            Entry(
                key: "title", standard: "true",
                comment:
                    "Show the run's progress in the window's title, on terminals that can restore theirs.",
                isForDashboard: true),
        ]
    }()

    /// The file with every setting commented out.
    static var template: String {
        var lines = [
            "# flowers-tui's defaults. Lines without # apply to `flowers-tui` and `flowers-tui train`, unless the",
            "# command line says otherwise. This file is looked for as \(path()).", "",
        ]
        for entry in entries {
            lines.append("# \(entry.comment)")
            lines.append("# \(entry.key) = \(entry.standard ?? "")".trimmingCharacters(in: .whitespaces))
        }
        lines += [
            "",
            "# Keys of the dashboard: one, or several in brackets; [] leaves what it does to the command palette.",
            "# [keys]",
        ]
        for binding in KeyMap.standardKeys {
            let keys = binding.keys.map(Self.quoted)
            let value = keys.count == 1 ? keys[0] : "[" + keys.joined(separator: ", ") + "]"
            lines.append("# \(binding.name) = \(value)   # \(binding.description)")
        }
        return lines.joined(separator: "\n")
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
