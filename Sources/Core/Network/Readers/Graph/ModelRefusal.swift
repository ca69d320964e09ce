/// Why a model's configuration cannot be used. Names from the file are in a form fit for messages
/// (`HDF5Structure.shown`).
package enum ModelRefusal: Error, Equatable {
    /// The configuration is not one that Keras writes.
    case damaged(ConfigurationDamage)
    /// A layer that cannot be computed.
    case layer(name: String, kind: String, LayerFault)
    /// Anything else.
    case model(ModelFault)

    static func layer(_ layer: ModelGraph.Layer, _ fault: LayerFault) -> ModelRefusal {
        .layer(name: HDF5Structure.shown(layer.name), kind: HDF5Structure.shown(layer.kind), fault)
    }
}

/// Damage of a configuration.
package enum ConfigurationDamage: Sendable, Equatable {
    /// Larger than that of any model.
    case configurationTooLarge
    case noJSON
    case noModel
    case layerCount(most: Int)
    case namelessLayer
    case malformedCall
    case malformedReference
    case noInputLayer
    case inputCount(given: Int, expected: Int)
    case unreachableOutput(String)
}

/// A fault of a whole model.
package enum ModelFault: Sendable, Equatable {
    case customClass(String)
    /// More inputs than one, by name, or none; the same for outputs.
    case inputs([String])
    case outputs([String])
    case moreLayers(than: Int)
    case moreModels(than: Int)
    case noMobileNet
    case anySize
    case size(height: Int, width: Int)
    /// A tensor that none of the layers takes.
    case unusedTensor(String)
}

/// A fault of a layer.
package enum LayerFault: Sendable, Equatable {
    // Any layer.
    case missingTensor(String)
    /// The name of the layer among the weights, if it is another.
    case otherName(String)
    case ambiguousName
    case rounds(to: String)
    case precision(String)
    case channelsFirst
    case randomAnswers
    case batchStatistics
    case activation(String)
    case otherAxisThanLast
    case otherAxisThanChannels
    case otherAxesThanChannels
    case constants(channels: Int)
    case parameter(String)
    case numbers(Int, in: String, channels: Int)

    // Before the base.
    /// The shape of an input that takes no photos; nil for an extent that is not fixed.
    case photoShape([Int?])
    case photosOfAnySize
    case noFixedSize
    case photoBeside(String)
    case photoTwice
    case resizing
    case unsupportedBeforeBase

    // The base.
    /// The model's last layer, where the base has another.
    case endsBase(before: String, kind: String, of: Architecture = .mobileNetV2)
    case replaces(String, kind: String, of: Architecture = .mobileNetV2)
    /// Takes the output of a layer within the base.
    case branches(from: String)
    case differs(Difference, from: String, of: Architecture = .mobileNetV2)

    // After the base.
    case otherInput
    case joinsOther
    case unsupportedAfterBase
    case tooManyNumbers(Int)
    case noUnits
    case quantised
    case kernel([Int], channels: Int)
    case biases(Int, units: Int)
    case otherNormalization
    case noWeight(channels: Int)
    case poolsOther
    case shapeDoesNotFit
    case joinsOtherAxis
    case differentShapes

    // The model's answer.
    case endsWithFeatures
    case endsWith(String)
    case softmaxOfOne
    case lossForSeveral
    case outOfOrder
    case loss(String)

    /// A property in which a layer differs from that of the base.
    package enum Difference: Sendable, CaseIterable {
        case padding, kernelSize, stride, filters, form, normalization, activation
    }
}
