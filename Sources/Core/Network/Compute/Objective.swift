import Foundation

/// The loss that training minimises, averaged over a batch's examples: −w Σₖ tₖ log pₖ with the
/// softmax's probabilities p, the target t and the weight w of the example's class; and how its
/// steps move the weights.
///
/// Validation always uses the plain cross-entropy, so that runs can be compared.
package struct Objective: Sendable, Equatable {
    /// Weight of each class's examples, in loss and gradient; nil for 1 each. As in Keras, the sum is
    /// divided by the number of examples, not by their weights.
    package var classWeights: [Float]?
    /// Share ε of the target that is spread evenly over all K classes: t = (1 − ε)·onehot + ε/K
    /// (Szegedy et al. 2016), Keras' `label_smoothing`. 0 or more, below 1.
    package var labelSmoothing: Float
    /// λ of AdamW's decoupled weight decay (`Adam`), of the kernels that train; 0 for none.
    package var weightDecay: Float
    /// Factor F of the rate from block to block: what lies d blocks below the head trains at the
    /// learning rate times Fᵈ (`Backbone.depth`). Above 0, up to 1 for one rate everywhere.
    package var rateDecay: Double
    /// Decay of the average of the weights (`WeightAverage`); nil for none.
    package var averageDecay: Double?

    package init(
        classWeights: [Float]? = nil, labelSmoothing: Float = 0, weightDecay: Float = 0,
        rateDecay: Double = 1, averageDecay: Double? = nil
    ) {
        (self.classWeights, self.labelSmoothing) = (classWeights, labelSmoothing)
        (self.weightDecay, self.rateDecay, self.averageDecay) = (weightDecay, rateDecay, averageDecay)
    }

    /// Whether the loss is the plain cross-entropy.
    var isPlain: Bool { classWeights == nil && labelSmoothing == 0 }

    func weight(_ label: Int) -> Float { classWeights.map { $0[label] } ?? 1 }

    /// The target's probability of class `k` for an example of class `label`.
    func target(_ k: Int, _ label: Int, classes: Int) -> Float {
        (k == label ? 1 - labelSmoothing : 0) + labelSmoothing / Float(classes)
    }

    /// Returns the loss of one example, in nats.
    ///
    /// - Parameter probabilities: [classes]. One that underflowed is clamped, which limits its loss.
    func loss(_ probabilities: UnsafePointer<Float>, _ label: Int, classes: Int) -> Double {
        var sum = 0.0
        for k in 0..<classes {
            let target = target(k, label, classes: classes)
            if target == 0 { continue }
            let probability = probabilities[k]
            sum -=
                Double(target)
                * Double(probability.isNaN ? .nan : log(max(probability, .leastNormalMagnitude)))
        }
        return sum * Double(weight(label))
    }
}
