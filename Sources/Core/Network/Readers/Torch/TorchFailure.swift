import Basics

/// A PyTorch file that cannot be read.
package struct TorchFailure: WeightsFileFailure {
    package var path: String
    package var fault: Fault

    /// Names from the file are in a form fit for messages (`HDF5Structure.shown`).
    package enum Fault: Error, Sendable, Equatable {
        case cannotBeRead
        /// A pickle that PyTorch did not write.
        case otherPickle
        /// A class or function other than those of tensors, which loading would import and call.
        case asksFor(String)
        case bigEndian
        /// Tensors under no name, or nothing but other things.
        case noTensors
        case damaged(TorchDamage)
        /// The file may be sound, but contains something that no state dict has.
        case foreign(TorchFeature)
        /// A state dict of a network that is not known; one of its tensors.
        case otherNetwork(tensor: String)
        /// torchvision's MobileNetV2, which pads its convolutions of stride 2 on both sides.
        case symmetricPadding
    }

    package init(_ path: String, _ fault: Fault) { (self.path, self.fault) = (path, fault) }
}

/// Damage of a PyTorch file.
package enum TorchDamage: Sendable, Equatable {
    case endsEarly
    /// The pickle makes no sense at this byte.
    case pickle(at: Int)
    /// One name for two tensors or two storages.
    case twice(String)
    case noStorage(String)
    case storageSize(String, expected: Int, found: Int)
    /// Extents, strides and offset lead out of the storage.
    case tensorBeyondStorage
}

/// A feature of pickles that state dicts do not use, or a size that they never reach.
package enum TorchFeature: Sendable, Equatable {
    case largeFile(thanMiB: Int)
    case longPickle(thanMiB: Int)
    case newerProtocol(Int)
    case instruction(Int)
    case extents(Int)
    case moreValues(than: Int)
    case deepDictionaries(than: Int)
}
