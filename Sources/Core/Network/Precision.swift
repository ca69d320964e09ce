package import Basics

/// The format in which the convolutions of the base read their inputs and weights.
///
/// `bfloat16` is Keras' policy `mixed_bfloat16`: weights, moments and gradients of weights stay Float32;
/// a convolution's input and its folded weights are rounded to bfloat16, to the nearest and halves to
/// even, and its products summed in Float32. On the way back the same holds for the gradients of a
/// convolution's output. The head, softmax and loss are Float32, and the loss is not scaled.
package enum Precision: String, Codable, Sendable, CaseIterable {
    case float32, bfloat16

    /// A precision to train in, or the faster one that a processor computes.
    package enum Choice: String, Sendable, CaseIterable {
        case float32, bfloat16, auto

        package func resolved(on processor: Processor = .current) -> Precision {
            switch self {
            case .float32: .float32
            case .bfloat16: .bfloat16
            case .auto: Precision.bfloat16.isComputed(on: processor) ? .bfloat16 : .float32
            }
        }
    }

    /// Whether a processor has the units for it.
    package func isComputed(on processor: Processor = .current) -> Bool {
        self == .float32 || processor.bfloat16 != nil
    }

    /// Our kernels for it; nil where the processor has none.
    package var kernels: VectorKernels? {
        switch self {
        case .float32: .best
        case .bfloat16: .bfloat16
        }
    }

    /// The precision in which the predictions of a run that trained in this one are computed: Float32
    /// where the units are missing, which changes them by no more than the rounding did.
    package var forPrediction: Precision { isComputed() ? self : .float32 }
}
