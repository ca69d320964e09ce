/// A tensor as a weight file names it, before its values are read.
struct StoredTensor: Equatable {
    /// The Keras layer that owns it, as far as the file tells.
    var layer: String
    /// Keras 3's variable name: `kernel`, `bias`, `gamma`, `beta`, `moving_mean`, `moving_variance`.
    var variable: String
    var shape: [Int]
    /// Where its values lie: a path inside the file.
    var location: String

    var name: String { "\(layer)/\(variable)" }
}

/// What a weight file holds, told in the terms of Keras' layers.
struct StoredModel: Equatable {
    /// Every tensor outside the optimizer, as named by the file.
    var tensors: [StoredTensor]
    /// The same tensors under the network's names where the file's order or automatic
    /// names tell them; empty when they tell nothing.
    var byOrder: [StoredTensor]
}
