/// A tensor as a weight file names it, before its values are read.
struct StoredTensor: Equatable {
    /// The Keras layer that owns it, as far as the file tells.
    var layer: String
    /// Keras 3's variable name: `kernel`, `bias`, `gamma`, `beta`, `moving_mean` or
    /// `moving_variance`.
    var variable: String
    var shape: [Int]
    /// Path of its values inside the file.
    var location: String

    var name: String { "\(layer)/\(variable)" }
}

/// The tensors of a weight file, identified by Keras layer and variable.
struct StoredModel: Equatable {
    /// Every tensor outside the optimizer, under the file's own name.
    var tensors: [StoredTensor]
    /// The same tensors under the network's names, where the file's order or automatic names
    /// identify them; otherwise empty.
    var byOrder: [StoredTensor]
}
