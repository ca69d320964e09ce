import Basics
package import Network
package import Photos
package import Recipes

extension Recipe {
    /// The kernels that compute the layers that train; nil for oneDNN's primitives, which compute in
    /// Float32.
    var tailKernels: VectorKernels? {
        ownTail == true || basePrecision == .bfloat16 ? basePrecision.kernels : nil
    }

    /// The loss that the recipe minimises on a folder's photos.
    ///
    /// - Throws: `ClassWeightsFailure` if the weights name a class that the folder does not have.
    package func objective(_ dataset: Dataset) throws -> Objective {
        var counts = [Int](repeating: 0, count: dataset.classes.count)
        for photo in dataset.photos where photo.subset == .training { counts[photo.label] += 1 }
        return Objective(
            classWeights: try classWeights?.values(dataset.classes, counts: counts),
            labelSmoothing: Float(labelSmoothing ?? 0), weightDecay: Float(weightDecay ?? 0),
            rateDecay: rateDecay ?? 1, averageDecay: ema)
    }
}
