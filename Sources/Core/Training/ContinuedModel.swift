package import Basics
package import Network
package import Recipes

/// A model trained in Keras whose training goes on in a run: its head, and the state of its optimizer where
/// the run takes it over.
package struct ContinuedModel: Sendable {
    private let path: String
    /// `dense/kernel` and `dense/bias`.
    let head: NamedTensors
    /// Nil for a fresh optimizer.
    let training: ModelTraining?

    /// - Parameters:
    ///   - weights: of the model, with the file that they came from.
    ///   - warn: called with a failure that does not keep the training from going on.
    /// - Throws: a `Failure` if the run cannot go on as the model was trained.
    package init(
        _ weights: ResolvedWeights, of recipe: Recipe, path: String, warn: (any Failure) -> Void
    ) throws {
        self.path = path
        let network = recipe.network
        func failure(_ fault: WeightsFailure.TrainingFault) -> WeightsFailure {
            WeightsFailure(path, .training(fault), network.architecture)
        }
        guard let file = weights.file else { throw failure(.noModel) }
        if file.format == .checkpoint { throw failure(.ownCheckpoint) }
        // Without a configuration nobody says that the one dense layer is all there is.
        guard let preprocessing = file.preprocessing else { throw failure(.noModel) }
        guard case .standard(let kernel, let bias) = try file.head.get().form else {
            throw failure(.otherHead)
        }
        head = ["dense/kernel": kernel, "dense/bias": bias]
        if let size = preprocessing.outputSize, size.height != recipe.imageSize {
            throw failure(.imageSize(size.height, run: recipe.imageSize))
        }
        if recipe.freshOptimizer == true {
            training = nil
            return
        }
        training = try file.training.get()
        guard let training else {
            warn(failure(.noOptimizer))
            return
        }
        let start = recipe.epochs > 0 ? nil : network.firstTrained(from: recipe.fineTuneAt)
        guard training.fineTuneAt == start else {
            throw failure(
                .stage(
                    trainedFrom: training.fineTuneAt,
                    name: training.fineTuneAt.map { network.layers[$0].name }))
        }
        let rate = recipe.epochs > 0 ? recipe.learningRate : recipe.fineTuneLearningRate
        if let saved = training.learningRate, Float(saved) != Float(rate) {
            warn(failure(.rate(saved, run: rate)))
        }
    }

    /// - Throws: `WeightsFailure` if the model does not tell so many classes apart.
    package func check(classes: Int) throws {
        let own = head["dense/bias"]?.values.count ?? 0
        guard own == classes else {
            throw WeightsFailure(path, .training(.classes(own, found: classes)))
        }
    }
}

extension Backbone {
    /// Returns the first layer with weights from `layer` on; nil if there is none.
    fileprivate func firstTrained(from layer: Int) -> Int? {
        layers.first { $0.index >= layer && !$0.weights.isEmpty }?.index
    }
}
