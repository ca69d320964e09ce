/// The format in which the convolutions of the base read their inputs and weights.
///
/// `bfloat16` is Keras' policy `mixed_bfloat16`: weights, moments and gradients of weights stay Float32;
/// a convolution's input and its folded weights are rounded to bfloat16, to the nearest and halves to
/// even, and its products summed in Float32. On the way back the gradient of its output is rounded
/// likewise. The head, softmax and loss are Float32, and the loss is not scaled.
package enum Precision: String, Codable, Sendable, CaseIterable {
    case float32, bfloat16
}
