import Basics
import Foundation
import Network
import Photos
package import Recipes
package import Sessions
import Store

/// A folder of generated photos and random weights: all that a run needs, without a network.
package struct TinyPhotos {
    package let folder: TemporaryFolder
    package var data: String { folder.path + "/photos" }
    package var weights: String { folder.path + "/weights.safetensors" }
    package var home: String { folder.path + "/home" }
    package var cache: String { folder.path + "/cache" }

    package init(classes: [String] = ["daisy", "roses"], perClass: Int = 12) throws {
        folder = try TemporaryFolder()
        let flowers = DemoFlowers(photosPerClass: perClass, seed: 5)
        for (label, name) in classes.enumerated() {
            try FileManager.default.createDirectory(
                atPath: "\(data)/\(name)", withIntermediateDirectories: true)
            for index in 0..<perClass {
                let photo = DemoFlowers.jpeg(flowers.photo(label: label, index: index))
                try photo.write(to: URL(fileURLWithPath: "\(data)/\(name)/\(index).jpg"))
            }
        }
        try Safetensors.write(
            RandomWeights.make(Backbone(.mobileNetV2, imageSize: 160), seed: 9), to: weights)
    }

    package var recipe: Recipe {
        var result = Recipe()
        (result.data, result.weights) = (data, weights)
        (result.epochs, result.fineTuneEpochs, result.batchSize) = (2, 2, 8)
        return result
    }

    package var place: RunReplay.Place { RunReplay.Place(home: home, cache: cache, threads: 2) }

    package func options(resuming run: String? = nil, threads: Int = 2) -> RunSession.Options {
        var options = RunSession.Options(home: home, cache: cache, threads: threads)
        options.resuming = run
        options.index = { try RunStore(home: $0) }
        return options
    }
}
