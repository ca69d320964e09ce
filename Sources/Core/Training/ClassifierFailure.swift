import Basics
package import Network

/// A network that cannot be used as it was asked.
package struct ClassifierFailure: Failure {
    /// The file of the network, or the run in memory.
    package var path: String
    package var fault: Fault

    package enum Fault: Sendable, Equatable {
        /// It takes photos of any size.
        case noInputSize
        /// How its photos are scaled was given, but the file says so itself.
        case scalesItself
        /// How its photos are scaled is known to nobody.
        case scalingUnknown
        /// Its classes were given, but the file names them itself.
        case namesClasses([String])
        /// Other than as many different names as it gives probabilities.
        case classNames(given: Int, probabilities: Int)
        /// There is no exact class activation map of its head.
        case noActivationMap
        case imageSize(Int, loaded: Int)
        /// The classes of a folder are not its own; `names` is nil if the file has none.
        case classes(Int, names: [String]?, folder: String, found: [String])
        /// A photo may have any number of labels.
        case severalLabels
    }

    package init(_ path: String, _ fault: Fault) { (self.path, self.fault) = (path, fault) }
}

/// An assumption about a file with weights only.
package struct ModelAssumption: Failure {
    package var path: String
    /// The base that was recognised.
    package var architecture: Architecture
    /// Whether the scale of its photos is assumed too.
    package var isScaleAssumed: Bool

    package init(path: String, architecture: Architecture = .mobileNetV2, isScaleAssumed: Bool) {
        (self.path, self.architecture, self.isScaleAssumed) = (path, architecture, isScaleAssumed)
    }
}

/// Photos that cannot be evaluated or inspected.
package enum InspectionFailure: Failure {
    /// No class of the folder is one of the network's.
    case noKnownClass(folder: String, classes: [String])
    case nothingDecodes
    /// The dataset has `count` photos.
    case noPhoto(_ index: Int, count: Int)
    /// The base has `count` layers.
    case noLayer(_ index: Int, count: Int)
}
