package import Basics

/// The exponential moving average of weights over the steps of an optimizer: a ← d·a + (1 − d)·w after
/// each step, as Keras' `use_ema`; the first step sets a = w.
///
/// So that short runs do not average in their beginning, d starts low as in TensorFlow's
/// `ExponentialMovingAverage(num_updates)`: after n earlier steps it is min(decay, (1 + n) / (10 + n)).
enum WeightAverage {
    /// Returns d for the step that comes after `steps` others.
    static func decay(_ decay: Double, after steps: Int) -> Float {
        Float(min(decay, Double(1 + steps) / Double(10 + steps)))
    }

    /// Takes the weights after a step into their average.
    static func update(_ average: Buffer, with weights: Buffer, decay: Float) {
        let (a, w) = (average.pointer, weights.pointer)
        for i in 0..<average.count { a[i] = decay * a[i] + (1 - decay) * w[i] }
    }
}

extension TrainingEngine {
    /// Runs `body` with the averages in the place of the weights that train, if they are averaged.
    package func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard !averages.isEmpty else { return try body() }
        exchangeAverages()
        refold()
        defer {
            exchangeAverages()
            refold()
        }
        return try body()
    }

    /// The weights to use and to keep: `tensors`, with the averages of those that are averaged.
    package var averagedTensors: NamedTensors {
        exchangeAverages()
        defer { exchangeAverages() }
        return tensors
    }

    private func exchangeAverages() {
        for (average, weights) in zip(averages, trainedWeights) {
            for i in 0..<average.count { swap(&average.pointer[i], &weights.pointer[i]) }
        }
    }

    /// Takes the weights after a step into their averages.
    func updateAverages() {
        guard let decay = objective.averageDecay else { return }
        let weights = trainedWeights
        if averages.isEmpty { return startAverages() }
        let now = WeightAverage.decay(decay, after: adamStep - 1)
        pool.forEach(weights.count) { [averages] item, _ in
            WeightAverage.update(averages[item], with: weights[item], decay: now)
        }
    }

    /// Makes averages that equal the weights.
    func startAverages() {
        averages = trainedWeights.map { weights in
            let average = Buffer(count: weights.count)
            average.pointer.update(from: weights.pointer, count: weights.count)
            return average
        }
    }

    /// Makes the averages the weights, as Keras does at the end of a training. Other layers that train
    /// start a new average.
    func finishAverages() {
        exchangeAverages()
        averages = []
    }
}
