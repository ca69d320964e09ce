/// A dense Float32 tensor, row major.
///
/// Weights keep Keras' layouts and canonical names, `layer/variable` as Keras 3 spells
/// them: `Conv1/kernel` [height, width, in, out], `block_1_depthwise/kernel`
/// [height, width, channels, 1], `bn_Conv1/{gamma,beta,moving_mean,moving_variance}`
/// [channels], `dense/kernel` [in, out], `dense/bias` [out].
package struct Tensor: Sendable, Equatable {
    package var shape: [Int]
    package var values: [Float]

    package init(shape: [Int], values: [Float]) {
        precondition(values.count == shape.reduce(1, *), "\(values.count) values for shape \(shape)")
        (self.shape, self.values) = (shape, values)
    }

    package init(zeros shape: [Int]) {
        self.init(shape: shape, values: Array(repeating: 0, count: shape.reduce(1, *)))
    }
}

/// Tensors by canonical name.
package typealias NamedTensors = [String: Tensor]
