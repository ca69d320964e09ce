package import Basics

/// A failure about one file of weights, which may have had another name when it was read: that of a
/// temporary file.
package protocol WeightsFileFailure: Failure {
    var path: String { get set }
}

/// A file whose weights cannot be used.
package struct WeightsFailure: WeightsFileFailure {
    package var path: String
    package var fault: Fault
    /// The base that the file was read for.
    package var architecture = Architecture.mobileNetV2

    package enum Fault: Sendable, Equatable {
        case missing
        case cannotBeRead
        case empty
        case unknownFormat
        case archiveWithoutWeights
        /// None of the file's tensors is one of the network's.
        case otherNetwork(tensors: Int, expected: Int)
        case missingTensor(String, expected: [Int])
        case shape(of: String, found: [Int], expected: [Int])
        case notWhole(tensor: String)
        case notFinite(tensor: String)
        case negativeVariance(tensor: String)
        /// The base's weights alone, where a head is needed.
        case noHead
        /// A tensor beside the base and one dense layer, and no configuration that explains it.
        case unexplained(tensor: String, shape: [Int])
        /// A model whose configuration cannot be used.
        case model(ModelRefusal)
        /// Photos are scaled otherwise than runs scale them.
        case otherScaling
        /// The file does not say how photos are scaled. Only a warning.
        case unknownScaling
    }

    package init(_ path: String, _ fault: Fault, _ architecture: Architecture = .mobileNetV2) {
        (self.path, self.fault, self.architecture) = (path, fault, architecture)
    }
}

/// Weights that could not be fetched.
package enum WeightsSourceFailure: Failure {
    /// No source has any; the first has them at `url`.
    case none(url: String)
    /// None are published that this program could fetch.
    case unpublished(Architecture)
    /// A package index without the file.
    case notOffered(index: String, file: String)
    case notInArchive(url: String, member: String)
    /// The fetched file cannot be used. A `WeightsFileFailure` has the name of a temporary file.
    case unusable(from: String, UserError)
}
